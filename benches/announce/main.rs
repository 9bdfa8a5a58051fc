//! Announcements at scale: how soon a new song is in the first of 10,000 channels, how fast it goes
//! on, who has to wait, what that costs in memory, and how soon commands are answered meanwhile.
//!
//! The bot (the release binary) and the sandbox are processes of their own; this one only watches.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`bot`] | the bot's process, and the settings it starts with |
//! | [`watch`] | what is posted, and when |
//! | [`ask`] | somebody who wants to know what is on air |
//! | [`floor`] | a bare HTTP client that posts |
//! | [`sandbox`], [`usage`], [`table`] | as with the radio |

#![expect(clippy::print_stdout, reason = "it prints a table")]
#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]

mod ask;
mod bot;
mod floor;
#[path = "../radio/sandbox.rs"]
#[expect(dead_code, reason = "the radio asks for more")]
mod sandbox;
#[path = "../radio/table.rs"]
mod table;
#[path = "../radio/usage.rs"]
#[expect(dead_code, reason = "the radio asks for more")]
mod usage;
mod watch;

use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use serde_json::json;
use tokio::time::sleep;

use self::{
    ask::Answers,
    bot::{Bot, Writer},
    floor::Floor,
    sandbox::Sandbox,
    table::Table,
    usage::Usage,
    watch::{Posts, Watcher},
};

/// Requests a second that Discord allows a bot, and as many to who shows no bot's token.
/// <https://discord.com/developers/docs/topics/rate-limits#global-rate-limit>
const PERMITTED: f64 = 50.0;

/// Announcements at scale.
#[derive(Debug, Parser)]
#[command(name = "announce")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Part>,
    /// Channels that get the songs, a server each
    #[arg(long, default_value_t = 10_000)]
    targets: usize,
    /// Songs, one after the other
    #[arg(long, default_value_t = 6)]
    songs: usize,
    /// How long each is on air, in seconds
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Given by `cargo bench`; without it this is `cargo test`, and nothing is measured
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Subcommand)]
enum Part {
    #[command(hide = true)]
    Sandbox(sandbox::World),
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match &arguments.command {
            Some(Part::Sandbox(world)) => sandbox::serve(world).await,
            None if arguments.bench => run(&arguments).await,
            None => Ok(()),
        }
    })
}

/// What one of the ways to post came to.
struct Outcome {
    posts: Posts,
    /// Resident memory in MB: before the first song, and after each.
    memory: Vec<f64>,
    /// CPU seconds a second, of the bot and of the sandbox.
    cpu: [f64; 2],
    /// The answers to a command at rest, and while songs are posted.
    answers: [Answers; 2],
    limited: u64,
    floor: Floor,
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    println!(
        "{}, {}; {} channels, {} songs of {} s\n",
        time::OffsetDateTime::now_utc().date(),
        usage::describe(),
        arguments.targets,
        arguments.songs,
        arguments.seconds
    );
    let writers = [Writer::Itself, Writer::Webhooks, Writer::Both];
    let mut outcomes = Vec::new();
    for writer in writers {
        let outcome = measure(arguments, writer).await;
        outcomes.push(outcome.with_context(|| format!("{writer:?}"))?);
    }
    let mut table = Table::new(&["", "as itself", "through webhooks", "half of each", "floor"]);
    let floor = &outcomes[0].floor;
    for (what, of, floor) in lines(floor) {
        let cells = outcomes.iter().map(of);
        table.line(
            std::iter::once(what.to_owned())
                .chain(cells)
                .chain(std::iter::once(floor)),
        );
    }
    println!("{table}");
    Ok(())
}

