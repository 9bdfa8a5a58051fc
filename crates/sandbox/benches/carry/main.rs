//! How much one sandbox carries: a thousand voice sessions in ten thousand channels.
//!
//! The sandbox runs in a process of its own. This one holds the clients: it takes grants through
//! the main gateway, shakes hands with the voice server as bots do, DAVE included, and sends 50
//! packets a second and session. Arguments: `[SESSIONS] [GUILDS] [SECONDS] [ROUNDS]`, by default 1000
//! 5000 20 1: rounds of the same load in one process show what stays behind.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`process`] | the sandbox's process: control API, CPU time, memory |
//! | [`grants`] | voice grants, through as many bots as the gateway's limits ask for |
//! | [`session`] | a voice client's signalling |
//! | [`sender`] | the thread that sends for all of them, evenly |
//! | [`floor`] | what a packet costs at the least |

#![expect(clippy::print_stdout, reason = "it prints a table")]
#![expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]

mod floor;
mod grants;
mod process;
mod sender;
mod session;

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::{task::JoinSet, time::Instant};

use process::Sandbox;
use session::Session;

/// Handshakes under way at once, as a bot that comes back after a restart has them.
const AT_ONCE: usize = 32;

/// Time for what was started to settle, before it is measured.
const SETTLE: Duration = Duration::from_secs(3);

/// One line of the table.
struct Case {
    name: &'static str,
    /// Somebody is in each channel: a DAVE group each, and encrypted packets.
    people: bool,
    /// The share of the calls that the sandbox decodes.
    decoded: f64,
}

const CASES: [Case; 3] = [
    Case {
        name: "alone, counted only",
        people: false,
        decoded: 0.0,
    },
    Case {
        name: "with a listener and DAVE, counted only",
        people: true,
        decoded: 0.0,
    },
    Case {
        name: "with a listener and DAVE, 5 % decoded",
        people: true,
        decoded: 0.05,
    },
];

fn main() -> anyhow::Result<()> {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let number = |at: usize, default| numbers.get(at).copied().unwrap_or(default);
    let (sessions, guilds) = (number(0, 1000), number(1, 5000));
    let seconds = Duration::from_secs(number(2, 20) as u64);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        for case in &CASES {
            measure(case, sessions, guilds, seconds, number(3, 1)).await?;
        }
        anyhow::Ok(())
    })?;
    let floor = floor::measure()?;
    println!(
        "\nfloor: recvfrom {:.2} us + AES-256-GCM {:.2} us a packet: {:.3} CPU-s/s for {sessions} sessions",
        floor.receive,
        floor.open,
        (floor.receive + floor.open) * 50.0 * sessions as f64 / 1e6,
    );
    Ok(())
}

async fn measure(
    case: &Case,
    sessions: usize,
    guilds: usize,
    seconds: Duration,
    rounds: usize,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let sandbox = Sandbox::start(guilds, case.decoded).await?;
    println!(
        "\n{} sessions in {} channels, {}",
        sessions,
        2 * guilds,
        case.name
    );
    println!(
        "  sandbox answers after      {:>8.2} s",
        begun.elapsed().as_secs_f64()
    );
    let bots = grants::bots(&sandbox, sessions).await?;
    for _ in 0..rounds {
        load(&sandbox, case, &bots, sessions, seconds).await?;
    }
    sandbox.stop().await
}

/// All sessions come, send for a while, and go.
async fn load(
    sandbox: &Sandbox,
    case: &Case,
    bots: &[Value],
    sessions: usize,
    seconds: Duration,
) -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    let granted = Instant::now();
    let grants = grants::take(sandbox, bots, sessions, case.people, &mut tasks).await?;
    println!(
        "  granted by the gateway in  {:>8.2} s",
        granted.elapsed().as_secs_f64()
    );
    let before = sandbox.usage()?;

    let connected = Instant::now();
    let tls = session::tls(&sandbox.ca)?;
    let sessions: Vec<(Arc<Session>, session::Signalling)> = stream::iter(grants)
        .map(|grant| session::join(grant, Arc::clone(&tls)))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await
        .into_iter()
        .collect::<anyhow::Result<_>>()?;
    let mut calls = Vec::new();
    for (session, signalling) in sessions {
        calls.push(Arc::clone(&session));
        tasks.spawn(async move {
            // Ends with the socket; what was lost shows in the table.
            let _ = signalling.run(session).await;
        });
    }
    println!(
        "  sessions described in      {:>8.2} s",
        connected.elapsed().as_secs_f64()
    );
    if case.people {
        for call in &calls {
            call.encrypted().await?;
        }
        println!(
            "  all groups encrypted after {:>8.2} s",
            connected.elapsed().as_secs_f64()
        );
    }

    let sender = sender::start(calls.clone())?;
    tokio::time::sleep(SETTLE).await;
    let from = (
        sandbox.usage()?,
        process::own()?,
        sandbox.packets().await?,
        sender.sent(),
    );
    let clock = Instant::now();
    tokio::time::sleep(seconds).await;
    let to = (
        sandbox.usage()?,
        process::own()?,
        sandbox.packets().await?,
        sender.sent(),
    );
    let elapsed = clock.elapsed().as_secs_f64();
    let sent = sender.stop()?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let heard = sandbox.heard().await?;

    let cpu = (to.0.cpu - from.0.cpu) / elapsed;
    let rate = (to.2 - from.2) as f64 / elapsed;
    println!(
        "  packets/s sent, received   {:>8.0} {:>8.0}",
        (to.3 - from.3) as f64 / elapsed,
        rate
    );
    println!(
        "  sent, received, lost       {:>8} {:>8} {:>6}",
        sent.packets, heard.packets, heard.lost
    );
    println!(
        "  sandbox CPU-s/s, us/packet {cpu:>8.3} {:>8.2}",
        cpu / rate * 1e6
    );
    println!(
        "  client CPU-s/s             {:>8.3}",
        (to.1.cpu - from.1.cpu) / elapsed
    );
    println!(
        "  sent deviation p50, p99    {:>8.3} {:>8.3} ms",
        sent.p50_ms, sent.p99_ms
    );
    println!(
        "  heard deviation p50, p99   {:>8.3} {:>8.3} ms, worst pause {:.1} ms",
        heard.p50_ms, heard.p99_ms, heard.gap_ms
    );
    println!(
        "  undecryptable, skipped     {:>8} {:>8}",
        heard.undecryptable, heard.skipped
    );
    println!(
        "  memory, per session        {:>8.0} MB {:>5.0} kB",
        to.0.memory / 1e6,
        (to.0.memory - before.memory) / 1e3 / calls.len() as f64
    );

    tasks.shutdown().await;
    drop(calls);
    sandbox.silent().await.context("calls that do not end")?;
    let after = sandbox.usage()?;
    println!(
        "  threads, sockets, memory after the last session: {} {} {:.0} MB; before the first: {} {} {:.0} MB",
        after.threads,
        after.files,
        after.memory / 1e6,
        before.threads,
        before.files,
        before.memory / 1e6
    );
    Ok(())
}
