//! The sandbox in a process of its own: this very program, started with other arguments.

use std::{
    ffi::OsStr,
    io::{Read as _, Write as _},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::timeout,
};

use crate::usage::Usage;

/// How long a start, or an answer, may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Printed behind the environment.
const READY: &str = "ready";
/// The first servers are the demo's, with rules of their own.
const DEMO: usize = 3;
/// Discord's channel type of a voice channel.
const VOICE: u64 = 2;

/// What kind of world it is.
#[derive(Args, Clone, Debug)]
pub(crate) struct World {
    /// Servers, beside the demo's
    #[arg(long, default_value_t = 100)]
    pub(crate) guilds: usize,
    /// Servers for which the gateway recommends one shard
    #[arg(long, default_value_t = 1000)]
    pub(crate) guilds_per_shard: usize,
    /// Shards that may identify at once
    #[arg(long, default_value_t = 1)]
    pub(crate) max_concurrency: u64,
    /// The share of the calls that are decoded
    #[arg(long, default_value_t = 0.02)]
    pub(crate) decoded: f64,
}

/// Runs the sandbox in this process until standard input ends.
pub(crate) async fn serve(world: &World) -> anyhow::Result<()> {
    let options = sandbox::Options {
        guilds: world.guilds + DEMO,
        guilds_per_shard: world.guilds_per_shard,
        max_concurrency: world.max_concurrency,
        voice_decode_share: world.decoded,
        lively: false,
        ..sandbox::Options::default()
    };
    let sandbox = sandbox::Sandbox::start(options).await?;
    let mut told = std::io::stdout().lock();
    for (name, value) in sandbox.environment() {
        writeln!(told, "{name}={value}")?;
    }
    writeln!(told, "{READY}")?;
    told.flush()?;
    drop(told);
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    end.await??;
    sandbox.shutdown().await;
    Ok(())
}

/// A running sandbox.
pub(crate) struct Sandbox {
    child: Child,
    http: reqwest::Client,
    /// Where it listens: `http://` and the port.
    pub(crate) base: String,
    /// For a bot.
    pub(crate) environment: Vec<(String, String)>,
}

/// A server and its voice channel.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) guild: u64,
    pub(crate) channel: u64,
    /// A member of no other place.
    pub(crate) person: u64,
}

impl Sandbox {
    pub(crate) async fn start(world: &World) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("sandbox")
            .args(["--guilds", &world.guilds.to_string()])
            .args(["--guilds-per-shard", &world.guilds_per_shard.to_string()])
            .args(["--max-concurrency", &world.max_concurrency.to_string()])
            .args(["--decoded", &world.decoded.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
        let mut environment = Vec::new();
        let told = async {
            while let Some(line) = lines.next_line().await? {
                if line == READY {
                    return anyhow::Ok(());
                }
                let (name, value) = line.split_once('=').context("a strange environment")?;
                environment.push((name.to_owned(), value.to_owned()));
            }
            bail!("the sandbox has ended")
        };
        timeout(PATIENCE, told)
            .await
            .context("the sandbox does not start")??;
        let api = value(&environment, "DISCORD_API_URL")?;
        let base = api.trim_end_matches('/').trim_end_matches("/api");
        Ok(Self {
            // A connection for each request: one that was kept may be closed just when it is used.
            http: reqwest::Client::builder()
                .timeout(PATIENCE)
                .pool_max_idle_per_host(0)
                .build()?,
            base: base.to_owned(),
            environment,
            child,
        })
    }

    /// A program that is to run in it: it knows what finds and runs programs and where everything
    /// is, and nothing else of this machine's settings.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await?;
        let bytes = answer.error_for_status()?.bytes().await?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> anyhow::Result<()> {
        self.ask(path, body).await.map(drop)
    }

    /// The answer to a POST.
    pub(crate) async fn ask(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = request.send().await?.error_for_status()?;
        let bytes = answer.bytes().await?;
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// The station's stream of Opus.
    pub(crate) fn stream(&self) -> anyhow::Result<String> {
        value(&self.environment, "LISTEN_MOE_JPOP_STREAM").map(str::to_owned)
    }

    /// Servers to play in, in the order of their ids.
    pub(crate) async fn places(&self) -> anyhow::Result<Vec<Place>> {
        let world = self.get("/control/world").await?;
        let guilds = world["guilds"].as_array().context("no servers")?;
        guilds
            .iter()
            .skip(DEMO)
            .map(|guild| {
                let channels = guild["channels"].as_array();
                let voice = channels
                    .and_then(|channels| channels.iter().find(|channel| channel["type"] == VOICE))
                    .context("no voice channel")?;
                Ok(Place {
                    guild: id(&guild["id"])?,
                    channel: id(&voice["id"])?,
                    person: id(&guild["members"][0]["id"])?,
                })
            })
            .collect()
    }

    /// Lets somebody into each channel, or out of it.
    pub(crate) async fn people(&self, places: &[Place], inside: bool) -> anyhow::Result<()> {
        for place in places {
            let channel = inside.then(|| place.channel.to_string());
            let path = format!("/control/users/{}/voice", place.person);
            self.post(&path, json!({"channel": channel})).await?;
        }
        Ok(())
    }

    pub(crate) async fn summary(&self) -> anyhow::Result<Value> {
        self.get("/control/voice/summary").await
    }

    pub(crate) async fn calls(&self) -> anyhow::Result<Vec<Value>> {
        let calls = self.get("/control/voice").await?;
        Ok(calls.as_array().cloned().unwrap_or_default())
    }

    pub(crate) async fn measure(&self) -> anyhow::Result<()> {
        self.post("/control/voice/measure", json!({})).await
    }

    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.child.id().context("the sandbox has ended")?)
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        if timeout(PATIENCE, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

fn value<'a>(environment: &'a [(String, String)], wanted: &str) -> anyhow::Result<&'a str> {
    let found = environment.iter().find(|(name, _)| name == wanted);
    let (_, value) = found.with_context(|| format!("no {wanted}"))?;
    Ok(value)
}

fn id(value: &Value) -> anyhow::Result<u64> {
    let id = value.as_str().and_then(|text| text.parse().ok());
    id.with_context(|| format!("{value} is no id"))
}
