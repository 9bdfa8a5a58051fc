//! Simulated people talk and move; what watchers see of it.

use reqwest::Method;
use serde_json::json;

use crate::client::Bench;

const GUILDS: u64 = 1;

#[tokio::test]
async fn the_world_lists_the_owner_first_and_no_bots() {
    let bench = Bench::start().await;
    let world = bench.world().await;
    assert_eq!(world["guilds"].as_array().unwrap().len(), 3);
    for guild in world["guilds"].as_array().unwrap() {
        let facts = bench
            .get(&format!("/guilds/{}", guild["id"].as_str().unwrap()))
            .await;
        assert_eq!(guild["members"][0]["id"], facts["owner_id"]);
        let members = guild["members"].as_array().unwrap();
        assert!(
            members
                .iter()
                .all(|member| member["id"].as_str() != Some(&bench.app))
        );
    }
}

#[tokio::test]
async fn people_talk_and_are_moved() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | 1 << 7).await;
    let world = bench.world().await;
    let user = world["guilds"][0]["members"][4]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let room = bench.channel("Listening Room").await;
    let path = format!("/users/{user}/voice");
    assert_eq!(
        bench
            .control(Method::POST, &path, json!({"channel": room}))
            .await
            .0,
        200
    );
    let state = socket.event("VOICE_STATE_UPDATE").await;
    assert_eq!(
        (state["user_id"].as_str(), state["channel_id"].as_str()),
        (Some(user.as_str()), Some(room.as_str()))
    );
    assert!(state["member"]["user"]["username"].is_string());
    let full = bench.channel("Tea for Two").await;
    assert_eq!(
        bench
            .control(Method::POST, &path, json!({"channel": full}))
            .await
            .0,
        409
    );
    assert_eq!(
        bench
            .control(Method::POST, &path, json!({"channel": null}))
            .await
            .0,
        200
    );
    assert!(socket.event("VOICE_STATE_UPDATE").await["channel_id"].is_null());
    assert_eq!(
        bench
            .control(Method::POST, "/users/12/voice", json!({"channel": room}))
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn another_bot_is_a_member_of_every_guild() {
    let bench = Bench::start().await;
    let (_, token) = bench.another().await;
    let (status, guilds) = bench
        .send_as(&token, Method::GET, "/users/@me/guilds", None)
        .await;
    assert_eq!(
        (status.as_u16(), guilds.as_array().unwrap().len()),
        (200, 3)
    );
}

#[tokio::test]
async fn events_are_streamed() {
    use futures_util::StreamExt;
    let bench = Bench::start().await;
    let response = reqwest::get(format!("{}/control/events", bench.base))
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.bytes_stream();
    let mut text = String::new();
    let channel = bench.channel("general").await;
    bench
        .post(
            &format!("/channels/{channel}/messages"),
            json!({"content": "seen"}),
        )
        .await;
    while !text.contains("event: message_create") || !text.ends_with("\n\n") {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(30), stream.next())
            .await
            .unwrap();
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
    }
    assert!(text.contains("\"content\":\"seen\""), "{text}");
}
