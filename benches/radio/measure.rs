//! One measurement: so many calls, for so many seconds, seen from the voice server and from the
//! kernel.

use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    metronome::Metronome,
    program::Program,
    sandbox::Sandbox,
    usage::{Threads, Usage, machine},
};

/// Time for what was started to settle, before it is measured.
const SETTLE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_millis(200);
/// A call with fewer packets a second is not heard as music any more.
const HEARD: f64 = 49.0;
/// A pause that everybody hears, in milliseconds.
const BROKEN: f64 = 500.0;

/// What is known after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Measured {
    /// Calls that played.
    pub(crate) playing: usize,
    /// Seconds from the program's start until each played.
    pub(crate) joined: Vec<f64>,
    /// Milliseconds from the voice handshake's end to each call's first sound.
    pub(crate) first_sound: Vec<f64>,
    /// CPU-seconds a second of audio, in the program's own code.
    pub(crate) user: f64,
    /// The same, in the kernel.
    pub(crate) system: f64,
    /// CPU-seconds a second of the sandbox.
    pub(crate) sandbox: f64,
    /// CPU-seconds a second of everything else on the machine.
    pub(crate) others: f64,
    /// Packets a second and call.
    pub(crate) rate: f64,
    /// Packets a second of the call with the fewest.
    pub(crate) rate_min: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) gap_ms: f64,
    /// The longest pause of a thread that only waits for the time, meanwhile.
    pub(crate) timer_ms: f64,
    /// Packets that listeners missed.
    pub(crate) lost: f64,
    /// Of the calls that are listened to, those with the right pitch, and all.
    pub(crate) heard: (usize, usize),
    /// Resident memory, kB.
    pub(crate) resident: f64,
    pub(crate) threads: usize,
    /// Seconds of CPU a second, by kind of thread.
    pub(crate) by_thread: Vec<(String, usize, f64)>,
}

impl Measured {
    pub(crate) fn cpu(&self) -> f64 {
        self.user + self.system
    }

    /// Microseconds of CPU a packet.
    pub(crate) fn per_packet(&self) -> f64 {
        self.cpu() * 1e6 / (self.rate * count(self.playing)).max(1.0)
    }

    /// Whether so many calls are more than it can carry.
    pub(crate) fn collapsed(&self, calls: usize) -> bool {
        self.playing < calls || self.rate_min < HEARD || self.gap_ms > BROKEN
    }

    /// A quantile of the times until the calls played, in seconds.
    pub(crate) fn joined(&self, share: f64) -> f64 {
        quantile(&self.joined, share)
    }

    /// A quantile of the times from the voice handshake to the first sound, in milliseconds.
    pub(crate) fn first_sound(&self, share: f64) -> f64 {
        quantile(&self.first_sound, share)
    }
}

/// Of sorted values.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let at = (share * count(last)).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}

/// What is waited for, before it is measured.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    /// Nothing plays: the gateway's sessions stand.
    Idle,
    /// So many calls play, and encrypt for who listens.
    Playing { calls: usize, patience: Duration },
    /// Whatever there is.
    Now,
}

/// Measures a program that was started at `started`.
pub(crate) async fn measure(
    sandbox: &Sandbox,
    program: &mut Program,
    started: Instant,
    until: Until,
    seconds: Duration,
) -> anyhow::Result<Measured> {
    wait(sandbox, program, started, until).await?;
    let (joined, first_sound) = beginnings(sandbox, started).await?;
    let mut measured = Measured {
        joined,
        first_sound,
        ..Measured::default()
    };
    sleep(SETTLE).await;

    let losses = missed(&sandbox.summary().await?);
    sandbox.measure().await?;
    let before = Snapshot::take(sandbox, program)?;
    let metronome = Metronome::start();
    sleep(seconds).await;
    measured.timer_ms = metronome.stop()?;
    let after = Snapshot::take(sandbox, program)?;
    let summary = sandbox.summary().await?;

    let number = |name: &str| summary[name].as_f64().unwrap_or_default();
    let elapsed = (after.at - before.at).as_secs_f64();
    let spent = |of: fn(&Snapshot) -> f64| (of(&after) - of(&before)) / elapsed;
    measured.playing = playing(&summary);
    measured.user = spent(|snapshot| snapshot.program.user);
    measured.system = spent(|snapshot| snapshot.program.system);
    measured.sandbox = spent(|snapshot| snapshot.sandbox.cpu());
    // The kernel only samples the machine's time, and so may count less than of the processes.
    let others = spent(|snapshot| snapshot.machine) - measured.cpu() - measured.sandbox;
    measured.others = others.max(0.0);
    measured.rate = number("rate_mean");
    measured.rate_min = number("rate_min");
    measured.p50_ms = number("p50_ms");
    measured.p99_ms = number("p99_ms");
    measured.gap_ms = number("gap_max_ms");
    measured.lost = missed(&summary) - losses;
    measured.heard = heard(sandbox).await?;
    measured.resident = after.program.resident;
    measured.threads = after.program.threads;
    let by_thread = &after.threads - &before.threads;
    measured.by_thread = by_thread
        .0
        .into_iter()
        .map(|(name, (threads, spent))| (name, threads, spent / elapsed))
        .collect();
    measured.by_thread.sort_by(|a, b| b.2.total_cmp(&a.2));
    Ok(measured)
}

