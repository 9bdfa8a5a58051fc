//! Faults on the level of a TCP connection's bytes.
//!
//! A pump stands between the socket and whoever serves it: `client ⇄ TCP ⇄ pump ⇄ duplex ⇄ hyper`.
//! It asks the registry before each chunk, so that a fault strikes connections that are open as
//! well as new ones.

use std::{
    collections::VecDeque,
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use rand::Rng;
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, split},
    net::TcpStream,
    sync::watch,
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    model::{Fault, Target},
    registry::{Active, Faults},
};

/// What fits between the pump and the server, in bytes each way.
const DUPLEX: usize = 64 * 1024;
/// The largest chunk that is moved at once, in bytes.
const CHUNK: usize = 16 * 1024;
/// How much may wait for its delay to pass, in bytes; then the server has to wait.
const LATE: usize = 1024 * 1024;
/// How long the client may take to close after the server has.
const LINGER: Duration = Duration::from_secs(2);

/// What is known about one connection, shared between its pump and its requests.
#[derive(Debug)]
pub struct Connection {
    faults: Faults,
    /// The target it belongs to, and how many momentary cuts that had seen when it came.
    place: watch::Sender<Option<(Target, u64)>>,
    reset: CancellationToken,
    truncate: AtomicBool,
    /// Bytes have vanished: there is no way back to sense.
    doomed: AtomicBool,
}

impl Connection {
    /// A connection that has not said yet what it wants.
    pub fn new(faults: Faults) -> Self {
        Self {
            faults,
            place: watch::Sender::new(None),
            reset: CancellationToken::new(),
            truncate: AtomicBool::new(false),
            doomed: AtomicBool::new(false),
        }
    }

    /// From now on it belongs to `target`: each request says so anew.
    pub fn enter(&self, target: Option<Target>) {
        self.place.send_if_modified(|place| {
            let changed = place.map(|(target, _)| target) != target;
            if changed {
                *place = target.map(|target| (target, self.faults.active(target).cuts));
            }
            changed
        });
    }

    /// Ends it with a TCP reset.
    pub fn reset(&self) {
        self.reset.cancel();
    }

    /// Ends it in the middle of the next chunk that is sent.
    pub fn truncate(&self) {
        self.truncate.store(true, Ordering::Relaxed);
    }

    /// The registry it obeys.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Waits until what is on for its target satisfies `condition`.
    pub async fn until(&self, condition: impl Fn(&Active) -> bool) {
        let mut place = self.place.subscribe();
        loop {
            let Some((target, _)) = *place.borrow_and_update() else {
                return;
            };
            let mut active = self.faults.watch(target);
            tokio::select! {
                _ = active.wait_for(|active| condition(active)) => return,
                // The sender is `self`, so this cannot fail.
                _ = place.changed() => {}
            }
        }
    }

    fn target(&self) -> Option<Target> {
        self.place.borrow().map(|(target, _)| target)
    }

    fn active(&self) -> Option<(Target, Arc<Active>)> {
        self.target()
            .map(|target| (target, self.faults.active(target)))
    }

    /// Returns when the connection has to be reset.
    async fn doom(&self) {
        let mut place = self.place.subscribe();
        loop {
            let here = *place.borrow_and_update();
            let Some((target, cuts)) = here else {
                tokio::select! {
                    () = self.reset.cancelled() => return,
                    _ = place.changed() => continue,
                }
            };
            let mut active = self.faults.watch(target);
            loop {
                let now = Arc::clone(&active.borrow_and_update());
                let lifted = self.doomed.load(Ordering::Relaxed) && !now.has("half-open");
                let cut = |fault: &Fault| matches!(fault, Fault::Cut {}).then_some(());
                if lifted || now.cuts != cuts || self.faults.strike(target, cut).is_some() {
                    return;
                }
                tokio::select! {
                    () = self.reset.cancelled() => return,
                    _ = active.changed() => {}
                    _ = place.changed() => break,
                }
            }
        }
    }

    /// Whether bytes vanish now. Remembers that some have.
    fn swallows(&self) -> bool {
        let swallows = self
            .active()
            .is_some_and(|(_, active)| active.has("half-open"));
        if swallows {
            self.doomed.store(true, Ordering::Relaxed);
        }
        swallows || self.doomed.load(Ordering::Relaxed)
    }
}

/// Puts a pump between a TCP connection and whoever serves it: serve the stream, and run the
/// future beside it until it ends.
pub fn attach(
    tcp: TcpStream,
    connection: Arc<Connection>,
) -> (DuplexStream, impl Future<Output = ()> + Send) {
    let (outer, inner) = tokio::io::duplex(DUPLEX);
    (outer, pump(tcp, inner, connection))
}

async fn pump(mut tcp: TcpStream, inner: DuplexStream, connection: Arc<Connection>) {
    let reset = {
        let (from_client, to_client) = tcp.split();
        let (from_server, to_server) = split(inner);
        let ended = CancellationToken::new();
        let down = async {
            // An error of one side is the end of the other.
            let _ = send_down(from_server, to_client, &connection).await;
            ended.cancel();
        };
        let up = async {
            let limit = async {
                ended.cancelled().await;
                sleep(LINGER).await;
            };
            tokio::select! {
                _ = send_up(from_client, to_server, &connection) => {}
                () = limit => {}
            }
        };
        tokio::select! {
            _ = async { tokio::join!(up, down) } => false,
            () = connection.doom() => true,
        }
    };
    if reset {
        // Zero makes the close a reset; failing to set it still closes.
        let _ = SockRef::from(&tcp).set_linger(Some(Duration::ZERO));
    }
}

