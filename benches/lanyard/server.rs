//! Sends the work to one of them, as fast as it takes it, and watches its heartbeats.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tokio_tungstenite::tungstenite;

/// How often heartbeats are asked for.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// For one of them to connect and to subscribe.
const SUBSCRIBE: Duration = Duration::from_secs(30);

pub(crate) struct Server(TcpListener);

pub(crate) struct Connection {
    stream: TcpStream,
    /// When heartbeats came.
    beats: Arc<Mutex<Vec<Instant>>>,
}

/// A frame as a server sends it: the whole of a message.
pub(crate) fn frame(payload: &[u8], binary: bool) -> Vec<u8> {
    let mut frame = vec![if binary { 0x82 } else { 0x81 }];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(short @ ..126), _) => frame.push(short),
        (_, Ok(medium)) => {
            frame.push(126);
            frame.extend(medium.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend((payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

impl Server {
    pub(crate) fn bind() -> anyhow::Result<Self> {
        Ok(Self(TcpListener::bind("127.0.0.1:0")?))
    }

    pub(crate) fn address(&self) -> anyhow::Result<SocketAddr> {
        Ok(self.0.local_addr()?)
    }

    /// Takes somebody in, until they have subscribed.
    pub(crate) fn accept(&self) -> anyhow::Result<Connection> {
        self.0.set_nonblocking(true)?;
        let begun = Instant::now();
        let stream = loop {
            match self.0.accept() {
                Ok((stream, _)) => break stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    ensure!(begun.elapsed() < SUBSCRIBE, "nobody came");
                    thread::sleep(Duration::from_millis(1));
                }
                Err(error) => return Err(error.into()),
            }
        };
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        let mut reading = stream.try_clone()?;
        let accepted = tungstenite::accept(stream.try_clone()?).ok();
        accepted.context("no WebSocket")?;
        let hello = format!(
            r#"{{"op":1,"d":{{"heartbeat_interval":{}}}}}"#,
            HEARTBEAT.as_millis()
        );
        (&stream).write_all(&frame(hello.as_bytes(), false))?;
        let (subscribed, wait) = mpsc::sync_channel(1);
        let beats = Arc::new(Mutex::new(vec![]));
        let beating = Arc::clone(&beats);
        thread::spawn(move || {
            while let Some(text) = hear(&mut reading) {
                if text.contains("subscribe_to_all") {
                    // Nobody waits any more when it is late.
                    let _ = subscribed.send(());
                } else {
                    beating
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(Instant::now());
                }
            }
        });
        wait.recv_timeout(SUBSCRIBE)
            .context("it did not subscribe")?;
        Ok(Connection { stream, beats })
    }
}

impl Connection {
    /// Sends `INIT_STATE`. Returns when it began.
    pub(crate) fn send_init(&self, message: &[u8]) -> anyhow::Result<Instant> {
        let frame = frame(message, true);
        let begun = Instant::now();
        (&self.stream).write_all(&frame)?;
        Ok(begun)
    }

    /// Sends frames.
    pub(crate) fn send_storm(&self, frames: &[u8]) -> anyhow::Result<()> {
        (&self.stream).write_all(frames)?;
        Ok(())
    }

    /// How late the latest heartbeat was.
    pub(crate) fn late(&self) -> Option<Duration> {
        let beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        let gaps = beats.windows(2).map(|pair| pair[1] - pair[0]);
        gaps.map(|gap| gap.saturating_sub(HEARTBEAT)).max()
    }
}

/// The payload of the next frame of a client, which are all short.
fn hear(stream: &mut TcpStream) -> Option<String> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let mut rest = vec![0; 4 + usize::from(head[1] & 0x7F)];
    stream.read_exact(&mut rest).ok()?;
    let (mask, payload) = rest.split_at(4);
    let text = payload
        .iter()
        .zip(mask.iter().cycle())
        .map(|(byte, mask)| byte ^ mask);
    Some(String::from_utf8_lossy(&text.collect::<Vec<_>>()).into_owned())
}
