//! The gateway's rules: logins, events, voice states.

use std::time::Duration;

use reqwest::Method;
use sandbox::Options;
use serde_json::{Value, json};

use crate::client::{Bench, identify};

const GUILDS: u64 = 1;
const VOICE: u64 = 1 << 7;
const MESSAGES: u64 = 1 << 9;

#[tokio::test]
async fn ready_and_every_guild_are_complete() {
    let bench = Bench::start().await;
    let mut socket = bench.connect("/?v=10&encoding=json").await;
    assert_eq!(socket.next().await["d"]["heartbeat_interval"], 41_250);
    socket.send(json!({"op": 1, "d": null})).await;
    assert_eq!(socket.next().await["op"], 11);
    socket.send(identify(&bench.token, GUILDS)).await;
    let ready = socket.event("READY").await;
    for field in [
        "v",
        "user",
        "guilds",
        "session_id",
        "resume_gateway_url",
        "application",
    ] {
        assert!(!ready[field].is_null(), "READY lacks {field}");
    }
    for _ in 0..3 {
        let guild = socket.event("GUILD_CREATE").await;
        for field in [
            "stage_instances",
            "channels",
            "threads",
            "voice_states",
            "members",
            "roles",
            "presences",
            "member_count",
            "joined_at",
            "large",
        ] {
            assert!(!guild[field].is_null(), "GUILD_CREATE lacks {field}");
        }
        for channel in guild["channels"].as_array().unwrap() {
            if channel["type"] == 2 || channel["type"] == 13 {
                assert!(
                    channel["bitrate"].is_u64() && channel["user_limit"].is_u64(),
                    "{channel}"
                );
            }
        }
    }
}

#[tokio::test]
async fn wrong_logins_close_with_discords_codes() {
    let bench = Bench::start().await;
    let good = bench.token.clone();
    let with = |token: &str, intents: u64, shard: Value| {
        let mut message = identify(token, intents);
        message["d"]["shard"] = shard;
        message
    };
    let table = [
        (with("nonsense", 0, json!([0, 1])), 4004),
        (with(&good, 1 << 1, json!([0, 1])), 4014),
        (with(&good, 1 << 8, json!([0, 1])), 4014),
        (with(&good, 1 << 15, json!([0, 1])), 4014),
        (with(&good, 1 << 30, json!([0, 1])), 4013),
        (with(&good, 0, json!([2, 2])), 4010),
        (with(&good, 0, json!("0/1")), 4010),
        (
            json!({"op": 4, "d": {"guild_id": "1", "channel_id": null}}),
            4003,
        ),
        (json!({"op": 77, "d": null}), 4001),
        (json!({"op": 2, "d": 5}), 4002),
    ];
    for (message, code) in table {
        let mut socket = bench.connect("/?v=10").await;
        socket.next().await;
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await, Some(code), "{message}");
    }
    let mut socket = bench.connect("/?v=10").await;
    socket.next().await;
    socket.text("this is not JSON").await;
    assert_eq!(socket.closed().await, Some(4002));
    let mut socket = bench.connect("/?v=6").await;
    assert_eq!(socket.closed().await, Some(4012));
    let (mut socket, _) = bench.login(GUILDS).await;
    socket.send(identify(&good, 0)).await;
    assert_eq!(socket.closed().await, Some(4005));
}

#[tokio::test]
async fn more_than_120_messages_a_minute_close_the_session() {
    let bench = Bench::start().await;
    let mut socket = bench.connect("/?v=10").await;
    socket.next().await;
    for _ in 0..121 {
        socket.send(json!({"op": 1, "d": null})).await;
    }
    assert_eq!(socket.closed().await, Some(4008));
}

#[tokio::test]
async fn a_client_without_heartbeats_is_closed() {
    let options = Options {
        heartbeat: Duration::from_millis(200),
        lively: false,
        users: 0,
        ..Options::default()
    };
    let bench = Bench::with(options).await;
    let mut socket = bench.connect("/?v=10").await;
    assert_eq!(socket.closed().await, Some(4009));
}

#[tokio::test]
async fn a_second_identify_within_five_seconds_is_an_invalid_session() {
    let bench = Bench::with(Options {
        lively: false,
        users: 0,
        ..Options::default()
    })
    .await;
    let _first = bench.login(GUILDS).await;
    let mut socket = bench.connect("/?v=10").await;
    socket.next().await;
    socket.send(identify(&bench.token, GUILDS)).await;
    let answer = socket.next().await;
    assert_eq!(
        (answer["op"].as_u64(), &answer["d"]),
        (Some(9), &json!(false))
    );
}

