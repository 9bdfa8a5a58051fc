//! The laboratory: a sandbox of its own for each test, in this process, and the bot beside it as
//! a process of its own. Everything between them goes over real sockets, and what a test knows it
//! learned through the sandbox's control API, as anybody could.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uguisu::store::Store;

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

/// What a slash command was answered with.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Answer {
    /// Everything that a person can read in the answer, in one string.
    pub fn text(&self) -> String {
        let mut text = String::new();
        collect_text(&self.body["messages"], &mut text);
        text
    }

    /// The first embed of the first message.
    pub fn embed(&self) -> &Value {
        &self.body["messages"][0]["embeds"][0]
    }

    /// Whether only the person who asked can see it.
    pub fn is_ephemeral(&self) -> bool {
        self.body["messages"][0]["flags"].as_u64().unwrap_or(0) & 64 != 0
    }
}

fn collect_text(value: &Value, out: &mut String) {
    const READABLE: [&str; 6] = ["content", "title", "description", "name", "value", "text"];
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_text(item, out)),
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if READABLE.contains(&key.as_str()) => {
                        out.push_str(text);
                        out.push('\n');
                    }
                    _ => collect_text(field, out),
                }
            }
        }
        _ => {}
    }
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

    /// Runs a slash command; `who` is `{user?, guild?, channel?}`.
    pub async fn command(&self, command: &str, options: Value, who: Value) -> Answer {
        let mut body = json!({ "command": command, "options": options });
        for (key, value) in who.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        let (status, body) = self
            .call(reqwest::Method::POST, "/control/interactions", Some(body))
            .await;
        Answer { status, body }
    }

    /// Presses the button whose label contains this on a message; answers with what came of it.
    pub async fn press(&self, message: &Value, label: &str) -> Value {
        let rows = message["components"].as_array().into_iter().flatten();
        let mut buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
        let is = |button: &&Value| {
            let shown = button["label"].as_str();
            shown.is_some_and(|shown| shown.contains(label))
        };
        let button = buttons.find(is).expect("such a button");
        let body = json!({ "message": message["id"], "custom_id": button["custom_id"] });
        let answer = self.post("/control/components", body).await;
        answer["messages"][0].clone()
    }

    /// Presses a button of a message by its id, as somebody.
    pub async fn press_as(&self, message: &Value, custom_id: &str, user: &str) -> Answer {
        let body = json!({ "message": message["id"], "custom_id": custom_id, "user": user });
        let (status, body) = self
            .call(reqwest::Method::POST, "/control/components", Some(body))
            .await;
        Answer { status, body }
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

    /// Writes into the bot's settings, before it is started, that it plays in these servers.
    pub async fn plays_in(&self, servers: &[Guild], station: &str) {
        let store = Store::open(&self.database()).await.expect("a database");
        for server in servers {
            let (guild, channel) = (number(server.id()), number(server.voice()));
            let station = station.parse().expect("a station");
            store
                .set_radio(guild.into(), channel.into(), station)
                .await
                .expect("a setting");
        }
        store.close().await;
    }

    /// Takes out of the bot's settings, while it is not running, that it plays in this server.
    pub async fn plays_no_more_in(&self, server: &Guild) {
        let store = Store::open(&self.database()).await.expect("a database");
        let guild = number(server.id()).into();
        store.clear_radio(guild).await.expect("no setting");
        store.close().await;
    }

    /// How many channels of a server get announcements, by the settings of a bot that has stopped.
    pub async fn targets_of(&self, server: &Guild) -> usize {
        let store = Store::open(&self.database()).await.expect("a database");
        let targets = store.targets_of(number(server.id()).into()).await;
        store.close().await;
        targets.expect("the settings").len()
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

    /// Everything that happens from now on.
    pub async fn events(&self) -> Events {
        let url = format!("http://{}/control/events", self.sandbox.addr());
        let response = self
            .http
            .get(url)
            .send()
            .await
            .expect("the event stream opens");
        assert!(response.status().is_success());
        Events {
            stream: Box::pin(response.bytes_stream()),
            buffer: String::new(),
        }
    }

    /// What is said in a server from now on, as an endless WAV file: 48 kHz, stereo, 16 bit.
    pub async fn listen(
        &self,
        guild: &str,
    ) -> impl Stream<Item = reqwest::Result<Bytes>> + Send + Unpin + use<> {
        let url = format!(
            "http://{}/control/voice/{guild}/listen",
            self.sandbox.addr()
        );
        let response = self.http.get(url).send().await.expect("the sound begins");
        assert!(response.status().is_success());
        Box::pin(response.bytes_stream())
    }

    /// Stops the sandbox.
    pub async fn stop(self) {
        self.sandbox.shutdown().await;
    }
}

/// A server of the sandbox.
pub struct Guild(pub Value);

impl Guild {
    pub fn id(&self) -> &str {
        self.0["id"].as_str().expect("an id")
    }

    /// The first text channel's id.
    pub fn text(&self) -> &str {
        self.channel(0)
    }

    /// The first voice channel's id.
    pub fn voice(&self) -> &str {
        self.channel(2)
    }

    /// The first channel of a type: <https://discord.com/developers/docs/resources/channel#channel-object-channel-types>
    pub fn channel(&self, kind: u64) -> &str {
        self.0["channels"]
            .as_array()
            .and_then(|channels| channels.iter().find(|channel| channel["type"] == kind))
            .and_then(|channel| channel["id"].as_str())
            .expect("a channel of that type")
    }

    /// The id of the `index`-th member; the owner is the first.
    pub fn member(&self, index: usize) -> &str {
        self.0["members"][index]["id"].as_str().expect("a member")
    }
}

fn number(id: &str) -> u64 {
    id.parse().expect("an id")
}

/// One server-sent event.
#[derive(Debug)]
pub struct Event {
    pub kind: String,
    pub data: Value,
}

/// The stream of server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html>
pub struct Events {
    stream: std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    buffer: String,
}

impl Events {
    /// Waits for the event that `wanted` picks, and answers with what it made of it.
    pub async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.next().await;
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => panic!("waited {PATIENCE:?} in vain for: {what}"),
        }
    }

    /// Waits until a listener in a server hears, for a whole second, the pitch of a song; answers
    /// with what is known of the call then.
    pub async fn until_heard(&mut self, guild: &str, song: &Value) -> Value {
        let wanted = song["pitch_hz"].as_f64().expect("a pitch");
        self.until(&format!("{wanted} Hz in {guild}"), |event| {
            let pitch = event.data["pitch_hz"].as_f64()?;
            let right = event.kind == "voice_heard"
                && event.data["guild"] == guild
                && (pitch / wanted - 1.0).abs() < 0.01
                && event.data["dbfs"].as_f64()? > -40.0;
            right.then(|| event.data.clone())
        })
        .await
    }

    async fn next(&mut self) -> Event {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                if let Some(event) = parse(&block) {
                    return event;
                }
                continue;
            }
            let bytes = self
                .stream
                .next()
                .await
                .expect("the event stream goes on")
                .expect("a whole chunk");
            self.buffer.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
}

fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim_start)
    };
    Some(Event {
        kind: field("event")?.to_owned(),
        data: serde_json::from_str(field("data")?).ok()?,
    })
}
