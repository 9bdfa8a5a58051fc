//! The thread that sends for all sessions: each has its own moment in every 20 ms.

use std::{
    f64::consts::TAU,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use opus2::{Application, Bitrate, Channels, Encoder};

use crate::session::Session;

const PACKET: Duration = Duration::from_millis(20);
/// The moments in 20 ms at which packets are sent.
const SLOTS: usize = 20;
/// Deviations are counted in buckets of 10 us, the last one takes all above.
const BUCKET: Duration = Duration::from_micros(10);
const BUCKETS: usize = 10_000;

/// The running thread.
pub(crate) struct Sender {
    thread: JoinHandle<anyhow::Result<Sent>>,
    sent: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
}

/// What was sent, and how evenly: the same measure that the sandbox takes of what arrives.
pub(crate) struct Sent {
    pub(crate) packets: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Begins to send.
pub(crate) fn start(sessions: Vec<Arc<Session>>) -> anyhow::Result<Sender> {
    let frames = tone()?;
    let (sent, stop) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
    let (count, end) = (Arc::clone(&sent), Arc::clone(&stop));
    let thread = std::thread::Builder::new()
        .name("sender".into())
        .spawn(move || run(&sessions, &frames, &count, &end))?;
    Ok(Sender { thread, sent, stop })
}

impl Sender {
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Relaxed)
    }

    pub(crate) fn stop(self) -> anyhow::Result<Sent> {
        self.stop.store(true, Relaxed);
        self.thread.join().ok().context("the sender has panicked")?
    }
}

fn run(
    sessions: &[Arc<Session>],
    frames: &[Vec<u8>],
    count: &AtomicU64,
    stop: &AtomicBool,
) -> anyhow::Result<Sent> {
    let mut deviations = vec![0_u64; BUCKETS];
    let mut last: Vec<Option<Instant>> = vec![None; sessions.len()];
    let mut next = Instant::now();
    for turn in 0.. {
        for slot in 0..SLOTS {
            if stop.load(Relaxed) {
                return Ok(summary(&deviations, count.load(Relaxed)));
            }
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            next += PACKET / 20;
            for at in (slot..sessions.len()).step_by(SLOTS) {
                sessions[at].send(&frames[turn % frames.len()])?;
                let now = Instant::now();
                if let Some(last) = last[at].replace(now) {
                    let apart = now.duration_since(last).abs_diff(PACKET);
                    let bucket = apart.as_micros() / BUCKET.as_micros();
                    deviations[usize::try_from(bucket)?.min(BUCKETS - 1)] += 1;
                }
                count.fetch_add(1, Relaxed);
            }
        }
    }
    anyhow::bail!("there are no more turns")
}

fn summary(deviations: &[u64], packets: u64) -> Sent {
    let total: u64 = deviations.iter().sum();
    let quantile = |share: f64| {
        let mut seen = 0;
        let at = deviations.iter().position(|count| {
            seen += count;
            seen as f64 >= share * total as f64
        });
        at.unwrap_or(BUCKETS) as f64 * BUCKET.as_secs_f64() * 1000.0
    };
    Sent {
        packets,
        p50_ms: quantile(0.5),
        p99_ms: quantile(0.99),
    }
}

/// A second of a tone at the radio's bit rate.
fn tone() -> anyhow::Result<Vec<Vec<u8>>> {
    let mut encoder = Encoder::new(48_000, Channels::Stereo, Application::Audio)?;
    encoder.set_bitrate(Bitrate::Bits(128_000))?;
    encoder.set_vbr(false)?;
    (0..50_u32)
        .map(|packet| {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "within 16 bits by its factor"
            )]
            let pcm: Vec<i16> = (0..1920)
                .map(|n| {
                    let t = f64::from(packet * 960 + n / 2) / 48_000.0;
                    ((TAU * 440.0 * t).sin() * 16_384.0) as i16
                })
                .collect();
            Ok(encoder.encode_vec(&pcm, 1275)?)
        })
        .collect()
}
