//! The laboratory: a sandbox of its own for each test, in this process, and the bot beside it as
//! a process of its own. Everything between them goes over real sockets, and what a test knows it
//! learned through the sandbox's control API, as anybody could.
//!
//! - here: the sandbox and its control API.
//! - `commands`: what people ask the bot, and what they are answered.
//! - `events`: what happens, and what is heard.
//! - `guild`: a server.
//! - `settings`: the bot's database, while nobody uses it.
//! - `wait`: waiting for what has no events.

mod commands;
mod events;
mod guild;
mod settings;
mod wait;

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

pub use self::{
    commands::Answer,
    events::{Event, Events},
    guild::Guild,
    wait::until_announced,
};
use crate::bot::Bot;

/// How long anything may take before a test gives up on it. Generous: machines are noisy, and a
/// test that waits for an event goes on as soon as the event is there.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A sandbox, and a directory for the bot's database.
pub struct Lab {
    sandbox: sandbox::Sandbox,
    http: reqwest::Client,
    directory: tempfile::TempDir,
}

impl Lab {
    /// Starts a sandbox with the given number of servers.
    pub async fn start(guilds: usize) -> Self {
        Self::with(guilds, 20, Some("en-US")).await
    }

    /// Starts a sandbox whose people and servers have languages of their own; in any other they
    /// speak English.
    pub async fn of_many_languages() -> Self {
        Self::with(1, 20, None).await
    }

    /// Starts a sandbox in whose one server everybody has this locale.
    pub async fn speaking(locale: &'static str) -> Self {
        Self::with(1, 20, Some(locale)).await
    }

    /// Starts a sandbox whose Lanyard has so many users besides the members of one server.
    pub async fn with_users(users: usize) -> Self {
        Self::with(1, users, Some("en-US")).await
    }

    async fn with(guilds: usize, users: usize, locale: Option<&'static str>) -> Self {
        let options = sandbox::Options {
            port: 0,
            guilds,
            locale,
            users,
            seed: 7,
            // Songs end and people move when a test says so.
            lively: false,
            // A bot that is restarted at once need not wait for its turn to identify.
            identify_limit: false,
            ..sandbox::Options::default()
        };
        Self {
            sandbox: sandbox::Sandbox::start(options)
                .await
                .expect("the sandbox starts"),
            http: reqwest::Client::new(),
            directory: tempfile::tempdir().expect("a temporary directory"),
        }
    }

    /// Starts the bot and waits until it is ready and its commands are registered.
    pub async fn bot(&self) -> Bot {
        let bot = self.bot_before_ready(&[]).await;
        bot.until_healthy().await;
        bot
    }

    /// Starts the bot with more environment, without waiting for Discord.
    pub async fn bot_before_ready(&self, more: &[(&str, &str)]) -> Bot {
        let mut environment = self.sandbox.environment();
        environment.push(("DATABASE_URL".into(), self.database()));
        environment.extend(
            more.iter()
                .map(|(name, value)| ((*name).into(), (*value).into())),
        );
        Bot::start(&environment).await
    }

    fn database(&self) -> String {
        format!("sqlite://{}/uguisu.db", self.directory.path().display())
    }

    /// What the bot is given in its environment under this name.
    pub fn variable(&self, name: &str) -> String {
        let mut environment = self.sandbox.environment().into_iter();
        let found = environment.find(|(key, _)| key == name);
        found.expect("a variable of the sandbox").1
    }

    /// A GET of the control API.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(reqwest::Method::GET, path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    /// A POST to the control API that must succeed.
    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(reqwest::Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// A POST of any bytes to the control API.
    pub async fn post_bytes(&self, path: &str, body: &[u8]) {
        let url = format!("http://{}{path}", self.sandbox.addr());
        let request = self.http.post(url).timeout(PATIENCE);
        let request = request.header("content-type", "application/octet-stream");
        let answer = request.body(body.to_vec()).send().await;
        let status = answer.expect("the control API answers").status();
        assert!(status.is_success(), "POST {path}: {status}");
    }

    /// A DELETE of the control API with a body.
    pub async fn delete_with(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(reqwest::Method::DELETE, path, Some(body)).await;
        assert!(status.is_success(), "DELETE {path}: {status} {answer}");
        answer
    }

    /// A PUT of the control API that must succeed.
    pub async fn put(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(reqwest::Method::PUT, path, Some(body)).await;
        assert!(status.is_success(), "PUT {path}: {status} {answer}");
        answer
    }

    /// A PATCH of the control API that must succeed.
    pub async fn patch(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(reqwest::Method::PATCH, path, Some(body)).await;
        assert!(status.is_success(), "PATCH {path}: {status} {answer}");
        answer
    }

    /// A DELETE of the control API that must succeed.
    pub async fn delete(&self, path: &str) {
        let (status, answer) = self.call(reqwest::Method::DELETE, path, None).await;
        assert!(status.is_success(), "DELETE {path}: {status} {answer}");
    }

    async fn call(
        &self,
        method: reqwest::Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let url = format!("http://{}{path}", self.sandbox.addr());
        let mut request = self.http.request(method, url).timeout(PATIENCE);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let response = request.send().await.expect("the control API answers");
        let status = response.status();
        let bytes = response.bytes().await.expect("a whole answer");
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }

    /// The messages of a channel, as the sandbox holds them.
    pub async fn messages(&self, channel: &str) -> Vec<Value> {
        let messages = self
            .get(&format!("/control/channels/{channel}/messages"))
            .await;
        messages.as_array().cloned().unwrap_or_default()
    }

    /// A POST to the control API that may be refused, by what happened meanwhile.
    pub async fn attempt(&self, path: &str, body: Value) {
        self.call(reqwest::Method::POST, path, Some(body)).await;
    }

    /// All servers.
    pub async fn guilds(&self) -> Vec<Guild> {
        let world = self.get("/control/world").await;
        let guilds = world["guilds"].as_array().cloned().unwrap_or_default();
        guilds.into_iter().map(Guild).collect()
    }

    /// The `index`-th server.
    pub async fn guild(&self, index: usize) -> Guild {
        Guild(self.get("/control/world").await["guilds"][index].clone())
    }

    /// What the sandbox's listeners hear in a server, if there is a call.
    pub async fn call_in(&self, guild: &str) -> Option<Value> {
        let calls = self.get("/control/voice").await;
        calls
            .as_array()?
            .iter()
            .find(|call| call["guild"] == guild)
            .cloned()
    }

    /// The song on air, as the sandbox tells it: `{title, artist, pitch_hz, ...}`.
    pub async fn on_air(&self, station: &str) -> Value {
        self.get("/control/listen-moe").await[station].clone()
    }

    /// Ends the song on air; answers with the next one.
    pub async fn next_song(&self, station: &str) -> Value {
        self.post(&format!("/control/listen-moe/{station}/next"), json!({}))
            .await;
        self.on_air(station).await
    }

    /// Puts a simulated person into a voice channel, or out of it.
    pub async fn enter(&self, user: &str, channel: Option<&str>) {
        self.post(
            &format!("/control/users/{user}/voice"),
            json!({ "channel": channel }),
        )
        .await;
    }

    /// Puts a fault on a service; the answer is its id.
    pub async fn fault(&self, fault: Value) -> String {
        let answer = self.post("/control/faults", fault).await;
        match &answer["id"] {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        }
    }

    /// Lifts a fault.
    pub async fn lift(&self, fault: &str) {
        self.delete(&format!("/control/faults/{fault}")).await;
    }

    /// Stops the sandbox.
    pub async fn stop(self) {
        self.sandbox.shutdown().await;
    }
}
