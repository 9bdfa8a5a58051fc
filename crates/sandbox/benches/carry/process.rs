//! The sandbox's process: its control API, its CPU time and memory.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::{sleep, timeout},
};

/// How long a start may take.
const START: Duration = Duration::from_mins(2);
/// The kernel's clock ticks a second, in /proc: `sysconf(_SC_CLK_TCK)`, 100 on Linux.
const TICKS: f64 = 100.0;
/// Bytes of a page of memory.
const PAGE: f64 = 4096.0;

/// A running sandbox.
pub(crate) struct Sandbox {
    child: Child,
    http: reqwest::Client,
    /// The address of everything plain, without a slash at its end.
    pub(crate) base: String,
    /// The certificate authority of the voice servers.
    pub(crate) ca: PathBuf,
    _directory: TempDir,
}

/// What a process has used.
pub(crate) struct Usage {
    /// Seconds of CPU time.
    pub(crate) cpu: f64,
    /// Resident bytes.
    pub(crate) memory: f64,
    pub(crate) threads: usize,
    /// Open files, most of them sockets.
    pub(crate) files: usize,
}

/// What the sandbox has heard in all calls.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) packets: u64,
    pub(crate) lost: u64,
    pub(crate) undecryptable: u64,
    pub(crate) skipped: u64,
    /// Medians over the calls.
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Of all calls.
    pub(crate) gap_ms: f64,
}

impl Sandbox {
    pub(crate) async fn start(guilds: usize, decoded: f64) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let env_file = directory.path().join("env");
        let child = Command::new(env!("CARGO_BIN_EXE_sandbox"))
            .args(["serve", "--quiet", "--still", "--port", "0"])
            .args(["--guilds", &guilds.to_string()])
            .args(["--voice-decode-share", &decoded.to_string()])
            .arg("--env-file")
            .arg(&env_file)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let written = async {
            loop {
                // Written whole, once everything answers.
                if let Ok(text) = std::fs::read_to_string(&env_file)
                    && text.contains("SSL_CERT_FILE=")
                    && text.ends_with('\n')
                {
                    return text;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        let text = timeout(START, written)
            .await
            .context("the sandbox does not start")?;
        let value = |name: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.map(|value| value.trim_matches('"').to_owned())
                .with_context(|| format!("no {name}"))
        };
        let api = value("DISCORD_API_URL")?;
        Ok(Self {
            child,
            http: reqwest::Client::new(),
            base: api
                .trim_end_matches('/')
                .trim_end_matches("/api")
                .to_owned(),
            ca: value("SSL_CERT_FILE")?.into(),
            _directory: directory,
        })
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let answer = self.http.get(format!("{}{path}", self.base)).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = self.http.post(format!("{}{path}", self.base)).json(&body);
        let answer = request.send().await?.error_for_status()?;
        Ok(answer.json().await.unwrap_or(json!(null)))
    }

    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        usage(
            &self
                .child
                .id()
                .context("the sandbox has ended")?
                .to_string(),
        )
    }

    async fn calls(&self) -> anyhow::Result<Vec<Value>> {
        Ok(serde_json::from_value(self.get("/control/voice").await?)?)
    }

    /// Packets received in all calls.
    pub(crate) async fn packets(&self) -> anyhow::Result<u64> {
        let calls = self.calls().await?;
        Ok(calls
            .iter()
            .filter_map(|call| call["packets"].as_u64())
            .sum())
    }

    pub(crate) async fn heard(&self) -> anyhow::Result<Heard> {
        let calls = self.calls().await?;
        let sum = |name: &str| calls.iter().filter_map(|call| call[name].as_u64()).sum();
        let median = |name: &str| {
            let mut values: Vec<f64> = calls
                .iter()
                .filter_map(|call| call[name].as_f64())
                .collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let pauses = calls.iter().filter_map(|call| call["gap_max_ms"].as_f64());
        Ok(Heard {
            packets: sum("packets"),
            lost: sum("lost"),
            undecryptable: sum("undecryptable"),
            skipped: sum("skipped"),
            p50_ms: median("p50_ms"),
            p99_ms: median("p99_ms"),
            gap_ms: pauses.fold(0.0, f64::max),
        })
    }

    /// Waits until no call is left: what was lost may be resumed for half a minute.
    pub(crate) async fn silent(&self) -> anyhow::Result<()> {
        let silence = async {
            while !self.calls().await?.is_empty() {
                sleep(Duration::from_secs(1)).await;
            }
            anyhow::Ok(())
        };
        timeout(Duration::from_mins(1), silence).await?
    }

    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

/// What this process has used.
pub(crate) fn own() -> anyhow::Result<Usage> {
    usage("self")
}

/// From proc(5): fields 14, 15, 20 and 24 of `stat`, counted behind the name in parentheses.
fn usage(process: &str) -> anyhow::Result<Usage> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let (_, behind) = stat.rsplit_once(')').context("a strange /proc")?;
    let fields: Vec<&str> = behind.split_whitespace().collect();
    let [user, system, threads, pages] =
        [11, 12, 17, 21].map(|at| fields.get(at).and_then(|field| field.parse::<f64>().ok()));
    let (Some(user), Some(system), Some(threads), Some(pages)) = (user, system, threads, pages)
    else {
        bail!("a strange /proc");
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few hundred"
    )]
    let threads = threads as usize;
    Ok(Usage {
        cpu: (user + system) / TICKS,
        memory: pages * PAGE,
        threads,
        files: std::fs::read_dir(format!("/proc/{process}/fd"))?.count(),
    })
}
