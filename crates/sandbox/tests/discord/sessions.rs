//! The gateway's rules: each close code, resuming, buckets of identifies, compression, and guilds
//! and channels that go away.

use std::time::Duration;

use reqwest::Method;
use sandbox::Options;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Bench, Socket, identify};

const GUILDS: u64 = 1;
const VOICE: u64 = 1 << 7;
const MESSAGES: u64 = 1 << 9;

fn resume(token: &str, session: &Value, seq: u64) -> Value {
    json!({"op": 6, "d": {"token": token, "session_id": session, "seq": seq}})
}

async fn fresh(bench: &Bench) -> Socket {
    let mut socket = bench.connect("/?v=10&encoding=json").await;
    assert_eq!(socket.next().await["op"], 10);
    socket
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
        let mut socket = fresh(&bench).await;
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
    let mut socket = fresh(&bench).await;
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
    let mut socket = fresh(&bench).await;
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
    let mut socket = fresh(&bench).await;
    socket
        .send(resume(&bench.token, &ready["session_id"], 9_999))
        .await;
    assert_eq!(socket.closed().await, Some(4007));
    let mut socket = fresh(&bench).await;
    socket
        .send(resume(&bench.token, &json!("0".repeat(32)), 1))
        .await;
    assert_eq!(invalid(&mut socket).await, false);
    // The connection stays: a login may follow.
    socket.send(identify(&bench.token, 0)).await;
    let other = socket.event("READY").await;
    let (_, token) = bench.another().await;
    let mut thief = fresh(&bench).await;
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
        socket = fresh(&bench).await;
        socket.send(resume(&bench.token, session, seq)).await;
        assert_eq!(socket.event("MESSAGE_CREATE").await["id"], said["id"]);
        seq = socket.whole_event("RESUMED").await["s"].as_u64().unwrap();
    }
    // And one that cannot be resumed.
    gateway(&bench, json!({"action": "invalidate", "resumable": false})).await;
    assert_eq!(invalid(&mut socket).await, false);
    let mut socket = fresh(&bench).await;
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
    let mut socket = fresh(&bench).await;
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
        let mut first = fresh(&bench).await;
        first.send(shard(&bench.token, 0)).await;
        assert_eq!(first.next().await["t"], "READY");
        let mut other = fresh(&bench).await;
        other.send(shard(&bench.token, 1)).await;
        assert_eq!(other.next().await["op"], second);
    }
}

