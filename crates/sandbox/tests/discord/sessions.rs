//! The gateway's rules for sessions: each close code, resuming, buckets of identifies, shards.

use std::time::Duration;

use reqwest::Method;
use sandbox::Options;
use serde_json::{Value, json};

use crate::client::{Bench, Socket, identify};

const GUILDS: u64 = 1;
const MESSAGES: u64 = 1 << 9;

fn resume(token: &str, session: &Value, seq: u64) -> Value {
    json!({"op": 6, "d": {"token": token, "session_id": session, "seq": seq}})
}

/// The next message is op 9, and says whether the session can be resumed.
async fn invalid(socket: &mut Socket) -> Value {
    let mut message = socket.next().await;
    assert_eq!(message["op"], 9, "{message}");
    message["d"].take()
}

async fn gateway(bench: &Bench, order: Value) {
    let (status, answer) = bench.control(Method::POST, "/gateway", order).await;
    assert!(status.is_success(), "{answer}");
}

#[tokio::test]
async fn nothing_but_a_login_comes_first() {
    let bench = Bench::start().await;
    for (message, code) in [
        (
            json!({"op": 3, "d": {"status": "online", "activities": [], "since": null, "afk": false}}),
            4003,
        ),
        (
            json!({"op": 8, "d": {"guild_id": "1", "query": "", "limit": 0}}),
            4003,
        ),
        (json!({"op": 31, "d": {"guild_ids": ["1"]}}), 4003),
        (json!({"op": 0, "d": null}), 4001),
        (json!({"op": 12, "d": null}), 4001),
        (json!({"d": null}), 4002),
        (json!("hello"), 4002),
        (
            json!({"op": 2, "d": {"intents": 0, "properties": {}}}),
            4002,
        ),
        (
            json!({"op": 2, "d": {"token": bench.token, "properties": {}}}),
            4013,
        ),
        (
            json!({"op": 2, "d": {"token": bench.token, "properties": {}, "intents": -1}}),
            4013,
        ),
        (
            json!({"op": 2, "d": {"token": bench.token, "properties": {}, "intents": 0, "shard": [0, 0]}}),
            4010,
        ),
        (
            json!({"op": 2, "d": {"token": bench.token, "properties": {}, "intents": 0, "shard": [0]}}),
            4010,
        ),
        (
            json!({"op": 2, "d": {"token": bench.token, "properties": {}, "intents": 0, "padding": "x".repeat(4096)}}),
            4002,
        ),
        (resume("nonsense", &json!("x"), 0), 4004),
    ] {
        let mut socket = bench.fresh().await;
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await, Some(code), "{message}");
    }
    for (query, code) in [
        ("/?v=5", 4012),
        ("/?v=11", 4012),
        ("/?v=10&encoding=etf", 4002),
    ] {
        assert_eq!(
            bench.connect(query).await.closed().await,
            Some(code),
            "{query}"
        );
    }
    // Beating comes before everything.
    let mut socket = bench.fresh().await;
    socket.send(json!({"op": 1, "d": null})).await;
    assert_eq!(socket.next().await["op"], 11);
}

#[tokio::test]
async fn a_session_ends_with_what_it_does_wrong() {
    let bench = Bench::start().await;
    for (message, code) in [
        (json!({"op": 77, "d": null}), 4001),
        (
            json!({"op": 4, "d": {"guild_id": null, "channel_id": null}}),
            4002,
        ),
        (json!({"op": 1, "d": "seven"}), 4002),
        (resume(&bench.token, &json!("x"), 0), 4005),
        (identify(&bench.token, 0), 4005),
    ] {
        let (mut socket, _) = bench.login(0).await;
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await, Some(code), "{message}");
    }
    let (mut socket, _) = bench.login(0).await;
    for _ in 0..121 {
        socket.send(json!({"op": 1, "d": null})).await;
    }
    assert_eq!(socket.closed().await, Some(4008));
}

#[tokio::test]
async fn too_many_guilds_want_shards() {
    let bench = Bench::with(Options {
        guilds: 2_501,
        lively: false,
        users: 0,
        identify_limit: false,
        ..Options::default()
    })
    .await;
    assert!(bench.get("/gateway/bot").await["shards"].as_u64() > Some(1));
    let mut socket = bench.fresh().await;
    socket.send(identify(&bench.token, GUILDS)).await;
    assert_eq!(socket.closed().await, Some(4011));
}

#[tokio::test]
async fn what_cannot_be_resumed_is_said_to_be_so() {
    let bench = Bench::start().await;
    let (socket, ready) = bench.login(GUILDS).await;
    gateway(&bench, json!({"action": "drop"})).await;
    drop(socket);
    // A number that was never sent, a session that never was, and another bot's session.
    let mut socket = bench.fresh().await;
    socket
        .send(resume(&bench.token, &ready["session_id"], 9_999))
        .await;
    assert_eq!(socket.closed().await, Some(4007));
    let mut socket = bench.fresh().await;
    socket
        .send(resume(&bench.token, &json!("0".repeat(32)), 1))
        .await;
    assert_eq!(invalid(&mut socket).await, false);
    // The connection stays: a login may follow.
    socket.send(identify(&bench.token, 0)).await;
    let other = socket.event("READY").await;
    let (_, token) = bench.another().await;
    let mut thief = bench.fresh().await;
    thief.send(resume(&token, &other["session_id"], 1)).await;
    assert_eq!(invalid(&mut thief).await, false);
}

