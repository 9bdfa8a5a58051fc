//! A peer's process, and what this one has used.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use anyhow::{Context as _, bail};

/// The kernel's clock ticks a second, in /proc: `sysconf(_SC_CLK_TCK)`, 100 on Linux.
const TICKS: f64 = 100.0;

/// A peer at work. Ends with this value.
pub(crate) struct Peer {
    child: Child,
    says: BufReader<ChildStdout>,
}

/// Starts a peer that connects to `address`.
pub(crate) fn start(
    name: &str,
    address: anyhow::Result<SocketAddr>,
    ids: &Path,
) -> anyhow::Result<Peer> {
    let address = address?.to_string();
    let mut command = if name == "node" {
        let mut node = Command::new("node");
        node.args([
            "--max-old-space-size=20000",
            concat!(env!("CARGO_MANIFEST_DIR"), "/benches/lanyard/peer.mjs"),
        ]);
        node
    } else {
        let mut peer = Command::new(std::env::current_exe()?);
        peer.args(["peer", name]);
        peer
    };
    let mut child = command
        .arg(address)
        .arg(ids)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("it does not start")?;
    let says = child.stdout.take().context("no output")?;
    Ok(Peer {
        child,
        says: BufReader::new(says),
    })
}

impl Peer {
    /// Waits for it to say this word.
    pub(crate) fn expect(&mut self, word: &str) -> anyhow::Result<()> {
        let said = self.line()?;
        if said != word {
            bail!("it said {said:?} instead of {word:?}");
        }
        Ok(())
    }

    /// What it tells at its end.
    pub(crate) fn told(&mut self) -> anyhow::Result<String> {
        self.line()
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        self.says.read_line(&mut line)?;
        if line.is_empty() {
            bail!("it ended");
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory of this process in megabytes, now and at worst.
pub(crate) fn memory() -> (f64, f64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        kilobytes.unwrap_or(f64::NAN) / 1000.0 * 1.024
    };
    (of("VmRSS"), of("VmHWM"))
}

/// CPU time of this process in seconds.
pub(crate) fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS
}