/// Client to server.
async fn send_up(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    connection: &Connection,
) -> io::Result<()> {
    let mut buffer = BytesMut::with_capacity(CHUNK);
    while from.read_buf(&mut buffer).await? > 0 {
        if connection.swallows() {
            buffer.clear();
        } else {
            to.write_all_buf(&mut buffer).await?;
        }
        buffer.reserve(CHUNK);
    }
    to.shutdown().await
}

/// Server to client.
async fn send_down(
    mut from: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    connection: &Connection,
) -> io::Result<()> {
    let mut out = Outlet {
        to,
        connection,
        next_garbage: Instant::now(),
    };
    let mut late: VecDeque<(Instant, Bytes)> = VecDeque::new();
    let mut waiting = 0;
    let mut buffer = BytesMut::with_capacity(CHUNK);
    let mut open = true;
    while open || !late.is_empty() {
        let due = late.front().map_or_else(Instant::now, |(due, _)| *due);
        tokio::select! {
            read = from.read_buf(&mut buffer), if open && waiting < LATE => {
                open = read? > 0;
                let chunk = buffer.split().freeze();
                buffer.reserve(CHUNK);
                let delay = connection
                    .active()
                    .and_then(|(_, active)| connection.faults.delay(&active));
                if delay.is_none() && late.is_empty() {
                    out.write(chunk).await?;
                } else if !chunk.is_empty() {
                    // Bytes of a connection never overtake each other.
                    let last = late.back().map(|(due, _)| *due);
                    let due = (Instant::now() + delay.unwrap_or_default()).max(last.unwrap_or_else(Instant::now));
                    waiting += chunk.len();
                    late.push_back((due, chunk));
                }
            }
            () = sleep_until(due), if !late.is_empty() => {
                if let Some((_, chunk)) = late.pop_front() {
                    waiting -= chunk.len();
                    out.write(chunk).await?;
                }
            }
        }
    }
    out.to.shutdown().await
}

/// The last step to the client.
struct Outlet<'a, W> {
    to: W,
    connection: &'a Connection,
    next_garbage: Instant,
}

impl<W: AsyncWrite + Unpin> Outlet<'_, W> {
    async fn write(&mut self, mut chunk: Bytes) -> io::Result<()> {
        if chunk.is_empty() {
            return Ok(());
        }
        self.connection.until(|active| !active.has("silent")).await;
        if self.connection.swallows() {
            return Ok(());
        }
        let Some((target, active)) = self.connection.active() else {
            return self.to.write_all_buf(&mut chunk).await;
        };
        if self.is_truncated(target) {
            chunk.truncate(middle_of_body(&chunk));
            self.to.write_all_buf(&mut chunk).await?;
            self.to.shutdown().await?;
            // Whoever serves must not go on: the end of this future ends the pump.
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        // In the middle of the sound, and not before the answer has begun.
        if target.is_stream() && !chunk.starts_with(b"HTTP/") {
            self.inject(target, &active).await?;
        }
        let rate = active.find(|fault| match fault {
            Fault::Throttle { bytes_per_second } => Some(*bytes_per_second),
            _ => None,
        });
        match rate {
            Some(rate) => self.trickle(chunk, rate).await,
            None => self.to.write_all_buf(&mut chunk).await,
        }
    }

    fn is_truncated(&self, target: Target) -> bool {
        let strikes = |fault: &Fault| matches!(fault, Fault::Truncate {}).then_some(());
        self.connection.truncate.swap(false, Ordering::Relaxed)
            || (target.is_stream() && self.connection.faults.strike(target, strikes).is_some())
    }

    /// Garbage into an audio stream.
    async fn inject(&mut self, target: Target, active: &Active) -> io::Result<()> {
        let garbage = |fault: &Fault| match fault {
            Fault::Garbage { every_ms, bytes } => Some((*every_ms, *bytes)),
            _ => None,
        };
        if active.find(garbage).is_none() || Instant::now() < self.next_garbage {
            return Ok(());
        }
        let Some((every_ms, bytes)) = self.connection.faults.strike(target, garbage) else {
            return Ok(());
        };
        self.next_garbage = Instant::now() + Duration::from_millis(every_ms);
        let noise = {
            let mut random = self.connection.faults.random();
            let mut noise = vec![0; bytes.unwrap_or_else(|| random.random_range(1..2000))];
            random.fill(&mut noise[..]);
            noise
        };
        self.to.write_all(&noise).await
    }

    /// Writes at `rate` bytes a second, in steps of about 50 ms; stops when the fault is lifted.
    async fn trickle(&mut self, mut chunk: Bytes, rate: u32) -> io::Result<()> {
        let step = usize::try_from(rate / 20).unwrap_or(CHUNK).clamp(1, CHUNK);
        while !chunk.is_empty() {
            let mut part = chunk.split_to(step.min(chunk.len()));
            let bytes = u32::try_from(part.len()).unwrap_or(u32::MAX);
            let pause = Duration::from_secs_f64(f64::from(bytes) / f64::from(rate));
            self.to.write_all_buf(&mut part).await?;
            let lifted = self.connection.until(|active| !active.has("throttle"));
            if timeout(pause, lifted).await.is_ok() {
                return self.to.write_all_buf(&mut chunk).await;
            }
        }
        Ok(())
    }
}

/// Half-way through the body, when a chunk holds the head of an HTTP answer, else half-way.
fn middle_of_body(chunk: &[u8]) -> usize {
    let body = chunk
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map_or(0, |at| at + 4);
    body + (chunk.len() - body) / 2
}