#[tokio::test]
async fn payloads_are_compressed_one_by_one_on_demand() {
    let bench = Bench::start().await;
    let mut socket = fresh(&bench).await;
    let mut message = identify(&bench.token, GUILDS);
    message["d"]["compress"] = true.into();
    socket.send(message).await;
    let mut names = Vec::new();
    while names.len() < 4 {
        let text = match socket.raw().await {
            Some(Message::Binary(bytes)) => {
                let mut inflated = flate2::read::ZlibDecoder::new(&bytes[..]);
                std::io::read_to_string(&mut inflated).unwrap()
            }
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("{other:?}"),
        };
        let event: Value = serde_json::from_str(&text).unwrap();
        names.push(event["t"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        names,
        ["READY", "GUILD_CREATE", "GUILD_CREATE", "GUILD_CREATE"]
    );
    let mut unknown = bench.connect("/?v=10&compress=brotli").await;
    assert_eq!(unknown.closed().await, Some(4002));
}

#[tokio::test]
async fn each_event_goes_to_the_shard_of_its_guild() {
    let bench = Bench::start().await;
    let world = bench.world().await;
    let mut shards = Vec::new();
    for index in 0..2_u64 {
        let mut socket = fresh(&bench).await;
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
async fn a_bot_that_was_removed_reaches_nothing_there() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | VOICE | MESSAGES).await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    let voice = bench.channel("Listening Room").await;
    socket.send(json!({"op": 4, "d": {"guild_id": guild, "channel_id": voice, "self_mute": false, "self_deaf": false}})).await;
    socket.event("VOICE_SERVER_UPDATE").await;
    let member = format!("/guilds/{guild}/members/{}", bench.app);
    bench.control(Method::DELETE, &member, json!({})).await;
    let gone = socket.event("GUILD_DELETE").await;
    assert_eq!(gone["id"].as_str(), Some(guild.as_str()));
    assert!(gone.get("unavailable").is_none());
    let say = json!({"content": "x"});
    let command = json!({"name": "x", "description": "x"});
    let app = &bench.app;
    for (method, path, body, status, code) in [
        (Method::GET, format!("/guilds/{guild}"), None, 404, 10004),
        (
            Method::GET,
            format!("/guilds/{guild}/channels"),
            None,
            403,
            50001,
        ),
        (
            Method::GET,
            format!("/guilds/{guild}/members/{app}"),
            None,
            403,
            50001,
        ),
        (
            Method::GET,
            format!("/channels/{channel}"),
            None,
            403,
            50001,
        ),
        (
            Method::POST,
            format!("/channels/{channel}/messages"),
            Some(&say),
            403,
            50001,
        ),
        (
            Method::GET,
            format!("/guilds/{guild}/voice-states/@me"),
            None,
            403,
            50001,
        ),
        (
            Method::POST,
            format!("/applications/{app}/guilds/{guild}/commands"),
            Some(&command),
            403,
            50001,
        ),
    ] {
        let (got, answer) = bench.send(method, &path, body).await;
        assert_eq!(
            (got.as_u16(), &answer["code"]),
            (status, &json!(code)),
            "{path}: {answer}"
        );
    }
    // It is in no call there any more, and comes back as a new guild.
    let (_, calls) = bench.control(Method::GET, "/state", json!({})).await;
    let states = calls["guilds"][0]["voice_states"].as_array().unwrap();
    assert!(
        states
            .iter()
            .all(|state| state["user_id"].as_str() != Some(app))
    );
    bench.control(Method::PUT, &member, json!({})).await;
    let back = socket.event("GUILD_CREATE").await;
    assert_eq!(back["id"].as_str(), Some(guild.as_str()));
}

#[tokio::test]
async fn an_outage_is_seen_by_sessions_that_begin_in_it() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    let outage = format!("/guilds/{guild}/unavailable");
    bench.control(Method::POST, &outage, json!({})).await;
    let mut socket = fresh(&bench).await;
    socket.send(identify(&bench.token, GUILDS)).await;
    let ready = socket.event("READY").await;
    let listed = ready["guilds"].as_array().unwrap();
    assert!(
        listed
            .iter()
            .any(|found| found["id"].as_str() == Some(&guild))
    );
    for _ in 0..2 {
        assert_ne!(
            socket.event("GUILD_CREATE").await["id"].as_str(),
            Some(guild.as_str())
        );
    }
    bench.control(Method::DELETE, &outage, json!({})).await;
    let back = socket.event("GUILD_CREATE").await;
    assert_eq!(
        (back["id"].as_str(), &back["unavailable"]),
        (Some(guild.as_str()), &json!(false))
    );
}

#[tokio::test]
async fn a_deleted_channel_takes_its_threads_and_calls_with_it() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | VOICE).await;
    let guild = bench.guild().await;
    let make = |body: Value| {
        let path = format!("/guilds/{guild}/channels");
        let bench = &bench;
        async move { bench.control(Method::POST, &path, body).await.1 }
    };
    let text = make(json!({"name": "short-lived", "type": 0})).await;
    let text = text["id"].as_str().unwrap();
    socket.event("CHANNEL_CREATE").await;
    let thread = make(json!({"name": "talk", "type": 11, "parent": text})).await;
    let thread = thread["id"].as_str().unwrap();
    let told = socket.event("THREAD_CREATE").await;
    assert_eq!(told["parent_id"].as_str(), Some(text));
    bench
        .post(
            &format!("/channels/{thread}/messages"),
            json!({"content": "x"}),
        )
        .await;
    bench
        .control(Method::DELETE, &format!("/channels/{text}"), json!({}))
        .await;
    socket.event("CHANNEL_DELETE").await;
    for gone in [text, thread] {
        let (status, answer) = bench
            .send(Method::GET, &format!("/channels/{gone}"), None)
            .await;
        assert_eq!((status.as_u16(), &answer["code"]), (404, &json!(10003)));
    }
    let voice = make(json!({"name": "short-lived", "type": 2})).await;
    let voice = voice["id"].as_str().unwrap();
    socket.event("CHANNEL_CREATE").await;
    socket.send(json!({"op": 4, "d": {"guild_id": guild, "channel_id": voice, "self_mute": false, "self_deaf": false}})).await;
    socket.event("VOICE_SERVER_UPDATE").await;
    bench
        .control(Method::DELETE, &format!("/channels/{voice}"), json!({}))
        .await;
    assert!(socket.event("VOICE_STATE_UPDATE").await["channel_id"].is_null());
    assert_eq!(
        socket.event("CHANNEL_DELETE").await["id"].as_str(),
        Some(voice)
    );
}

#[tokio::test]
async fn a_bot_is_told_of_itself_whatever_its_intents_are() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | VOICE).await;
    let (guild, voice) = (bench.guild().await, bench.channel("Listening Room").await);
    socket.send(json!({"op": 4, "d": {"guild_id": guild, "channel_id": voice, "self_mute": false, "self_deaf": false}})).await;
    socket.event("VOICE_SERVER_UPDATE").await;
    let path = format!("/guilds/{guild}/voice/{}", bench.app);
    bench
        .control(Method::POST, &path, json!({"mute": true}))
        .await;
    let state = socket.event("VOICE_STATE_UPDATE").await;
    assert_eq!(state["mute"], true);
    let member = socket.event("GUILD_MEMBER_UPDATE").await;
    assert_eq!(
        (
            member["user"]["id"].as_str(),
            member["guild_id"].as_str(),
            &member["mute"]
        ),
        (Some(bench.app.as_str()), Some(guild.as_str()), &json!(true))
    );
}