#[tokio::test]
async fn a_resume_replays_what_was_missed_and_nothing_else() {
    let bench = Bench::start().await;
    let (mut socket, ready) = bench.login(GUILDS | MESSAGES).await;
    let channel = bench.channel("general").await;
    let path = format!("/channels/{channel}/messages");
    bench.post(&path, json!({"content": "first"})).await;
    let seen = socket.whole_event("MESSAGE_CREATE").await;
    bench
        .control(Method::POST, "/gateway", json!({"action": "drop"}))
        .await;
    assert_eq!(socket.closed().await, None);
    bench.post(&path, json!({"content": "second"})).await;
    bench.post(&path, json!({"content": "third"})).await;

    let mut socket = bench.connect("/?v=10").await;
    socket.next().await;
    let resume = json!({"op": 6, "d": {"token": bench.token, "session_id": ready["session_id"], "seq": seen["s"]}});
    socket.send(resume.clone()).await;
    for content in ["second", "third"] {
        let message = socket.next().await;
        assert_eq!(
            (message["t"].as_str(), message["d"]["content"].as_str()),
            (Some("MESSAGE_CREATE"), Some(content))
        );
    }
    assert_eq!(socket.next().await["t"], "RESUMED");

    // A session that the client has closed for good cannot be taken up again.
    socket.close(1000).await;
    let mut socket = bench.connect("/?v=10").await;
    socket.next().await;
    socket.send(resume).await;
    let answer = socket.next().await;
    assert_eq!(
        (answer["op"].as_u64(), &answer["d"]),
        (Some(9), &json!(false))
    );
}

#[tokio::test]
async fn op_7_and_op_9_come_on_command() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(0).await;
    bench
        .control(Method::POST, "/gateway", json!({"action": "reconnect"}))
        .await;
    assert_eq!(socket.next().await["op"], 7);
    bench
        .control(
            Method::POST,
            "/gateway",
            json!({"action": "invalidate", "resumable": true}),
        )
        .await;
    let invalid = socket.next().await;
    assert_eq!(
        (invalid["op"].as_u64(), &invalid["d"]),
        (Some(9), &json!(true))
    );
    bench
        .control(
            Method::POST,
            "/gateway",
            json!({"action": "close", "code": 4000}),
        )
        .await;
    assert_eq!(socket.closed().await, Some(4000));
}

#[tokio::test]
async fn intents_decide_which_events_are_sent() {
    let bench = Bench::start().await;
    let (mut silent, _) = bench.login(0).await;
    let (mut told, _) = bench.login(MESSAGES).await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    let owner = bench.world().await["guilds"][0]["members"][0]["id"].clone();
    let written = json!({"user": owner, "content": "a person's words"});
    bench
        .control(
            Method::POST,
            &format!("/channels/{channel}/messages"),
            written,
        )
        .await;
    let message = told.event("MESSAGE_CREATE").await;
    // Without the message content intent only the fact is told.
    assert_eq!(
        (message["content"].as_str(), message["guild_id"].as_str()),
        (Some(""), Some(guild.as_str()))
    );
    bench
        .register(json!([{"name": "x", "description": "x"}]))
        .await;
    let (asked, interaction) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "x"})),
        silent.event("INTERACTION_CREATE"),
    );
    // The session without intents got the interaction, and nothing before it.
    assert_eq!(interaction["data"]["name"], "x");
    assert_eq!(asked.0, 504);
}

#[tokio::test]
async fn guilds_are_spread_over_shards() {
    let bench = Bench::with(Options {
        guilds: 12,
        lively: false,
        users: 0,
        identify_limit: false,
        ..Options::default()
    })
    .await;
    let mut total = 0;
    for index in 0..3_u64 {
        let mut socket = bench.connect("/?v=10").await;
        socket.next().await;
        let mut message = identify(&bench.token, GUILDS);
        message["d"]["shard"] = json!([index, 3]);
        socket.send(message).await;
        let ready = socket.event("READY").await;
        for guild in ready["guilds"].as_array().unwrap() {
            let id: u64 = guild["id"].as_str().unwrap().parse().unwrap();
            assert_eq!((id >> 22) % 3, index);
            total += 1;
        }
    }
    assert_eq!(total, 12);
}

