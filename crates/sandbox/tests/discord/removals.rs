//! Guilds, channels and bots that go away, and come back.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Bench, identify};

const GUILDS: u64 = 1;
const VOICE: u64 = 1 << 7;
const MESSAGES: u64 = 1 << 9;

#[tokio::test]
async fn removals_and_outages_are_told() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | VOICE).await;
    let (guild, channel) = (bench.guild().await, bench.channel("now-playing").await);
    bench
        .control(Method::DELETE, &format!("/channels/{channel}"), json!({}))
        .await;
    assert_eq!(
        socket.event("CHANNEL_DELETE").await["id"].as_str(),
        Some(channel.as_str())
    );
    bench
        .control(
            Method::POST,
            &format!("/guilds/{guild}/unavailable"),
            json!({}),
        )
        .await;
    assert_eq!(socket.event("GUILD_DELETE").await["unavailable"], true);
    bench
        .control(
            Method::DELETE,
            &format!("/guilds/{guild}/unavailable"),
            json!({}),
        )
        .await;
    assert_eq!(
        socket.event("GUILD_CREATE").await["id"].as_str(),
        Some(guild.as_str())
    );
    let member = format!("/guilds/{guild}/members/{}", bench.app);
    bench.control(Method::DELETE, &member, json!({})).await;
    let gone = socket.event("GUILD_DELETE").await;
    assert!(gone.get("unavailable").is_none(), "{gone}");
    bench.control(Method::PUT, &member, json!({})).await;
    socket.event("GUILD_CREATE").await;
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
    let mut socket = bench.fresh().await;
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
