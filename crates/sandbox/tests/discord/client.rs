//! A small raw client: it knows nothing but HTTP, WebSockets and JSON.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use sandbox::{Options, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A sandbox, and a bot in it.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) base: String,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
    pub(crate) app: String,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with(Options {
            lively: false,
            identify_limit: false,
            users: 0,
            ..Options::default()
        })
        .await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let base = format!("http://{}", sandbox.addr());
        let environment = sandbox.environment();
        let token = environment
            .into_iter()
            .find(|(name, _)| name == "DISCORD_TOKEN")
            .unwrap()
            .1;
        let mut bench = Self {
            sandbox,
            base,
            http: reqwest::Client::new(),
            token,
            app: String::new(),
        };
        let me = bench.get("/users/@me").await;
        bench.app.push_str(me["id"].as_str().unwrap());
        bench
    }

    /// A sandbox with a bot that has this command, logged in for nothing but interactions and
    /// guilds.
    pub(crate) async fn with_command(name: &str) -> (Self, Socket) {
        let bench = Self::start().await;
        bench
            .register(json!([{"name": name, "description": "d"}]))
            .await;
        let (socket, _) = bench.login(1).await;
        (bench, socket)
    }

    /// A request to the API with the bot's token.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        self.send_as(&self.token, method, path, body).await
    }

    pub(crate) async fn send_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let url = format!("{}/api/v10{path}", self.base);
        let mut request = self
            .http
            .request(method, url)
            .header("authorization", format!("Bot {token}"));
        if let Some(body) = body {
            request = request.json(body);
        }
        read(request).await
    }

    /// A request as a well-behaved client sends it: after a 429 it waits as long as it is told.
    pub(crate) async fn politely(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        loop {
            let (status, answer) = self.send(method.clone(), path, body).await;
            if status != StatusCode::TOO_MANY_REQUESTS {
                return (status, answer);
            }
            let seconds = answer["retry_after"].as_f64().unwrap();
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, StatusCode::OK, "GET {path}: {body}");
        body
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, Some(&body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// A request to the control API; any status.
    pub(crate) async fn control(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let url = format!("{}/control{path}", self.base);
        read(self.http.request(method, url).json(&body)).await
    }

    pub(crate) async fn world(&self) -> Value {
        self.control(Method::GET, "/world", json!({})).await.1
    }

    /// The id of a channel of the first guild.
    pub(crate) async fn channel(&self, name: &str) -> String {
        let world = self.world().await;
        let guilds = world["guilds"].as_array().unwrap();
        let mut channels = guilds
            .iter()
            .flat_map(|guild| guild["channels"].as_array().unwrap());
        let found = channels.find(|channel| channel["name"] == name);
        found.unwrap_or_else(|| panic!("no channel {name}"))["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn guild(&self) -> String {
        self.world().await["guilds"][0]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Another bot, with buckets of its own: id and token.
    pub(crate) async fn another(&self) -> (String, String) {
        let (_, app) = self
            .control(Method::POST, "/applications", json!({"name": "another"}))
            .await;
        (
            app["id"].as_str().unwrap().to_owned(),
            app["token"].as_str().unwrap().to_owned(),
        )
    }

    /// Gives the bot more permissions in a guild, with its own role there.
    pub(crate) async fn grant(&self, guild: &str, bits: u64) {
        let roles = self.get(&format!("/guilds/{guild}/roles")).await;
        let mut roles = roles.as_array().unwrap().iter();
        let own = roles
            .find(|role| role["tags"]["bot_id"].as_str() == Some(&self.app))
            .unwrap();
        let has: u64 = own["permissions"].as_str().unwrap().parse().unwrap();
        let path = format!("/guilds/{guild}/roles/{}", own["id"].as_str().unwrap());
        let body = json!({"permissions": (has | bits).to_string()});
        let (status, answer) = self.control(Method::PATCH, &path, body).await;
        assert!(status.is_success(), "{answer}");
    }

    pub(crate) async fn register(&self, commands: Value) {
        let path = format!("/applications/{}/commands", self.app);
        let (status, body) = self.send(Method::PUT, &path, Some(&commands)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
    }

    pub(crate) async fn connect(&self, query: &str) -> Socket {
        let url = format!("ws://{}/gateway{query}", self.sandbox.addr());
        let (stream, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        Socket { stream }
    }

    /// A connection after the gateway's HELLO.
    pub(crate) async fn fresh(&self) -> Socket {
        let mut socket = self.connect("/?v=10&encoding=json").await;
        assert_eq!(socket.next().await["op"], 10);
        socket
    }

    /// A session with these intents, after READY and the guilds.
    pub(crate) async fn login(&self, intents: u64) -> (Socket, Value) {
        self.log_in(&self.token, intents).await
    }

    /// As [`Bench::login`], of another bot.
    pub(crate) async fn login_as(&self, token: &str, intents: u64) -> Socket {
        self.log_in(token, intents).await.0
    }

    async fn log_in(&self, token: &str, intents: u64) -> (Socket, Value) {
        let mut socket = self.fresh().await;
        socket.send(identify(token, intents)).await;
        let ready = socket.event("READY").await;
        if intents & 1 != 0 {
            for _ in ready["guilds"].as_array().unwrap() {
                socket.event("GUILD_CREATE").await;
            }
        }
        (socket, ready)
    }
}

async fn read(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = timeout(PATIENCE, request.send()).await.unwrap().unwrap();
    let status = response.status();
    let bytes = response.bytes().await.unwrap();
    (
        status,
        serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    )
}

/// Answers the next interaction with this callback.
pub(crate) async fn answer(bench: &Bench, socket: &mut Socket, callback: Value) -> Value {
    let interaction = socket.event("INTERACTION_CREATE").await;
    let path = format!(
        "/interactions/{}/{}/callback",
        interaction["id"].as_str().unwrap(),
        interaction["token"].as_str().unwrap()
    );
    let (status, body) = bench.send(Method::POST, &path, Some(&callback)).await;
    assert_eq!(status, 204, "{body}");
    interaction
}

/// Where what follows an answer is sent.
pub(crate) fn webhook(interaction: &Value) -> String {
    format!(
        "/webhooks/{}/{}",
        interaction["application_id"].as_str().unwrap(),
        interaction["token"].as_str().unwrap()
    )
}

pub(crate) fn identify(token: &str, intents: u64) -> Value {
    json!({"op": 2, "d": {"token": token, "intents": intents, "properties": {"os": "linux"}}})
}

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub(crate) async fn send(&mut self, message: Value) {
        self.text(&message.to_string()).await;
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn raw(&mut self) -> Option<Message> {
        timeout(PATIENCE, self.stream.next())
            .await
            .expect("silence")
            .and_then(Result::ok)
    }

    pub(crate) async fn next(&mut self) -> Value {
        match self.raw().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("not text: {other:?}"),
        }
    }

    /// The data of the next event of this name; others are skipped.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        self.whole_event(name).await["d"].take()
    }

    pub(crate) async fn whole_event(&mut self, name: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["t"] == name {
                return message;
            }
        }
    }

    /// The code with which the server closes.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            match self.raw().await {
                Some(Message::Close(frame)) => return frame.map(|frame| frame.code.into()),
                None => return None,
                Some(_) => {}
            }
        }
    }

    pub(crate) async fn close(mut self, code: u16) {
        let frame = tokio_tungstenite::tungstenite::protocol::CloseFrame {
            code: code.into(),
            reason: "".into(),
        };
        self.stream.close(Some(frame)).await.unwrap();
        while self.raw().await.is_some() {}
    }
}
