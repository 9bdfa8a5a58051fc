//! What a listener in a voice channel hears.

use serde_json::json;

use crate::lab::Lab;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_song_on_air_is_heard_across_three_song_changes_without_a_gap() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    lab.enter(guild.member(0), Some(guild.voice())).await;
    let mut events = lab.events().await;

    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    events
        .until_heard(guild.id(), &lab.on_air("jpop").await)
        .await;

    let before = lab.call_in(guild.id()).await.expect("a call");
    let mut heard = before.clone();
    for _ in 0..3 {
        let song = lab.next_song("jpop").await;
        heard = events.until_heard(guild.id(), &song).await;
    }
    assert_eq!(heard["dave"], true, "{heard}");
    // A gap is what a listener hears: silence in the place of sound, or packets that are missing.
    // When packets arrive is the machine's matter as much as the bot's, and is for benchmarks.
    assert_eq!(
        heard["silence_frames"], before["silence_frames"],
        "silence between songs: {heard}"
    );
    assert_eq!(heard["undecodable"], 0, "{heard}");
    assert_eq!(heard["lost"], 0, "{heard}");

    // Another station without leaving, then off.
    let answer = lab
        .command("radio station", json!({ "station": "kpop" }), json!({}))
        .await;
    assert!(answer.status.is_success(), "{answer:?}");
    events
        .until_heard(guild.id(), &lab.on_air("kpop").await)
        .await;
    let answer = lab.command("radio leave", json!({}), json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    lab.until_call(&guild, "left", |call| call["connected"] != true)
        .await;

    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_connection_feeds_every_server() {
    let lab = Lab::start(3).await;
    let bot = lab.bot().await;
    let mut events = lab.events().await;
    let mut guilds = Vec::new();
    for index in 0..3 {
        let guild = lab.guild(index).await;
        lab.enter(guild.member(0), Some(guild.voice())).await;
        let answer = lab
            .command("radio join", json!({}), json!({ "guild": guild.id() }))
            .await;
        assert!(answer.status.is_success(), "{answer:?}");
        guilds.push(guild);
    }
    let song = lab.next_song("jpop").await;
    for guild in &guilds {
        events.until_heard(guild.id(), &song).await;
    }
    let connections = bot.metric("uguisu_stream_connections_total", "jpop").await;
    assert_eq!(connections, Some(1.0));
    assert_eq!(bot.metric("uguisu_calls", "").await, Some(3.0));
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    lab.stop().await;
}
