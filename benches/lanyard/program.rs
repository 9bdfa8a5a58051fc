//! Those who hold everyone's presence: each a process of its own.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tempfile::TempDir;

use crate::{sandbox::Sandbox, usage::Usage};

/// For a start, and for a storm or an `INIT_STATE` to be worked off.
const PATIENCE: Duration = Duration::from_mins(5);

/// How often the bot is asked.
const ASK: Duration = Duration::from_millis(10);

/// Who holds it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// The release binary, logged in at Discord: the whole process.
    Bot,
    /// The part of it that follows Lanyard, with somebody who looks users up.
    Lookups,
    /// A tree of `serde_json::Value`.
    Value,
    /// Structs that `serde_json` fills.
    Structs,
    /// Node's `JSON.parse` and a `Map`.
    Node,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Bot,
        Self::Lookups,
        Self::Value,
        Self::Structs,
        Self::Node,
    ];

    pub(crate) const fn is_uguisu(self) -> bool {
        matches!(self, Self::Bot | Self::Lookups)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bot => "uguisu, the whole bot",
            Self::Lookups => "uguisu, what follows Lanyard alone",
            Self::Value => "serde_json::Value",
            Self::Structs => "serde, typed structs",
            Self::Node => "Node, JSON.parse and Map",
        }
    }
}

/// What somebody who looks users up measures, in microseconds.
#[derive(Deserialize)]
pub(crate) struct Lookups {
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

/// A program at work. Ends with this value.
pub(crate) struct Program {
    kind: Kind,
    child: Child,
    tells: Tells,
}

/// How it tells what it is at.
enum Tells {
    /// In lines.
    Says(BufReader<ChildStdout>),
    /// When asked.
    Asked {
        at: SocketAddr,
        _sandbox: Sandbox,
        _directory: TempDir,
    },
}

impl Program {
    /// Starts one that connects to `address`, and that may look up these `ids`.
    pub(crate) fn start(kind: Kind, address: SocketAddr, ids: &Path) -> anyhow::Result<Self> {
        if kind == Kind::Bot {
            return Self::bot(address);
        }
        let mut command = match kind {
            Kind::Node => {
                let mut node = Command::new("node");
                let program = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/lanyard/peer.mjs");
                node.args(["--max-old-space-size=20000", program]);
                node
            }
            _ => Command::new(std::env::current_exe()?),
        };
        match kind {
            Kind::Lookups => command.args(["peer", "lookups"]),
            Kind::Value => command.args(["peer", "value"]),
            Kind::Structs => command.args(["peer", "structs"]),
            Kind::Bot | Kind::Node => &mut command,
        };
        let mut child = command
            .arg(address.to_string())
            .arg(ids)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("it does not start")?;
        let says = child.stdout.take().context("no output")?;
        Ok(Self {
            kind,
            child,
            tells: Tells::Says(BufReader::new(says)),
        })
    }

    fn bot(address: SocketAddr) -> anyhow::Result<Self> {
        let sandbox = Sandbox::start()?;
        let directory = tempfile::tempdir()?;
        let database = format!("sqlite://{}/uguisu.db", directory.path().display());
        // A free port, free again at once.
        let at = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let socket = format!("ws://{address}/socket?compression=zlib_json");
        // Nothing of this machine's settings.
        let child = Command::new(env!("CARGO_BIN_EXE_uguisu"))
            .current_dir(directory.path())
            .env_clear()
            .env("HTTP_LISTEN", at.to_string())
            .env("DATABASE_URL", database)
            .env("LOG", "warn")
            .envs(sandbox.environment.iter().cloned())
            .env("LANYARD_SOCKET", socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .context("it does not start")?;
        Ok(Self {
            kind: Kind::Bot,
            child,
            tells: Tells::Asked {
                at,
                _sandbox: sandbox,
                _directory: directory,
            },
        })
    }

    /// Waits until the bot is logged in at Discord.
    pub(crate) fn until_started(&mut self) -> anyhow::Result<()> {
        match &self.tells {
            Tells::Says(_) => Ok(()),
            Tells::Asked { at, .. } => until(*at, "/healthz", |health| health.contains(" 200 ")),
        }
    }

    /// Waits until everyone can be looked up.
    pub(crate) fn until_ready(&mut self) -> anyhow::Result<()> {
        match &self.tells {
            Tells::Says(_) => self.expect("ready"),
            Tells::Asked { at, .. } => until(*at, "/metrics", |metrics| {
                metrics.contains("uguisu_upstream_up{upstream=\"lanyard\"} 1")
            }),
        }
    }

    /// Waits until the storm is over: its last update makes a user more.
    pub(crate) fn until_done(&mut self, users: usize) -> anyhow::Result<()> {
        match &self.tells {
            Tells::Says(_) => self.expect("done"),
            Tells::Asked { at, .. } => until(*at, "/metrics", |metrics| {
                metrics.contains(&format!("\nuguisu_presences {users}\n"))
            }),
        }
    }

    /// What the lookups took, from the one that does them.
    pub(crate) fn lookups(&mut self) -> anyhow::Result<Option<Lookups>> {
        if self.kind != Kind::Lookups {
            return Ok(None);
        }
        let line = self.line()?;
        Ok(Some(serde_json::from_str(&line)?))
    }

    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.child.id())
    }

    /// The most memory that was resident, in MB.
    pub(crate) fn peak(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        let kilobytes: f64 = kilobytes.context("no VmHWM")?.parse()?;
        Ok(kilobytes * 1.024 / 1000.0)
    }

    fn expect(&mut self, word: &str) -> anyhow::Result<()> {
        let said = self.line()?;
        if said != word {
            bail!("it said {said:?} instead of {word:?}");
        }
        Ok(())
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let Tells::Says(says) = &mut self.tells else {
            bail!("it says nothing");
        };
        let mut line = String::new();
        says.read_line(&mut line)?;
        if line.is_empty() {
            bail!("it ended");
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks until the answer is the one that is waited for.
fn until(at: SocketAddr, path: &str, is_it: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        // It may not have begun to listen.
        if get(at, path).is_ok_and(|answer| is_it(&answer)) {
            return Ok(());
        }
        thread::sleep(ASK);
    }
    bail!("{path} never said so")
}

fn get(at: SocketAddr, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect_timeout(&at, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
