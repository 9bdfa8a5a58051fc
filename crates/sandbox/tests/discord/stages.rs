//! The status of voice channels, and stages that go live.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Bench, Socket};

const GUILDS: u64 = 1;
const VOICE: u64 = 1 << 7;
const MANAGE_CHANNELS: u64 = 1 << 4;
/// Manage Channels, Mute Members and Move Members make a stage moderator.
const MODERATOR: u64 = MANAGE_CHANNELS | 1 << 22 | 1 << 24;

async fn join(socket: &mut Socket, guild: &str, channel: Option<&str>) {
    let to =
        json!({"guild_id": guild, "channel_id": channel, "self_mute": false, "self_deaf": false});
    socket.send(json!({"op": 4, "d": to})).await;
}

/// A channel as `GET /control/state` has it.
async fn shown(bench: &Bench, channel: &str) -> Value {
    let (_, state) = bench.control(Method::GET, "/state", json!({})).await;
    let guilds = state["guilds"].as_array().unwrap();
    let mut channels = guilds
        .iter()
        .flat_map(|g| g["channels"].as_array().unwrap());
    channels.find(|c| c["id"] == channel).unwrap().clone()
}

#[tokio::test]
async fn a_voice_status_is_set_from_inside_and_goes_with_the_last_one() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | VOICE).await;
    let world = bench.world().await;
    let guild = world["guilds"][2]["id"].as_str().unwrap();
    let channel = bench.channel("Focus").await;
    let path = format!("/channels/{channel}/voice-status");
    let body = json!({"status": "on air"});
    let (status, error) = bench.send(Method::PUT, &path, Some(&body)).await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50013)));
    join(&mut socket, guild, Some(&channel)).await;
    let started = socket.event("VOICE_CHANNEL_START_TIME_UPDATE").await;
    assert!(started["voice_start_time"].is_u64() && started["id"] == *channel);
    let (status, _) = bench.send(Method::PUT, &path, Some(&body)).await;
    assert_eq!(status, 204);
    let told = socket.event("VOICE_CHANNEL_STATUS_UPDATE").await;
    assert_eq!(
        told,
        json!({"id": channel, "guild_id": guild, "status": "on air"})
    );
    assert_eq!(shown(&bench, &channel).await["status"], "on air");
    // It is no part of the channel: who wants to know asks.
    let channel_object = bench.get(&format!("/channels/{channel}")).await;
    assert!(channel_object.get("status").is_none());
    socket
        .send(json!({"op": 43, "d": {"guild_id": guild, "fields": ["status", "voice_start_time"]}}))
        .await;
    let info = socket.event("CHANNEL_INFO").await;
    let since = &started["voice_start_time"];
    let expected = json!([{"id": channel, "status": "on air", "voice_start_time": since}]);
    assert_eq!(info["channels"], expected);
    join(&mut socket, guild, None).await;
    let ended = socket.event("VOICE_CHANNEL_START_TIME_UPDATE").await;
    assert!(ended["voice_start_time"].is_null());
    let told = socket.event("VOICE_CHANNEL_STATUS_UPDATE").await;
    assert!(told["status"].is_null());
    assert!(shown(&bench, &channel).await["status"].is_null());
}

#[tokio::test]
async fn who_manages_channels_sets_their_status_from_outside() {
    let bench = Bench::start().await;
    let (guild, channel) = (bench.guild().await, bench.channel("Listening Room").await);
    bench.grant(&guild, MANAGE_CHANNELS).await;
    let path = format!("/channels/{channel}/voice-status");
    for (body, shown_then) in [
        (json!({"status": "あ".repeat(500)}), json!("あ".repeat(500))),
        (json!({"status": null}), json!(null)),
    ] {
        let (status, answer) = bench.send(Method::PUT, &path, Some(&body)).await;
        assert_eq!(status, 204, "{answer}");
        assert_eq!(shown(&bench, &channel).await["status"], shown_then);
    }
}

#[tokio::test]
async fn a_stage_goes_live_once_and_ends() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | VOICE).await;
    let world = bench.world().await;
    let guild = world["guilds"][1]["id"].as_str().unwrap();
    let stage = bench.channel("Main Stage").await;
    let path = format!("/stage-instances/{stage}");
    assert_eq!(bench.get(&path).await["topic"], "Comeback night");
    bench.grant(guild, MODERATOR).await;
    let body = json!({"channel_id": stage, "topic": "J-pop"});
    let (status, error) = bench
        .send(Method::POST, "/stage-instances", Some(&body))
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!(150_006)));
    let (status, _) = bench.send(Method::DELETE, &path, None).await;
    assert_eq!(status, 204);
    assert_eq!(
        socket.event("STAGE_INSTANCE_DELETE").await["channel_id"],
        *stage
    );
    assert!(shown(&bench, &stage).await["stage"].is_null());
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        let (status, error) = bench
            .send(method, &path, Some(&json!({"topic": "x"})))
            .await;
        assert_eq!((status.as_u16(), &error["code"]), (404, &json!(10067)));
    }
    // Telling everyone is for those who may mention everyone.
    let loud = json!({"channel_id": stage, "topic": "J-pop", "send_start_notification": true});
    let (status, error) = bench
        .send(Method::POST, "/stage-instances", Some(&loud))
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50013)));
    let live = bench.post("/stage-instances", body).await;
    assert_eq!(
        (&live["topic"], &live["privacy_level"]),
        (&json!("J-pop"), &json!(2))
    );
    assert_eq!(socket.event("STAGE_INSTANCE_CREATE").await, live);
    assert_eq!(shown(&bench, &stage).await["stage"]["topic"], "J-pop");
    let topic = json!({"topic": "K-pop"});
    let (status, edited) = bench.send(Method::PATCH, &path, Some(&topic)).await;
    assert_eq!((status.as_u16(), &edited["topic"]), (200, &json!("K-pop")));
    assert_eq!(
        socket.event("STAGE_INSTANCE_UPDATE").await["topic"],
        "K-pop"
    );
}
