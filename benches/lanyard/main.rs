//! What everyone's presence costs: an `INIT_STATE` of so many users, then a storm of updates,
//! through a real socket, held by the bot and by others in processes of their own.
//!
//! Arguments: numbers of users, by default `200000 1000000`.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`work`] | what is sent: made-up presences, half of them offline, compressed |
//! | [`server`] | sends it, and watches the heartbeats |
//! | [`peers`] | who holds it: the bot, `serde_json` twice, and `peer.mjs` for Node |
//! | [`process`] | what a process has used |

#![expect(clippy::print_stdout, reason = "it prints a table")]
#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]

mod peers;
mod process;
mod server;
mod work;

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::Deserialize;

use work::Work;

/// What one peer made of it.
struct Outcome {
    /// From the first byte of `INIT_STATE` to the first answer.
    ready: Duration,
    /// The whole storm.
    storm: Duration,
    /// How much later than asked for a heartbeat came, at worst; none from those who send none.
    late: Option<Duration>,
    told: Told,
}

/// What a peer says of itself.
#[derive(Deserialize)]
struct Told {
    /// Megabytes, as [`process`] has them: after `INIT_STATE`, at worst, and at rest in the end.
    ready_mb: f64,
    peak_mb: f64,
    rest_mb: f64,
    /// Seconds of CPU time for `INIT_STATE` and for the storm.
    ready_cpu: f64,
    storm_cpu: f64,
    /// A lookup during the storm, in microseconds; none is done where nothing runs beside it.
    #[serde(default)]
    p50_us: Option<f64>,
    #[serde(default)]
    p99_us: Option<f64>,
}

const PEERS: [&str; 4] = ["uguisu", "value", "structs", "node"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [kind, name, address, ids] = &arguments[..]
        && kind == "peer"
    {
        return peers::run(name, address, ids);
    }
    let mut sizes: Vec<usize> = arguments
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect();
    if sizes.is_empty() {
        sizes = vec![200_000, 1_000_000];
    }
    for users in sizes {
        measure(users)?;
    }
    Ok(())
}

fn measure(users: usize) -> anyhow::Result<()> {
    let work = Work::make(users)?;
    println!(
        "\n{users} users: {} MB of JSON, {} MB compressed; then {} updates",
        work.json / 1_000_000,
        work.init.len() / 1_000_000,
        work.updates
    );
    let (inflated, each) = work.floor()?;
    println!(
        "floor: inflating alone {:.2} s, and {:.1} us an update",
        inflated.as_secs_f64(),
        each.as_secs_f64() * 1e6
    );
    println!(
        "{:<8} {:>9} {:>8} {:>8} {:>8} {:>8} {:>11} {:>11} {:>8} {:>8} {:>9}",
        "",
        "queryable",
        "CPU",
        "MB then",
        "MB peak",
        "MB rest",
        "updates/s",
        "per CPU-s",
        "p50 us",
        "p99 us",
        "late ms"
    );
    for name in PEERS {
        match peer(name, &work).with_context(|| name.to_owned()) {
            Ok(outcome) => print(name, &outcome, work.updates as f64),
            Err(error) => println!("{name:<8} {error:#}"),
        }
    }
    Ok(())
}

fn print(name: &str, outcome: &Outcome, updates: f64) {
    let told = &outcome.told;
    let some = |number: Option<f64>| {
        number.map_or_else(|| "-".to_owned(), |number| format!("{number:.1}"))
    };
    println!(
        "{name:<8} {:>7.2} s {:>6.2} s {:>8.0} {:>8.0} {:>8.0} {:>11.0} {:>11.0} {:>8} {:>8} {:>9}",
        outcome.ready.as_secs_f64(),
        told.ready_cpu,
        told.ready_mb,
        told.peak_mb,
        told.rest_mb,
        updates / outcome.storm.as_secs_f64(),
        updates / told.storm_cpu,
        some(told.p50_us),
        some(told.p99_us),
        some(outcome.late.map(|late| late.as_secs_f64() * 1e3)),
    );
}

/// Lets one peer do the work.
fn peer(name: &str, work: &Work) -> anyhow::Result<Outcome> {
    let server = server::Server::bind()?;
    let mut child = process::start(name, server.address(), work.ids.path())?;
    let connection = server.accept()?;
    let begun = connection.send_init(&work.init)?;
    child.expect("ready")?;
    let ready = begun.elapsed();
    let begun = connection.send_storm(&work.storm)?;
    child.expect("done")?;
    let storm = begun.elapsed();
    let told = child.told()?;
    let Ok(told) = serde_json::from_str(&told) else {
        bail!("it said {told:?}");
    };
    Ok(Outcome {
        ready,
        storm,
        late: connection.late(),
        told,
    })
}
