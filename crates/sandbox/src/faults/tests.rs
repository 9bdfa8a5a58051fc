//! Every fault over real sockets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Sandbox,
    testing::{Came, Client, lift, post, start, still, within},
};

const GATEWAY: &str = "/listen.moe/gateway_v2";

async fn put(sandbox: &Sandbox, body: Value) -> Value {
    post(sandbox, "/control/faults", body).await
}

/// A client that has been welcomed.
async fn client(sandbox: &Sandbox) -> Client {
    let mut client = Client::connect(sandbox, GATEWAY).await;
    client.json().await;
    client.json().await;
    client
}

/// One answered heartbeat: the connection works both ways.
async fn works(client: &mut Client) {
    client.send(r#"{"op":9}"#).await;
    assert_eq!(client.json().await, json!({"op": 10}));
}

/// Whether nothing comes for a while: the one thing that cannot be awaited.
async fn is_silent(client: &mut Client) -> bool {
    timeout(Duration::from_millis(300), client.next())
        .await
        .is_err()
}

/// Sends a request by hand and reads to the end; an error is a reset.
async fn raw(sandbox: &Sandbox, path: &str) -> std::io::Result<Vec<u8>> {
    let mut tcp = TcpStream::connect(sandbox.addr()).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    tcp.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    within(tcp.read_to_end(&mut answer)).await?;
    Ok(answer)
}

#[tokio::test]
async fn cut_resets_what_is_open_and_is_over() {
    let sandbox = start(still()).await;
    let mut open = client(&sandbox).await;
    let mut other = Client::connect(&sandbox, "/lanyard/socket").await;
    other.json().await;
    let id = put(
        &sandbox,
        json!({"target": "listen-moe-jpop", "fault": "cut"}),
    )
    .await;
    assert_eq!(open.next().await, Came::Broken);
    works(&mut client(&sandbox).await).await;
    assert!(is_silent(&mut other).await, "the other target lives");
    lift(&sandbox, &id).await;
    sandbox.shutdown().await;
}

#[tokio::test]
async fn cut_with_a_time_also_resets_what_opens() {
    let sandbox = start(still()).await;
    let mut open = client(&sandbox).await;
    let fault = json!({"target": "listen-moe-jpop", "fault": "cut", "seconds": 60});
    let id = put(&sandbox, fault).await;
    assert_eq!(open.next().await, Came::Broken);
    assert!(Client::try_connect(&sandbox, GATEWAY).await.is_err());
    lift(&sandbox, &id).await;
    works(&mut client(&sandbox).await).await;
    sandbox.shutdown().await;
}

#[tokio::test]
async fn refuse_resets_new_connections_only() {
    let sandbox = start(still()).await;
    let mut open = client(&sandbox).await;
    let id = put(
        &sandbox,
        json!({"target": "listen-moe-jpop", "fault": "refuse"}),
    )
    .await;
    assert!(Client::try_connect(&sandbox, GATEWAY).await.is_err());
    let reset = raw(&sandbox, GATEWAY).await.unwrap_err();
    assert_eq!(reset.kind(), std::io::ErrorKind::ConnectionReset);
    works(&mut open).await;
    lift(&sandbox, &id).await;
    client(&sandbox).await;
    sandbox.shutdown().await;
}

#[tokio::test]
async fn silence_holds_everything_back_until_it_is_lifted() {
    let sandbox = start(still()).await;
    let mut open = client(&sandbox).await;
    let id = put(
        &sandbox,
        json!({"target": "listen-moe-jpop", "fault": "silent"}),
    )
    .await;
    open.send(r#"{"op":9}"#).await;
    assert!(is_silent(&mut open).await);
    let mut handshake = Box::pin(Client::try_connect(&sandbox, GATEWAY));
    assert!(
        timeout(Duration::from_millis(300), &mut handshake)
            .await
            .is_err()
    );
    lift(&sandbox, &id).await;
    assert_eq!(open.json().await, json!({"op": 10}));
    within(handshake).await.unwrap();
    sandbox.shutdown().await;
}

#[tokio::test]
async fn half_open_swallows_and_then_resets() {
    let sandbox = start(still()).await;
    let mut open = client(&sandbox).await;
    let id = put(
        &sandbox,
        json!({"target": "listen-moe-jpop", "fault": "half-open"}),
    )
    .await;
    open.send(r#"{"op":9}"#).await;
    assert!(is_silent(&mut open).await);
    lift(&sandbox, &id).await;
    assert_eq!(open.next().await, Came::Broken);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn close_has_its_code_and_reason() {
    let sandbox = start(still()).await;
    let mut open = client(&sandbox).await;
    let fault =
        json!({"target": "listen-moe-jpop", "fault": "close", "code": 4321, "reason": "so"});
    put(&sandbox, fault).await;
    assert_eq!(open.next().await, Came::Closed(4321, "so".into()));
    works(&mut client(&sandbox).await).await;

    let fault = json!({"target": "listen-moe-jpop", "fault": "close", "code": 1012, "count": 1});
    put(&sandbox, fault).await;
    let mut struck = Client::connect(&sandbox, GATEWAY).await;
    loop {
        match struck.next().await {
            Came::Message(_) => {}
            came => {
                assert_eq!(came, Came::Closed(1012, String::new()));
                break;
            }
        }
    }
    client(&sandbox).await;
    sandbox.shutdown().await;
}

#[tokio::test]
async fn delay_makes_answers_late_and_keeps_their_order() {
    let sandbox = start(still()).await;
    let mut open = client(&sandbox).await;
    let fault =
        json!({"target": "listen-moe-jpop", "fault": "delay", "min_ms": 300, "max_ms": 600});
    put(&sandbox, fault).await;
    let start = Instant::now();
    open.send(r#"{"op":9}"#).await;
    open.send(r#"{"op":2}"#).await;
    assert_eq!(open.json().await["op"], 10);
    assert!(start.elapsed() >= Duration::from_millis(300));
    assert_eq!(open.json().await["t"], "TRACK_UPDATE_REQUEST");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn throttle_limits_the_bandwidth() {
    let sandbox = start(still()).await;
    let fault = json!({"target": "lanyard", "fault": "throttle", "bytes_per_second": 40_000});
    let id = put(&sandbox, fault).await;
    let mut client = Client::connect(&sandbox, "/lanyard/socket").await;
    client.json().await;
    let start = Instant::now();
    client
        .send(r#"{"op":2,"d":{"subscribe_to_all":true}}"#)
        .await;
    let init = client.json().await.to_string();
    let size = u32::try_from(init.len()).unwrap();
    let least = f64::from(size) / 40_000.0 * 0.7;
    assert!(least > 0.2, "too little to tell");
    assert!(start.elapsed().as_secs_f64() > least);
    lift(&sandbox, &id).await;
    sandbox.shutdown().await;
}

#[tokio::test]
async fn garbage_comes_between_the_messages() {
    let sandbox = start(still()).await;
    let mut open = client(&sandbox).await;
    let fault =
        json!({"target": "listen-moe-jpop", "fault": "garbage", "every_ms": 1, "count": 20});
    put(&sandbox, fault).await;
    for _ in 0..20 {
        assert!(matches!(open.next().await, Came::Message(_)));
    }
    let fault =
        json!({"target": "listen-moe-jpop", "fault": "garbage", "bytes": 3_000_000, "count": 1});
    put(&sandbox, fault).await;
    let Came::Message(Message::Text(text)) = open.next().await else {
        panic!()
    };
    assert_eq!(text.len(), 3_000_000);
    works(&mut open).await;
    sandbox.shutdown().await;
}

#[tokio::test]
async fn truncate_breaks_messages_and_bodies() {
    let sandbox = start(still()).await;
    let mut open = client(&sandbox).await;
    let fault = json!({"target": "listen-moe-jpop", "fault": "truncate", "count": 1});
    put(&sandbox, fault).await;
    open.send(r#"{"op":2}"#).await;
    let Came::Message(Message::Text(text)) = open.next().await else {
        panic!()
    };
    assert!(serde_json::from_str::<Value>(&text).is_err());
    works(&mut open).await;

    let fault = json!({"target": "stream-jpop", "fault": "truncate", "count": 1});
    put(&sandbox, fault).await;
    let answer = raw(&sandbox, "/listen.moe/opus").await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.0 200"));
    sandbox.shutdown().await;
}

#[tokio::test]
async fn status_is_answered_as_the_service_would() {
    let sandbox = start(still()).await;
    let fault = json!({
        "target": "discord-rest", "fault": "status", "status": 429, "retry_after": 1.5, "count": 1,
    });
    put(&sandbox, fault).await;
    let url = format!("{}/api/v10/gateway", sandbox.context().http());
    let answer = within(reqwest::get(&url)).await.unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "2");
    assert_eq!(answer.headers()["x-ratelimit-reset-after"], "1.500");
    assert_eq!(answer.headers()["x-ratelimit-scope"], "user");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(
        (&body["retry_after"], &body["code"]),
        (&json!(1.5), &json!(0))
    );
    assert_ne!(within(reqwest::get(&url)).await.unwrap().status(), 429);
    for (scope, remaining) in [("shared", Some("4")), ("global", None)] {
        let fault = json!({
            "target": "discord-rest", "fault": "status", "status": 429, scope: true, "count": 1,
        });
        put(&sandbox, fault).await;
        let answer = within(reqwest::get(&url)).await.unwrap();
        assert_eq!(answer.headers()["x-ratelimit-scope"], scope);
        let left = answer.headers().get("x-ratelimit-remaining");
        assert_eq!(left.map(|left| left.to_str().unwrap()), remaining);
    }

    let fault = json!({"target": "stream-kpop", "fault": "status", "status": 503, "count": 1});
    put(&sandbox, fault).await;
    let url = format!("{}/listen.moe/kpop/opus", sandbox.context().http());
    assert_eq!(within(reqwest::get(&url)).await.unwrap().status(), 503);
    assert_eq!(within(reqwest::get(&url)).await.unwrap().status(), 200);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn garbage_in_a_stream_comes_after_the_answer_has_begun() {
    let sandbox = start(still()).await;
    let fault = json!({"target": "stream-jpop", "fault": "garbage", "every_ms": 1, "count": 3});
    put(&sandbox, fault).await;
    let url = format!("{}/listen.moe/opus", sandbox.context().http());
    let answer = within(reqwest::get(&url)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/ogg");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_kept_connection_obeys_the_target_of_each_request() {
    let sandbox = start(still()).await;
    let client = reqwest::Client::new();
    let base = sandbox.context().http();
    let control = format!("{base}/control/faults");
    assert_eq!(
        within(client.get(&control).send()).await.unwrap().status(),
        200
    );
    put(
        &sandbox,
        json!({"target": "lanyard", "fault": "status", "status": 500}),
    )
    .await;
    let lanyard = format!("{base}/lanyard/v1/users/1");
    assert_eq!(
        within(client.get(&lanyard).send()).await.unwrap().status(),
        500
    );
    assert_eq!(
        within(client.get(&control).send()).await.unwrap().status(),
        200
    );
    sandbox.shutdown().await;
}

#[tokio::test]
async fn wrong_orders_are_refused_in_words() {
    let sandbox = start(still()).await;
    let url = format!("{}/control/faults", sandbox.context().http());
    for body in [
        "",
        "[]",
        "{}",
        r#"{"target":"lanyard","fault":"drop","share":1}"#,
        r#"{"target":"mars","fault":"cut"}"#,
    ] {
        let request = reqwest::Client::new()
            .post(&url)
            .header("content-type", "application/json")
            .body(body);
        let answer = within(request.send()).await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        let answer: Value = answer.json().await.unwrap();
        assert!(answer["error"].as_str().unwrap().len() > 10, "{answer}");
    }
    sandbox.shutdown().await;
}