#[tokio::test]
async fn orders_to_reconnect_end_in_a_resume() {
    let bench = Bench::start().await;
    let (mut socket, ready) = bench.login(GUILDS | MESSAGES).await;
    let channel = bench.channel("general").await;
    let session = &ready["session_id"];
    // READY and three guilds.
    let mut seq = 4;
    for order in [
        json!({"action": "reconnect"}),
        json!({"action": "invalidate", "resumable": true}),
    ] {
        gateway(&bench, order).await;
        loop {
            let message = socket.next().await;
            if message["op"] == 7 || message["op"] == 9 && message["d"] == true {
                break;
            }
        }
        // What a client does: closes without 1000, comes back, goes on.
        socket.close(4000).await;
        let path = format!("/channels/{channel}/messages");
        let said = bench.post(&path, json!({"content": "meanwhile"})).await;
        socket = bench.fresh().await;
        socket.send(resume(&bench.token, session, seq)).await;
        assert_eq!(socket.event("MESSAGE_CREATE").await["id"], said["id"]);
        seq = socket.whole_event("RESUMED").await["s"].as_u64().unwrap();
    }
    // And one that cannot be resumed.
    gateway(&bench, json!({"action": "invalidate", "resumable": false})).await;
    assert_eq!(invalid(&mut socket).await, false);
    let mut socket = bench.fresh().await;
    socket.send(resume(&bench.token, session, 1)).await;
    assert_eq!(invalid(&mut socket).await, false);
}

#[tokio::test]
async fn a_zombie_is_heard_of_no_more_and_its_session_is_over() {
    let bench = Bench::with(Options {
        heartbeat: Duration::from_millis(300),
        lively: false,
        users: 0,
        identify_limit: false,
        ..Options::default()
    })
    .await;
    let (mut socket, ready) = bench.login(0).await;
    gateway(&bench, json!({"action": "silence"})).await;
    socket.send(json!({"op": 1, "d": 1})).await;
    // No op 11: the next that comes is the end, for the client stops beating as well.
    assert_eq!(socket.closed().await, Some(4009));
    let mut socket = bench.fresh().await;
    socket
        .send(resume(&bench.token, &ready["session_id"], 1))
        .await;
    assert_eq!(invalid(&mut socket).await, false);
}

#[tokio::test]
async fn shards_of_one_bucket_identify_one_after_the_other() {
    let shard = |token: &str, index: u64| {
        let mut message = identify(token, 0);
        message["d"]["shard"] = json!([index, 2]);
        message
    };
    for (max_concurrency, second) in [(1, 9), (2, 0)] {
        let bench = Bench::with(Options {
            max_concurrency,
            lively: false,
            users: 0,
            ..Options::default()
        })
        .await;
        let limit = &bench.get("/gateway/bot").await["session_start_limit"];
        assert_eq!(limit["max_concurrency"], max_concurrency);
        let mut first = bench.fresh().await;
        first.send(shard(&bench.token, 0)).await;
        assert_eq!(first.next().await["t"], "READY");
        let mut other = bench.fresh().await;
        other.send(shard(&bench.token, 1)).await;
        assert_eq!(other.next().await["op"], second);
    }
}

#[tokio::test]
async fn each_event_goes_to_the_shard_of_its_guild() {
    let bench = Bench::start().await;
    let world = bench.world().await;
    let mut shards = Vec::new();
    for index in 0..2_u64 {
        let mut socket = bench.fresh().await;
        let mut message = identify(&bench.token, MESSAGES);
        message["d"]["shard"] = json!([index, 2]);
        socket.send(message).await;
        socket.event("READY").await;
        shards.push(socket);
    }
    for guild in world["guilds"].as_array().unwrap() {
        let id: u64 = guild["id"].as_str().unwrap().parse().unwrap();
        let channels = guild["channels"].as_array().unwrap().iter();
        let text = channels.filter(|channel| channel["type"] == 0);
        for channel in text {
            let path = format!("/channels/{}/messages", channel["id"].as_str().unwrap());
            let said = json!({"content": guild["id"]});
            let (status, _) = bench.send(Method::POST, &path, Some(&said)).await;
            if status == 200 {
                let shard = usize::try_from((id >> 22) % 2).unwrap();
                // The first that this shard hears of since the last: nothing strayed in.
                let heard = shards[shard].next().await;
                assert_eq!(heard["d"]["guild_id"], guild["id"]);
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_heartbeat_can_be_asked_for() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(0).await;
    gateway(&bench, json!({"action": "heartbeat"})).await;
    let asked = socket.next().await;
    assert_eq!((&asked["op"], &asked["d"]), (&json!(1), &json!(null)));
    socket.send(json!({"op": 1, "d": 1})).await;
    assert_eq!(socket.next().await["op"], 11);
}