#[tokio::test]
async fn joining_voice_gives_a_state_and_a_server() {
    let bench = Bench::start().await;
    let (mut socket, ready) = bench.login(GUILDS | VOICE).await;
    let (guild, channel) = (bench.guild().await, bench.channel("Listening Room").await);
    // discord.py sends integers.
    let numbers: (u64, u64) = (guild.parse().unwrap(), channel.parse().unwrap());
    socket.send(json!({"op": 4, "d": {"guild_id": numbers.0, "channel_id": numbers.1, "self_mute": false, "self_deaf": true}})).await;
    let state = socket.event("VOICE_STATE_UPDATE").await;
    assert_eq!(
        (state["channel_id"].as_str(), &state["session_id"]),
        (Some(channel.as_str()), &ready["session_id"])
    );
    assert_eq!(
        (&state["self_deaf"], &state["self_video"]),
        (&json!(true), &json!(false))
    );
    let server = socket.event("VOICE_SERVER_UPDATE").await;
    assert_eq!(server["guild_id"].as_str(), Some(guild.as_str()));
    assert!(server["endpoint"].is_string() && server["token"].is_string());

    // A moderator moves the call to another server, then the bot to another channel, then out.
    bench
        .control(
            Method::POST,
            &format!("/guilds/{guild}/voice-server"),
            json!({}),
        )
        .await;
    assert!(socket.event("VOICE_SERVER_UPDATE").await["endpoint"].is_null());
    assert!(socket.event("VOICE_SERVER_UPDATE").await["endpoint"].is_string());
    let other = bench.channel("Tea for Two").await;
    let path = format!("/guilds/{guild}/voice/{}", bench.app);
    bench
        .control(Method::POST, &path, json!({"channel": other}))
        .await;
    assert_eq!(
        socket.event("VOICE_STATE_UPDATE").await["channel_id"].as_str(),
        Some(other.as_str())
    );
    socket.event("VOICE_SERVER_UPDATE").await;
    bench
        .control(Method::POST, &path, json!({"channel": null}))
        .await;
    assert!(socket.event("VOICE_STATE_UPDATE").await["channel_id"].is_null());

    // A full channel and a forbidden one are silently refused; leaving with the session is not.
    let office = bench.channel("Office (no bots)").await;
    for refused in [&other, &office] {
        socket.send(json!({"op": 4, "d": {"guild_id": guild, "channel_id": refused, "self_mute": false, "self_deaf": false}})).await;
    }
    socket.send(json!({"op": 4, "d": {"guild_id": guild, "channel_id": channel, "self_mute": false, "self_deaf": false}})).await;
    assert_eq!(
        socket.event("VOICE_STATE_UPDATE").await["channel_id"].as_str(),
        Some(channel.as_str())
    );
    socket.close(1000).await;
    let (_, ready) = bench.login(GUILDS).await;
    assert!(ready["session_id"].is_string());
    let (_, state) = bench.control(Method::GET, "/state", json!({})).await;
    let states = state["guilds"][0]["voice_states"].as_array().unwrap();
    assert!(
        states
            .iter()
            .all(|state| state["user_id"].as_str() != Some(&bench.app)),
        "{states:?}"
    );
}

#[tokio::test]
async fn a_stage_starts_in_the_audience() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | VOICE).await;
    let world = bench.world().await;
    let guild = world["guilds"][1]["id"].as_str().unwrap();
    let stage = bench.channel("Main Stage").await;
    socket.send(json!({"op": 4, "d": {"guild_id": guild, "channel_id": stage, "self_mute": false, "self_deaf": false}})).await;
    let state = socket.event("VOICE_STATE_UPDATE").await;
    assert_eq!(state["suppress"], true);
    let path = format!("/guilds/{guild}/voice-states/@me");
    let (status, error) = bench
        .send(
            Method::PATCH,
            &path,
            Some(&json!({"channel_id": stage, "suppress": false})),
        )
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50013)));
    let asks =
        json!({"channel_id": stage, "request_to_speak_timestamp": "2099-01-01T00:00:00+00:00"});
    let (status, _) = bench.send(Method::PATCH, &path, Some(&asks)).await;
    assert_eq!(status, 204);
    assert!(socket.event("VOICE_STATE_UPDATE").await["request_to_speak_timestamp"].is_string());
    let moderator = format!("/guilds/{guild}/voice/{}", bench.app);
    bench
        .control(Method::POST, &moderator, json!({"suppress": false}))
        .await;
    let state = socket.event("VOICE_STATE_UPDATE").await;
    assert_eq!(
        (&state["suppress"], &state["request_to_speak_timestamp"]),
        (&json!(false), &json!(null))
    );
}
