//! What everyone's presence costs: an `INIT_STATE` of so many users, then a storm of updates,
//! through a real socket, held by the bot and by what one would write otherwise. Each is a process
//! of its own; this one sends and watches.
//!
//! Arguments: numbers of users, by default `200000 1000000`; `stages` for what the stages cost alone.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`work`] | what is sent: made-up presences, half of them offline, compressed |
//! | [`server`] | sends it, and watches the heartbeats |
//! | [`floor`] | what the stages cost, and what inflating alone does |
//! | [`program`] | those who hold it, as processes |
//! | [`peers`] | what runs in some of them: lookups, and `serde_json` twice |
//! | [`sandbox`] | the Discord that the bot is logged in at |
//! | [`table`], [`usage`] | as with the radio: tables, `/proc` |

#![expect(clippy::print_stdout, reason = "it prints tables")]
#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]

mod floor;
mod peers;
mod program;
mod sandbox;
mod server;
#[path = "../radio/table.rs"]
mod table;
#[path = "../radio/usage.rs"]
#[expect(dead_code, reason = "the radio asks for more")]
mod usage;
mod work;

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;

use program::{Kind, Lookups, Program};
use table::Table;
use usage::Usage;
use work::Work;

/// What "at rest" means.
const REST: Duration = Duration::from_secs(5);

/// What one of them made of it.
struct Outcome {
    /// From the first byte of `INIT_STATE` to the first answer, and the CPU time for it, in seconds.
    ready: f64,
    ready_cpu: f64,
    /// Resident memory in MB: before, with everyone, at worst, and at rest in the end.
    before: f64,
    held: f64,
    peak: f64,
    rest: f64,
    /// The whole storm in seconds, and the CPU time for it.
    storm: f64,
    storm_cpu: f64,
    /// How much later than asked for a heartbeat came, at worst; none from those who send none.
    late: Option<Duration>,
    lookups: Option<Lookups>,
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["sandbox"] => return sandbox::serve(),
        ["peer", name, address, ids] => return peers::run(name, address, ids),
        // `cargo test` runs it without: then nothing is measured.
        _ if !words.contains(&"--bench") => return Ok(()),
        _ => {}
    }
    let mut sizes: Vec<usize> = words.iter().filter_map(|text| text.parse().ok()).collect();
    if sizes.is_empty() {
        sizes = vec![200_000, 1_000_000];
    }
    println!(
        "{}, {}, load {} before",
        time::OffsetDateTime::now_utc().date(),
        usage::describe(),
        load()
    );
    for users in sizes {
        let work = Work::make(users)?;
        println!(
            "\n{users} users: {} MB of JSON, {} MB compressed; then {} updates\n",
            work.json / 1_000_000,
            work.init.len() / 1_000_000,
            work.updates
        );
        println!("{}", floor::measure(&work)?);
        if !words.contains(&"stages") {
            measure(&work);
        }
    }
    println!("\nload {} after", load());
    Ok(())
}

/// The machine's load over one, five and fifteen minutes: a figure from a busy machine is none.
fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}

fn measure(work: &Work) {
    let mut table = Table::new(&[
        "",
        "queryable s",
        "CPU-s",
        "MB before",
        "MB held",
        "MB peak",
        "MB at rest",
        "updates/s",
        "per CPU-s",
        "lookup p50 us",
        "p99 us",
        "heartbeat late ms",
    ]);
    let (mut failed, mut outcomes) = (vec![], vec![]);
    for kind in Kind::ALL {
        match run(kind, work).with_context(|| kind.name()) {
            Ok(outcome) => {
                table.line(line(kind, &outcome, work.updates as f64));
                outcomes.push((kind, outcome));
            }
            Err(error) => failed.push(format!("{error:#}")),
        }
    }
    println!("{table}");
    println!("{}", beside(&outcomes));
    for failure in failed {
        println!("did not get through: {failure}");
    }
}

/// What the others take for one of what uguisu takes: as a process that does nothing else, as they
/// are, and as the whole bot.
fn beside(outcomes: &[(Kind, Outcome)]) -> Table {
    let mut table = Table::new(&[
        "times as much as",
        "peak memory, alone",
        "whole bot",
        "queryable s, alone",
        "whole bot",
    ]);
    let of = |kind| outcomes.iter().find(|(other, _)| *other == kind);
    let ours = [of(Kind::Lookups), of(Kind::Bot)];
    let times = |ours: Option<&(Kind, Outcome)>, theirs: f64, what: fn(&Outcome) -> f64| {
        ours.map_or_else(
            || "-".to_owned(),
            |(_, ours)| format!("{:.1}", theirs / what(ours)),
        )
    };
    let others = outcomes.iter().filter(|(kind, _)| !kind.is_uguisu());
    for (kind, outcome) in others {
        let mut line = vec![kind.name().to_owned()];
        line.extend(ours.map(|ours| times(ours, outcome.peak, |outcome| outcome.peak)));
        line.extend(ours.map(|ours| times(ours, outcome.ready, |outcome| outcome.ready)));
        table.line(line);
    }
    table
}

fn line(kind: Kind, outcome: &Outcome, updates: f64) -> Vec<String> {
    let some = |number: Option<f64>| {
        number.map_or_else(|| "-".to_owned(), |number| format!("{number:.0}"))
    };
    let lookups = outcome.lookups.as_ref();
    vec![
        kind.name().to_owned(),
        format!("{:.2}", outcome.ready),
        format!("{:.2}", outcome.ready_cpu),
        format!("{:.0}", outcome.before),
        format!("{:.0}", outcome.held),
        format!("{:.0}", outcome.peak),
        format!("{:.0}", outcome.rest),
        format!("{:.0}", updates / outcome.storm),
        format!("{:.0}", updates / outcome.storm_cpu),
        some(lookups.map(|lookups| lookups.p50_us)),
        some(lookups.map(|lookups| lookups.p99_us)),
        some(outcome.late.map(|late| late.as_secs_f64() * 1e3)),
    ]
}

/// Lets one do the work.
fn run(kind: Kind, work: &Work) -> anyhow::Result<Outcome> {
    let server = server::Server::bind()?;
    let mut program = Program::start(kind, server.address()?, work.ids.path())?;
    let connection = server.accept()?;
    program.until_started()?;
    thread::sleep(REST);
    let before = program.usage()?;

    // One that has ended says why.
    let begun = connection.send_init(&work.init);
    program.until_ready()?;
    let begun = begun?;
    let ready = begun.elapsed().as_secs_f64();
    let full = program.usage()?;
    thread::sleep(REST);
    let held = program.usage()?;

    let begun = Instant::now();
    connection.send_storm(&work.storm)?;
    program.until_done(work.users + 1)?;
    let storm = begun.elapsed().as_secs_f64();
    let done = program.usage()?;
    let lookups = program.lookups()?;
    thread::sleep(REST);
    let rest = program.usage()?;
    let megabytes = |usage: &Usage| usage.resident * 1.024 / 1000.0;
    Ok(Outcome {
        ready,
        ready_cpu: full.cpu() - before.cpu(),
        before: megabytes(&before),
        held: megabytes(&held),
        peak: program.peak()?,
        rest: megabytes(&rest),
        storm,
        storm_cpu: done.cpu() - held.cpu(),
        late: connection.late(),
        lookups,
    })
}
