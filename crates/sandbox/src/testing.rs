//! What tests of several services need: a running sandbox and clients of it.

use std::{future::Future, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, protocol::CloseFrame},
};

use crate::{Options, Sandbox};

/// Awaits an event; far longer than any should take, on any machine.
pub(crate) async fn within<T>(event: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), event)
        .await
        .expect("it never happened")
}

/// A sandbox in which nothing happens by itself.
pub(crate) fn still() -> Options {
    Options {
        lively: false,
        users: 50,
        guilds: 1,
        ..Options::default()
    }
}

/// Starts it.
pub(crate) async fn start(options: Options) -> Sandbox {
    within(Sandbox::start(options)).await.unwrap()
}

/// The control API: a POST with a JSON body, answered with JSON or nothing.
pub(crate) async fn post(sandbox: &Sandbox, path: &str, body: Value) -> Value {
    let url = format!("{}{path}", sandbox.context().http());
    let request = reqwest::Client::new().post(&url).json(&body);
    let answer = within(request.send()).await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    within(answer.json()).await.unwrap_or_default()
}

/// The control API: a GET.
pub(crate) async fn get(sandbox: &Sandbox, path: &str) -> Value {
    let url = format!("{}{path}", sandbox.context().http());
    within(reqwest::get(&url))
        .await
        .unwrap()
        .json()
        .await
        .unwrap()
}

/// Lifts a fault.
pub(crate) async fn lift(sandbox: &Sandbox, id: &Value) {
    let id = id["id"].as_str().unwrap();
    let url = format!("{}/control/faults/{id}", sandbox.context().http());
    let answer = within(reqwest::Client::new().delete(&url).send()).await;
    assert_eq!(answer.unwrap().status(), 204);
}

/// A WebSocket client.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What comes out of a socket.
#[derive(Debug, PartialEq)]
pub(crate) enum Came {
    /// A message.
    Message(Message),
    /// The end, with a closing handshake.
    Closed(u16, String),
    /// The end, without.
    Broken,
}

impl Client {
    pub(crate) async fn connect(sandbox: &Sandbox, path: &str) -> Self {
        Self::try_connect(sandbox, path).await.unwrap()
    }

    pub(crate) async fn try_connect(
        sandbox: &Sandbox,
        path: &str,
    ) -> Result<Self, tokio_tungstenite::tungstenite::Error> {
        let url = format!("{}{path}", sandbox.context().ws());
        let (socket, _) = within(Box::pin(connect_async(url))).await?;
        Ok(Self { socket })
    }

    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        let message = Message::text(text.into());
        within(self.socket.send(message)).await.unwrap();
    }

    pub(crate) async fn next(&mut self) -> Came {
        loop {
            match within(self.socket.next()).await {
                Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => {
                    return Came::Closed(code.into(), reason.to_string());
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(message)) => return Came::Message(message),
                Some(Err(_)) | None => return Came::Broken,
            }
        }
    }

    pub(crate) async fn json(&mut self) -> Value {
        match self.next().await {
            Came::Message(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?} instead of JSON"),
        }
    }
}
