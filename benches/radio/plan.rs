//! What is measured, and the tables that come of it.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use uguisu::{radio::Volume, store::RadioSettings};

use crate::{
    floor::{self, Floor},
    measure::{Measured, Until, count, measure},
    peers,
    program::{Program, defaults},
    root,
    sandbox::{Sandbox, World},
    table::Table,
    usage::describe,
};

/// The bot's identify and its joins are limited by Discord; so long at the most.
const PATIENCE: Duration = Duration::from_mins(12);
/// Commands that a session may send in a minute.
/// <https://docs.discord.com/developers/events/gateway#rate-limiting>
const COMMANDS: usize = 120;
/// Between two identifies of one bot.
/// <https://docs.discord.com/developers/events/gateway#rate-limiting>
const IDENTIFY: f64 = 5.0;
/// For how long `--full` measures the most calls.
const FULL: u64 = 600;

#[derive(Args, Clone, Debug)]
pub(crate) struct Plan {
    /// How many calls, one after the other
    #[arg(long, value_delimiter = ',', default_value = "1,50,200,500,1000")]
    calls: Vec<usize>,
    /// For how long each of them is measured
    #[arg(long, default_value_t = 25)]
    seconds: u64,
    /// The most calls for 10 minutes
    #[arg(long)]
    full: bool,
    /// Parts of it only
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Part>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Part {
    /// The bot with more and more calls
    Bot,
    /// Calls at other volumes than 100%
    Volume,
    /// Calls with nobody in them
    Alone,
    /// How long it takes to come back to 500 channels
    Start,
    /// songbird with an input per call
    Songbird,
    /// discord.js with one player for all calls
    Discordjs,
}

impl Plan {
    fn has(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    fn seconds(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

pub(crate) async fn run(plan: &Plan) -> anyhow::Result<()> {
    let commit = Command::new("git")
        .args(["describe", "--always", "--dirty"])
        .current_dir(root())
        .output()?;
    let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    let now = time::OffsetDateTime::now_utc();
    println!("{}, {}, commit {commit}", now.date(), describe());
    println!(
        "{} s each, DAVE on, a listener in each call, 128 kbit/s\n",
        plan.seconds
    );

    let floor = floor::measure()?;
    println!(
        "floor: sendto {:.2} us + AES-256-GCM {:.2} us + DAVE's AES-128-GCM {:.2} us = {:.2} us a packet\n",
        floor.send,
        floor.transport,
        floor.dave,
        floor.all()
    );
    if plan.has(Part::Bot) {
        bot(plan, floor).await?;
    }
    if plan.has(Part::Volume) {
        volume(plan).await?;
    }
    if plan.has(Part::Alone) {
        alone(plan).await?;
    }
    if plan.has(Part::Start) {
        start().await?;
    }
    if plan.has(Part::Songbird) {
        peers::songbird(plan.seconds()).await?;
    }
    if plan.has(Part::Discordjs) {
        peers::discordjs(plan.seconds()).await?;
    }
    Ok(())
}

/// As many servers as calls at the most, on as many shards as a bot has whose other servers are
/// silent.
pub(crate) fn world(calls: usize) -> World {
    World {
        guilds: calls,
        guilds_per_shard: 100,
        max_concurrency: 16,
        decoded: 0.02,
    }
}

pub(crate) const HEAD: [&str; 14] = [
    "calls",
    "CPU-s/s",
    "user",
    "kernel",
    "us/packet",
    "kB/call",
    "packets/s",
    "min",
    "jitter p50 ms",
    "p99",
    "worst gap",
    "a bare timer's",
    "lost",
    "threads",
];

pub(crate) fn cells(calls: String, measured: &Measured, idle: f64) -> Vec<String> {
    let each = (measured.resident - idle) / count(measured.playing.max(1));
    vec![
        calls,
        format!("{:.3}", measured.cpu()),
        format!("{:.3}", measured.user),
        format!("{:.3}", measured.system),
        format!("{:.1}", measured.per_packet()),
        format!("{each:.0}"),
        format!("{:.2}", measured.rate),
        format!("{:.2}", measured.rate_min),
        format!("{:.2}", measured.p50_ms),
        format!("{:.2}", measured.p99_ms),
        format!("{:.1}", measured.gap_ms),
        format!("{:.1}", measured.timer_ms),
        format!("{:.0}", measured.lost),
        measured.threads.to_string(),
    ]
}

/// What surrounds a measurement: whether the machine had time for it.
pub(crate) fn tell(name: &str, measured: &Measured) {
    let (right, all) = measured.heard;
    println!(
        "  {name}: {} play after {:.1} s; {right} of {all} decoded calls play the song on air; sandbox {:.3}, everything else {:.3} CPU-s/s",
        measured.playing,
        measured.joined(1.0),
        measured.sandbox,
        measured.others,
    );
}

async fn bot(plan: &Plan, floor: Floor) -> anyhow::Result<()> {
    let most = plan.calls.iter().copied().max().unwrap_or(0);
    let world = world(most);
    println!("uguisu, one connection to the station for all calls:");
    let mut table = Table::new(&HEAD);
    let mut ratio = Table::new(&[
        "calls",
        "us/packet",
        "floor",
        "times the floor",
        "first sound p50 ms",
        "p99",
        "where it goes (CPU-s/s)",
    ]);
    let mut idle = 0.0;
    for &calls in [0].iter().chain(&plan.calls) {
        let seconds = if plan.full && calls == most {
            Duration::from_secs(FULL)
        } else {
            plan.seconds()
        };
        let measured = step(&world, calls, seconds, defaults).await?;
        tell(&format!("{calls} calls"), &measured);
        if calls == 0 {
            idle = measured.resident;
            println!(
                "  idle, in {} servers: {:.1} MB, {} threads, {:.3} CPU-s/s",
                world.guilds,
                idle / 1024.0,
                measured.threads,
                measured.cpu()
            );
            continue;
        }
        table.line(cells(calls.to_string(), &measured, idle));
        let parts: Vec<String> = measured
            .by_thread
            .iter()
            .take(4)
            .map(|(name, threads, spent)| format!("{threads} {name} {spent:.3}"))
            .collect();
        ratio.line([
            calls.to_string(),
            format!("{:.1}", measured.per_packet()),
            format!("{:.2}", floor.all()),
            format!("{:.1}", measured.per_packet() / floor.all()),
            format!("{:.0}", measured.first_sound(0.5)),
            format!("{:.0}", measured.first_sound(0.99)),
            parts.join(", "),
        ]);
    }
    println!("\n{table}\n{ratio}");
    Ok(())
}

async fn step(
    world: &World,
    calls: usize,
    seconds: Duration,
    want: impl Fn(usize, &mut RadioSettings) + Sync,
) -> anyhow::Result<Measured> {
    let sandbox = Sandbox::start(world).await?;
    let mut places = sandbox.places().await?;
    places.truncate(calls);
    sandbox.people(&places, true).await?;
    let started = Instant::now();
    let mut bot = Program::bot(&sandbox, &places, want).await?;
    let until = match calls {
        0 => Until::Idle,
        calls => Until::Playing {
            calls,
            patience: PATIENCE,
        },
    };
    let measured = measure(&sandbox, &mut bot, started, until, seconds).await?;
    bot.stop().await?;
    sandbox.stop().await?;
    Ok(measured)
}

/// The same calls, all at one other volume, and then at ten.
async fn volume(plan: &Plan) -> anyhow::Result<()> {
    const CALLS: usize = 500;
    println!("{CALLS} calls at other volumes:");
    let mut table = Table::new(&[
        "other volumes in use",
        "CPU-s/s",
        "us/packet",
        "packets/s",
        "min",
        "jitter p99 ms",
        "worst gap",
        "a bare timer's",
        "lost",
        "threads",
    ]);
    for levels in [1, 10] {
        // 50%, 55%, …
        let percent = |index: usize| u8::try_from(50 + 5 * (index % levels)).ok();
        let want = |index, settings: &mut RadioSettings| {
            let volume = percent(index).and_then(|percent| Volume::try_from(percent).ok());
            settings.volume = volume.unwrap_or_default();
        };
        let measured = step(&world(CALLS), CALLS, plan.seconds(), want).await?;
        tell(&format!("volumes: {levels}"), &measured);
        table.line([
            levels.to_string(),
            format!("{:.3}", measured.cpu()),
            format!("{:.1}", measured.per_packet()),
            format!("{:.2}", measured.rate),
            format!("{:.2}", measured.rate_min),
            format!("{:.2}", measured.p99_ms),
            format!("{:.1}", measured.gap_ms),
            format!("{:.1}", measured.timer_ms),
            format!("{:.0}", measured.lost),
            measured.threads.to_string(),
        ]);
    }
    println!("\n{table}");
    Ok(())
}

/// The same calls, first with somebody in each and then with nobody.
async fn alone(plan: &Plan) -> anyhow::Result<()> {
    const CALLS: usize = 500;
    println!("{CALLS} calls with nobody in them:");
    let sandbox = Sandbox::start(&world(CALLS)).await?;
    let places = sandbox.places().await?;
    sandbox.people(&places, true).await?;
    let started = Instant::now();
    let mut bot = Program::bot(&sandbox, &places, defaults).await?;
    let until = Until::Playing {
        calls: CALLS,
        patience: PATIENCE,
    };
    let with = measure(&sandbox, &mut bot, started, until, plan.seconds()).await?;
    sandbox.people(&places, false).await?;
    let without = measure(&sandbox, &mut bot, started, Until::Now, plan.seconds()).await?;
    let mut table = Table::new(&[
        "calls",
        "CPU-s/s",
        "user",
        "kernel",
        "packets/s and call",
        "threads",
    ]);
    for (name, measured) in [("somebody in each", with), ("nobody", without)] {
        table.line([
            name.to_owned(),
            format!("{:.3}", measured.cpu()),
            format!("{:.3}", measured.user),
            format!("{:.3}", measured.system),
            format!("{:.2}", measured.rate),
            measured.threads.to_string(),
        ]);
    }
    println!("\n{table}");
    bot.stop().await?;
    sandbox.stop().await
}

/// From the start of the process until each of 500 calls plays.
async fn start() -> anyhow::Result<()> {
    const CALLS: usize = 500;
    println!("Coming back to {CALLS} channels at start:");
    let mut table = Table::new(&[
        "servers",
        "shards",
        "p50 s",
        "p99 s",
        "all s",
        "Discord's limits alone s",
    ]);
    for guilds in [5000, CALLS] {
        let world = World {
            guilds,
            guilds_per_shard: 1000,
            max_concurrency: 1,
            decoded: 0.0,
        };
        let shards = guilds.div_ceil(world.guilds_per_shard);
        let sandbox = Sandbox::start(&world).await?;
        let places = sandbox.places().await?;
        // Spread over all of them, as over the shards.
        let apart = places.len() / CALLS;
        let places: Vec<_> = places.into_iter().step_by(apart).take(CALLS).collect();
        sandbox.people(&places, true).await?;
        let started = Instant::now();
        let mut bot = Program::bot(&sandbox, &places, defaults).await?;
        let until = Until::Playing {
            calls: CALLS,
            patience: PATIENCE,
        };
        let measured = measure(&sandbox, &mut bot, started, until, Duration::from_secs(1)).await?;
        bot.stop().await?;
        sandbox.stop().await?;
        // A minute's commands at once, and the next a minute later.
        let minutes = count(CALLS.div_ceil(shards).saturating_sub(1) / COMMANDS);
        let limits = IDENTIFY * count(shards - 1) + 60.0 * minutes;
        table.line([
            guilds.to_string(),
            shards.to_string(),
            format!("{:.1}", measured.joined(0.5)),
            format!("{:.1}", measured.joined(0.99)),
            format!("{:.1}", measured.joined(1.0)),
            format!("{limits:.0}"),
        ]);
    }
    println!("\n{table}");
    Ok(())
}
