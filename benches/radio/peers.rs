//! Other libraries on the same work, in the same sandbox.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use anyhow::bail;

use crate::{
    measure::{Until, measure},
    plan::{HEAD, cells, tell, world},
    program::Program,
    root,
    sandbox::{Place, Sandbox},
    station::Station,
    table::Table,
};

/// What others get before they are taken to have collapsed.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a peer is to be started with.
struct Peer<'a> {
    name: String,
    calls: usize,
    start: &'a dyn Fn(&Sandbox, &[Place]) -> anyhow::Result<Program>,
}

/// Adds a line; true when the peer could carry it.
async fn peer(peer: Peer<'_>, seconds: Duration, table: &mut Table) -> anyhow::Result<bool> {
    let Peer { name, calls, start } = peer;
    let sandbox = Sandbox::start(&world(calls)).await?;
    let places = sandbox.places().await?;
    sandbox.people(&places, true).await?;
    // What it takes without calls.
    let mut idling = start(&sandbox, &[])?;
    let idle = measure(
        &sandbox,
        &mut idling,
        Instant::now(),
        Until::Idle,
        Duration::from_secs(1),
    )
    .await?;
    idling.stop().await?;
    let started = Instant::now();
    let mut program = start(&sandbox, &places)?;
    let until = Until::Playing {
        calls,
        patience: PATIENCE,
    };
    let measured = measure(&sandbox, &mut program, started, until, seconds).await?;
    let label = format!("{calls} {name}");
    tell(&label, &measured);
    let collapsed = measured.collapsed(calls);
    let label = if collapsed {
        format!("{label}: collapsed")
    } else {
        label
    };
    table.line(cells(label, &measured, idle.resident));
    program.stop().await?;
    sandbox.stop().await?;
    Ok(!collapsed)
}

pub(crate) async fn songbird(seconds: Duration) -> anyhow::Result<()> {
    println!("songbird with an HTTP input per call:");
    let station = Station::start(seconds + 2 * PATIENCE).await?;
    if station.is_none() {
        println!("  ffmpeg is not here: only Opus");
    }
    let mut table = Table::new(&HEAD);
    for codec in ["opus", "vorbis", "mp3"] {
        for calls in [1, 10, 50, 100] {
            let start = |sandbox: &Sandbox, places: &[Place]| {
                let source = match (&station, codec) {
                    (_, "opus") => sandbox.stream()?,
                    (Some(station), codec) => station.address(codec),
                    (None, _) => bail!("no ffmpeg"),
                };
                Program::songbird(sandbox, places, &source)
            };
            if codec != "opus" && station.is_none() {
                continue;
            }
            let name = codec.to_owned();
            if !peer(
                Peer {
                    name,
                    calls,
                    start: &start,
                },
                seconds,
                &mut table,
            )
            .await?
            {
                break;
            }
        }
    }
    println!("\n{table}");
    Ok(())
}

pub(crate) async fn discordjs(seconds: Duration) -> anyhow::Result<()> {
    println!("discord.js with one AudioPlayer for all calls:");
    let folder = root().join("crates/sandbox/clients/discordjs");
    let Some(node) = installed(&folder) else {
        println!("  npm is not here\n");
        return Ok(());
    };
    let program = folder.join("radio.mjs");
    let mut table = Table::new(&HEAD);
    for calls in [1, 50, 200, 500] {
        let start = |sandbox: &Sandbox, places: &[Place]| {
            Program::discordjs(sandbox, places, &sandbox.stream()?, &node, &program)
        };
        let name = "opus".to_owned();
        if !peer(
            Peer {
                name,
                calls,
                start: &start,
            },
            seconds,
            &mut table,
        )
        .await?
        {
            break;
        }
    }
    println!("\n{table}");
    Ok(())
}

/// Installs discord.js where it is missing, pinned; answers with the Node that came with it.
fn installed(folder: &Path) -> Option<PathBuf> {
    if !folder.join("node_modules/discord.js").exists() {
        let npm = Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            .current_dir(folder)
            .status();
        npm.ok().filter(ExitStatus::success)?;
    }
    let node = ["x64", "arm64"]
        .map(|arch| folder.join(format!("node_modules/node-linux-{arch}/bin/node")));
    Some(
        node.into_iter()
            .find(|node| node.exists())
            .unwrap_or_else(|| "node".into()),
    )
}