type Line = (&'static str, fn(&Outcome) -> String, String);

/// A quantity, how it is read, and the least or most that there is.
fn lines(floor: &Floor) -> Vec<Line> {
    vec![
        (
            "first post after the change, p50 ms",
            |it| format!("{:.0}", median(&it.posts.firsts())),
            format!("{:.1} (a bare POST)", floor.p50),
        ),
        (
            "the same, worst of the songs, ms",
            |it| format!("{:.0}", worst(&it.posts.firsts())),
            format!("{:.1} (p99)", floor.p99),
        ),
        (
            "posts a second",
            |it| format!("{:.1}", it.posts.rate()),
            format!("{PERMITTED} for a bot, {PERMITTED} without its token"),
        ),
        ("429 earned", |it| it.limited.to_string(), "0".into()),
        (
            "posted twice",
            |it| it.posts.twice().to_string(),
            "0".into(),
        ),
        (
            "posts of a song after one of the next",
            |it| it.posts.stale().to_string(),
            "0".into(),
        ),
        (
            "last post of a song after its end, worst, s",
            |it| format!("{:.1}", it.posts.latest()),
            "-".into(),
        ),
        (
            "songs a channel got, fewest and most",
            |it| {
                let [fewest, most] = it.posts.each();
                format!("{fewest} to {most}")
            },
            "-".into(),
        ),
        (
            "memory before, MB",
            |it| format!("{:.1}", it.memory.first().copied().unwrap_or_default()),
            "-".into(),
        ),
        (
            "after each song, MB",
            |it| {
                let after = it.memory.iter().skip(1);
                let shown: Vec<String> = after.map(|mb| format!("{mb:.1}")).collect();
                shown.join(" ")
            },
            "-".into(),
        ),
        (
            "CPU-s/s of the bot, of the sandbox",
            |it| format!("{:.3}, {:.3}", it.cpu[0], it.cpu[1]),
            "-".into(),
        ),
        (
            "`/nowplaying` at rest, p50 and p99 ms",
            |it| it.answers[0].shown(),
            "-".into(),
        ),
        (
            "while songs are posted, p50 and p99 ms",
            |it| it.answers[1].shown(),
            "-".into(),
        ),
        (
            "answers",
            |it| it.answers[1].count().to_string(),
            "-".into(),
        ),
    ]
}

async fn measure(arguments: &Arguments, writer: Writer) -> anyhow::Result<Outcome> {
    let world = sandbox::World {
        guilds: arguments.targets,
        guilds_per_shard: 1000,
        max_concurrency: 16,
        decoded: 0.0,
    };
    let sandbox = Sandbox::start(&world).await?;
    let targets = bot::targets(&sandbox, arguments.targets).await?;
    let floor = floor::measure(&sandbox, &targets).await?;
    let bot = Bot::start(&sandbox, &targets, writer).await?;
    let rest = Duration::from_secs(10);
    let at_rest = ask::for_a_while(&sandbox, &targets, rest).await?;

    let watcher = Watcher::default();
    let songs = async {
        let mut memory = vec![bot.usage()?.resident / 1000.0];
        let before = [bot.usage()?, sandbox.usage()?];
        watcher.until_watching().await;
        for _ in 0..arguments.songs {
            sandbox
                .post("/control/listen-moe/jpop/next", json!({}))
                .await?;
            sleep(Duration::from_secs(arguments.seconds)).await;
            memory.push(bot.usage()?.resident / 1000.0);
        }
        let after = [bot.usage()?, sandbox.usage()?];
        anyhow::Ok((memory, before, after))
    };
    let asking = async {
        let span = Duration::from_secs(arguments.seconds) * u32::try_from(arguments.songs)?;
        ask::for_a_while(&sandbox, &targets, span).await
    };
    let both = async { tokio::try_join!(songs, asking) };
    let ((memory, before, after), meanwhile) = tokio::select! {
        done = both => done?,
        ended = watcher.watch(&sandbox.base) => {
            ended?;
            anyhow::bail!("the events end")
        }
    };
    let span = arguments.seconds as f64 * arguments.songs as f64;
    let spent = |index: usize| {
        let cpu = |usage: &Usage| usage.cpu();
        (cpu(&after[index]) - cpu(&before[index])) / span
    };
    let cpu = [spent(0), spent(1)];
    let limited = &sandbox.get("/control/rest").await?["rate_limited"];
    let limited = ["global", "user", "shared"]
        .into_iter()
        .filter_map(|kind| limited[kind].as_u64())
        .sum();
    let channels = targets.iter().map(|target| target.channel).collect();
    let posts = watcher.posts(channels, Duration::from_secs(arguments.seconds));
    bot.stop().await?;
    sandbox.stop().await?;
    Ok(Outcome {
        posts,
        memory,
        cpu,
        answers: [at_rest, meanwhile],
        limited,
        floor,
    })
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn worst(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::NAN, f64::max)
}

/// The value below which this share of the sorted ones is.
fn quantile(sorted: &[f64], percent: usize) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(last.min(sorted.len() * percent / 100))
        .copied()
        .unwrap_or(f64::NAN)
}
