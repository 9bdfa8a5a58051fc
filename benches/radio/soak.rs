//! An hour of many calls, to see that nothing grows.

use std::{
    fs::File,
    io::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use clap::Args;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    measure::{self, Until, count},
    program::{Program, defaults},
    root,
    sandbox::{Sandbox, World},
    table::Table,
    usage::describe,
};

/// From sample to sample.
const EVERY: Duration = Duration::from_secs(10);
/// From song to song.
const SONG: u32 = 18;
/// Samples from line to line of the table.
const LINE: u32 = 30;
/// Left out of the slope: caches and buffers fill.
const WARM_UP: Duration = Duration::from_mins(5);

#[derive(Args, Clone, Debug)]
pub(crate) struct Soak {
    /// Calls
    #[arg(long, default_value_t = 200)]
    calls: usize,
    /// For how long
    #[arg(long, default_value_t = 60)]
    minutes: u32,
    /// Where each sample is written; by default target/soak.csv
    #[arg(long)]
    csv: Option<PathBuf>,
}

struct Sample {
    at: f64,
    resident: f64,
    threads: usize,
    files: usize,
    cpu: f64,
    rate_min: f64,
    rate: f64,
    p99_ms: f64,
    gap_ms: f64,
    missed: f64,
}

pub(crate) async fn run(soak: &Soak) -> anyhow::Result<()> {
    let path = soak
        .csv
        .clone()
        .unwrap_or_else(|| root().join("target/soak.csv"));
    let mut csv = File::create(&path)?;
    writeln!(
        csv,
        "seconds,resident_kb,threads,files,cpu_s,rate_min,rate_mean,p99_ms,gap_max_ms,missed"
    )?;
    println!(
        "{} calls for {} minutes on {}; samples in {}",
        soak.calls,
        soak.minutes,
        describe(),
        path.display()
    );
    let world = World {
        guilds: soak.calls,
        guilds_per_shard: 100,
        max_concurrency: 16,
        decoded: 0.02,
    };
    let sandbox = Sandbox::start(&world).await?;
    let places = sandbox.places().await?;
    sandbox.people(&places, true).await?;
    let started = Instant::now();
    let mut bot = Program::bot(&sandbox, &places, defaults).await?;
    let until = Until::Playing {
        calls: soak.calls,
        patience: Duration::from_mins(10),
    };
    let first = measure::measure(&sandbox, &mut bot, started, until, EVERY).await?;
    println!(
        "{} calls play after {:.0} s\n",
        first.playing,
        first.joined(1.0)
    );

    let mut table = Table::new(&[
        "minute",
        "MB",
        "threads",
        "files",
        "CPU-s/s",
        "packets/s min",
        "p99 ms",
        "worst gap ms",
        "missed",
    ]);
    let begun = Instant::now();
    let mut samples: Vec<Sample> = Vec::new();
    let mut clock = interval(EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    clock.tick().await;
    sandbox.measure().await?;
    for number in 1..=soak.minutes * 6 {
        clock.tick().await;
        let summary = sandbox.summary().await?;
        sandbox.measure().await?;
        let usage = bot.usage()?;
        let value = |name: &str| summary[name].as_f64().unwrap_or_default();
        let sample = Sample {
            at: begun.elapsed().as_secs_f64(),
            resident: usage.resident,
            threads: usage.threads,
            files: usage.files,
            cpu: usage.cpu(),
            rate_min: value("rate_min"),
            rate: value("rate_mean"),
            p99_ms: value("p99_ms"),
            gap_ms: value("gap_max_ms"),
            missed: value("lost") + value("undecryptable"),
        };
        writeln!(
            csv,
            "{:.1},{},{},{},{:.2},{},{},{},{},{}",
            sample.at,
            sample.resident,
            sample.threads,
            sample.files,
            sample.cpu,
            sample.rate_min,
            sample.rate,
            sample.p99_ms,
            sample.gap_ms,
            sample.missed
        )?;
        samples.push(sample);
        if number % SONG == 0 {
            let next = "/control/listen-moe/jpop/next";
            sandbox.post(next, json!({})).await?;
        }
        if number % LINE == 0 {
            let from = samples.len().saturating_sub(LINE as usize);
            table.line(line(&samples[from..]));
        }
    }
    println!("{table}");
    conclude(&samples);
    bot.stop().await?;
    sandbox.stop().await
}

/// The last of some samples, and the worst of them.
fn line(samples: &[Sample]) -> Vec<String> {
    let (Some(first), Some(last)) = (samples.first(), samples.last()) else {
        return Vec::new();
    };
    let most = |of: fn(&Sample) -> f64| samples.iter().map(of).fold(0.0, f64::max);
    let least = samples.iter().map(|sample| sample.rate_min);
    let elapsed = (last.at - first.at).max(1.0);
    vec![
        format!("{:.0}", last.at / 60.0),
        format!("{:.1}", last.resident / 1024.0),
        last.threads.to_string(),
        last.files.to_string(),
        format!("{:.3}", (last.cpu - first.cpu) / elapsed),
        format!("{:.1}", least.fold(f64::INFINITY, f64::min)),
        format!("{:.2}", most(|sample| sample.p99_ms)),
        format!("{:.1}", most(|sample| sample.gap_ms)),
        format!("{:.0}", last.missed),
    ]
}

fn conclude(samples: &[Sample]) {
    let warm: Vec<&Sample> = samples
        .iter()
        .filter(|sample| sample.at > WARM_UP.as_secs_f64())
        .collect();
    let range = |of: fn(&Sample) -> usize| {
        let values = || warm.iter().map(|sample| of(sample));
        (values().min().unwrap_or(0), values().max().unwrap_or(0))
    };
    let (fewest, most) = range(|sample| sample.threads);
    let (least, largest) = range(|sample| sample.files);
    println!(
        "after the first 5 minutes: memory {:+.0} kB an hour, threads {fewest} to {most}, files {least} to {largest}",
        slope(&warm) * 3600.0,
    );
}

/// kB a second, by least squares.
fn slope(samples: &[&Sample]) -> f64 {
    let number = count(samples.len()).max(1.0);
    let mean =
        |of: fn(&Sample) -> f64| samples.iter().map(|sample| of(sample)).sum::<f64>() / number;
    let (at, resident) = (mean(|sample| sample.at), mean(|sample| sample.resident));
    let (mut with, mut of) = (0.0, 0.0);
    for sample in samples {
        with += (sample.at - at) * (sample.resident - resident);
        of += (sample.at - at).powi(2);
    }
    if of > 0.0 { with / of } else { 0.0 }
}