struct Snapshot {
    at: Instant,
    program: Usage,
    threads: Threads,
    sandbox: Usage,
    machine: f64,
}

impl Snapshot {
    fn take(sandbox: &Sandbox, program: &Program) -> anyhow::Result<Self> {
        Ok(Self {
            threads: program.threads()?,
            at: Instant::now(),
            program: program.usage()?,
            sandbox: sandbox.usage()?,
            machine: machine()?,
        })
    }
}

/// Waits as long as it may; what did not come shows in the numbers.
async fn wait(
    sandbox: &Sandbox,
    program: &mut Program,
    started: Instant,
    until: Until,
) -> anyhow::Result<()> {
    loop {
        if !program.runs() {
            bail!("the program has ended");
        }
        let done = match until {
            Until::Now => true,
            Until::Idle => {
                let sessions = sandbox.get("/control/gateway").await?;
                let sessions = sessions.as_array().cloned().unwrap_or_default();
                let shards = sessions
                    .first()
                    .and_then(|session| session["shard"][1].as_u64());
                let connected = sessions
                    .iter()
                    .filter(|session| session["connected"] == true);
                shards.is_some_and(|shards| connected.count() as u64 >= shards)
            }
            Until::Playing { calls, patience } => {
                let summary = sandbox.summary().await?;
                let encrypted = summary["dave"].as_u64().unwrap_or_default();
                (playing(&summary) >= calls && encrypted >= calls as u64)
                    || started.elapsed() > patience
            }
        };
        if done {
            return Ok(());
        }
        sleep(LOOK).await;
    }
}

/// Calls of which sound has come.
fn playing(summary: &Value) -> usize {
    let sounding = summary["sounding"].as_u64().unwrap_or_default();
    usize::try_from(sounding).unwrap_or_default()
}

/// Packets that did not reach the listeners' ears.
fn missed(summary: &Value) -> f64 {
    ["lost", "undecryptable"]
        .iter()
        .filter_map(|name| summary[name].as_f64())
        .sum()
}

/// In order: the seconds from the start until each call's first sound, and the milliseconds from
/// the end of its voice handshake (op 4) until then.
async fn beginnings(sandbox: &Sandbox, started: Instant) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let calls = sandbox.calls().await?;
    let now = started.elapsed().as_secs_f64();
    let (mut joined, mut first): (Vec<f64>, Vec<f64>) = calls
        .iter()
        .filter_map(|call| {
            let first = call["first_sound_ms"].as_f64()?;
            let ago = call["age_ms"].as_f64()? - first;
            Some((now - ago / 1000.0, first))
        })
        .unzip();
    joined.sort_by(f64::total_cmp);
    first.sort_by(f64::total_cmp);
    Ok((joined, first))
}

/// How many of the decoded calls play the song on air.
async fn heard(sandbox: &Sandbox) -> anyhow::Result<(usize, usize)> {
    let song = sandbox.get("/control/listen-moe/jpop").await?;
    let wanted = song["pitch_hz"].as_f64().unwrap_or_default();
    let calls = sandbox.calls().await?;
    let pitches: Vec<f64> = calls
        .iter()
        .filter(|call| call["decoded"] == true)
        .filter_map(|call| call["pitch_hz"].as_f64())
        .collect();
    let right = pitches
        .iter()
        .filter(|pitch| (*pitch / wanted - 1.0).abs() < 0.01);
    Ok((right.count(), pitches.len()))
}

/// A count among figures.
pub(crate) fn count(count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let count = count as f64;
    count
}
