//! A source like ezstream: Ogg files that were encoded beforehand, one after another over one
//! connection, as fast as they play. It can also do what sources should not.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

use super::server::Icecast;
use crate::lab::PATIENCE;

/// `source:hackme`, as HTTP's basic authentication wants it.
const CREDENTIALS: &str = "c291cmNlOmhhY2ttZQ==";

/// As if it had played for so long: what Icecast gives to whoever connects.
const HEAD_START: Duration = Duration::from_secs(4);

/// A source that plays its files again and again. Ends its stream when dropped.
pub struct Source {
    held: watch::Sender<bool>,
    _task: JoinSet<()>,
}

impl Source {
    /// Connects to a mount, waits until it is let in, and plays.
    pub async fn start(icecast: &Icecast, mount: &str, files: Vec<Vec<u8>>) -> Self {
        let mut socket = TcpStream::connect(("127.0.0.1", icecast.port()))
            .await
            .expect("Icecast listens");
        let request = format!(
            "SOURCE /{mount} HTTP/1.0\r\nAuthorization: Basic {CREDENTIALS}\r\n\
             Content-Type: application/ogg\r\n\r\n"
        );
        socket
            .write_all(request.as_bytes())
            .await
            .expect("the request is sent");
        let mut answer = Vec::new();
        let head = async {
            while !answer.ends_with(b"\r\n\r\n") {
                answer.push(socket.read_u8().await.expect("an answer"));
            }
        };
        timeout(PATIENCE, head).await.expect("an answer in time");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");

        let pages: Vec<Page> = files.iter().flat_map(|file| pages(file)).collect();
        let (held, mut hold) = watch::channel(false);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let start = Instant::now() - HEAD_START;
            let mut played = Duration::ZERO;
            for page in pages.iter().cycle() {
                played += page.duration;
                // A page is complete once its last sample was played into the encoder.
                sleep_until(start + played).await;
                let free = hold.wait_for(|held| !held).await.is_ok();
                if !free || socket.write_all(&page.bytes).await.is_err() {
                    return;
                }
            }
        });
        Self { held, _task: task }
    }

    /// Sends nothing any more, with the connection open, until [`resume`](Self::resume).
    pub fn hold(&self) {
        self.held.send_replace(true);
    }

    /// Sends what is due by now, at once, and goes on.
    pub fn resume(&self) {
        self.held.send_replace(false);
    }
}

struct Page {
    bytes: Vec<u8>,
    /// How much more has been played at its end than at the end of the page before.
    duration: Duration,
}

/// Takes a file apart at its pages (RFC 3533 §6).
fn pages(file: &[u8]) -> Vec<Page> {
    // Opus counts at 48 kHz whatever it was encoded from (RFC 7845 §4), the others at their rate.
    let mut rate = 48_000;
    let mut before = 0;
    let mut rest = file;
    let mut pages = Vec::new();
    while !rest.is_empty() {
        let segments = usize::from(rest[26]);
        let body: usize = rest[27..27 + segments]
            .iter()
            .map(|length| usize::from(*length))
            .sum();
        let (page, tail) = rest.split_at(27 + segments + body);
        rest = tail;
        if let Some(vorbis) = page[27 + segments..].strip_prefix(b"\x01vorbis") {
            rate = u32::from_le_bytes(vorbis[5..9].try_into().expect("four bytes"));
        }
        let granule = u64::from_le_bytes(page[6..14].try_into().expect("eight bytes"));
        // -1: no packet ends on this page.
        let granule = if granule == u64::MAX { before } else { granule };
        let samples = u32::try_from(granule - before).expect("a page is short");
        before = granule;
        pages.push(Page {
            bytes: page.to_vec(),
            duration: Duration::from_secs(1) * samples / rate,
        });
    }
    pages
}
