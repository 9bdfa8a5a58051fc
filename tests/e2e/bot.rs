//! The bot as its operator runs it: the real binary, with its settings in the environment.

use std::process::{ExitStatus, Stdio};

use serde_json::Value;
use tokio::{
    process::{Child, Command},
    task::JoinSet,
    time::timeout,
};

use crate::{lab::PATIENCE, log::Log};

/// A running bot. Killed when dropped, so that a failing test leaves nothing behind.
pub struct Bot {
    child: Child,
    http: String,
    log: Log,
    _readers: JoinSet<()>,
}

/// What a process uses.
#[derive(Clone, Copy, Debug)]
pub struct Resources {
    pub threads: u32,
    /// Open files, most of them sockets.
    pub files: usize,
    /// Memory, kB.
    pub resident: f64,
}

impl Bot {
    /// Starts it with exactly this environment and waits until its HTTP server listens.
    pub async fn start(environment: &[(String, String)]) -> Self {
        let (child, log, readers) = spawn(environment);
        let line = log.until(0, &["listening", "http://"]).await;
        let start = line.find("http://").expect("an address in the line");
        let http: String = line[start..]
            .chars()
            .take_while(|character| !character.is_whitespace() && *character != '"')
            .collect();
        Self {
            child,
            http,
            log,
            _readers: readers,
        }
    }

    /// What it printed.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// `GET /healthz`.
    pub async fn health(&self) -> (u16, Value) {
        let response = reqwest::get(format!("{}/healthz", self.http))
            .await
            .expect("the health endpoint answers");
        let status = response.status().as_u16();
        let body = response.bytes().await.expect("a whole answer");
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    /// Waits until the Discord session is ready, and sees that the bot says so.
    pub async fn until_healthy(&self) {
        self.log.until(0, &["session with Discord", "ready"]).await;
        assert_eq!(self.health().await.0, 200);
    }

    /// The sum of a metric over the series whose labels contain `labels`.
    pub async fn metric(&self, name: &str, labels: &str) -> Option<f64> {
        let text = reqwest::get(format!("{}/metrics", self.http))
            .await
            .expect("the metrics endpoint answers")
            .text()
            .await
            .expect("a whole answer");
        let mut found = None;
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (series, value) = line.rsplit_once(' ').expect("a sample");
            let plain = series.split('{').next().expect("a name");
            if plain == name && series.contains(labels) {
                let value: f64 = value.parse().expect("a number");
                found = Some(found.unwrap_or(0.0) + value);
            }
        }
        found
    }

    /// What it uses, from `/proc` (<https://man7.org/linux/man-pages/man5/proc.5.html>).
    pub fn resources(&self) -> Resources {
        let process = format!("/proc/{}", self.child.id().expect("it still runs"));
        let status = std::fs::read_to_string(format!("{process}/status")).expect("a status");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let value = line.and_then(|rest| rest.split_whitespace().next());
            value
                .and_then(|value| value.parse::<u32>().ok())
                .expect("a number")
        };
        Resources {
            threads: field("Threads:"),
            files: std::fs::read_dir(format!("{process}/fd"))
                .expect("its files")
                .count(),
            resident: f64::from(field("VmRSS:")),
        }
    }

    /// Sends SIGTERM, as an operator does, and waits for the end.
    pub async fn terminate(mut self) -> (ExitStatus, Log) {
        let pid = self.child.id().expect("it still runs").to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().await;
        assert!(sent.expect("kill runs").success());
        let status = timeout(PATIENCE, self.child.wait())
            .await
            .expect("the bot stops when asked")
            .expect("a status");
        (status, self.log.clone())
    }

    /// Kills it without a chance to say good-bye, as a crash does.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("it could be killed");
    }
}

fn spawn(environment: &[(String, String)]) -> (Child, Log, JoinSet<()>) {
    // Neither the environment of whoever runs the tests nor an `.env` beside the sources may
    // decide what is tested.
    let elsewhere = std::env::temp_dir();
    let mut child = Command::new(env!("CARGO_BIN_EXE_uguisu"))
        .current_dir(elsewhere)
        .env_clear()
        .env("HTTP_LISTEN", "127.0.0.1:0")
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the bot's binary runs");
    let (log, readers) = Log::follow(&mut child);
    (child, log, readers)
}
