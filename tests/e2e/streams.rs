//! The audio stream damaged, slowed down and held up, by the sandbox's faults. What a real Icecast
//! does is in `icecast`.

use serde_json::{Value, json};

use crate::{
    bot::Bot,
    lab::{Events, Lab},
};

/// A bot that plays in the first server.
async fn playing(lab: &Lab) -> (Bot, Events, String) {
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    lab.enter(guild.member(0), Some(guild.voice())).await;
    let mut events = lab.events().await;
    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    events
        .until_heard(guild.id(), &lab.on_air("jpop").await)
        .await;
    (bot, events, guild.id().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn damage_that_the_cushion_covers_is_not_heard() {
    let lab = Lab::start(1).await;
    let (bot, mut events, guild) = playing(&lab).await;
    let before = lab.call_in(&guild).await.expect("a call");

    // Nonsense between the pages.
    lab.fault(json!({
        "target": "stream-jpop", "fault": "garbage", "every_ms": 100, "count": 20
    }))
    .await;
    events
        .until("the end of the fault", |event| {
            (event.kind == "fault" && event.data["on"] == false).then_some(())
        })
        .await;
    assert_eq!(
        bot.metric("uguisu_stream_connections_total", "jpop").await,
        Some(1.0),
        "no reason to connect again"
    );
    // The body ends in the middle of a page, then the connection is reset.
    let mut heard = Value::Null;
    for fault in [
        json!({ "target": "stream-jpop", "fault": "truncate", "count": 1 }),
        json!({ "target": "stream-jpop", "fault": "cut" }),
    ] {
        let mark = bot.log().mark();
        lab.fault(fault).await;
        bot.log()
            .until(mark, &["no audio from the station", "jpop"])
            .await;
        let song = lab.next_song("jpop").await;
        heard = events.until_heard(&guild, &song).await;
    }
    assert_eq!(
        heard["silence_frames"], before["silence_frames"],
        "it was heard: {heard}"
    );
    assert_eq!(heard["lost"], 0, "{heard}");
    assert_eq!(heard["undecodable"], 0, "{heard}");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_limps_or_hangs_is_played_again_once_it_recovers() {
    let lab = Lab::start(1).await;
    let (bot, mut events, guild) = playing(&lab).await;
    for fault in [
        // A quarter of what the stream needs.
        json!({ "target": "stream-jpop", "fault": "throttle", "bytes_per_second": 4000 }),
        json!({ "target": "stream-jpop", "fault": "silent" }),
        json!({ "target": "stream-jpop", "fault": "half-open" }),
    ] {
        let what = format!("a second of silence because of {fault}");
        let silence = |call: &Value| call["silence_frames"].as_u64();
        let before = silence(&lab.call_in(&guild).await.expect("a call")).expect("a count");
        let id = lab.fault(fault).await;
        events
            .until(&what, |event| {
                let heard = event.kind == "voice_heard";
                (heard && silence(&event.data)? > before + 50).then_some(())
            })
            .await;
        let song = lab.next_song("jpop").await;
        lab.lift(&id).await;
        let heard = events.until_heard(&guild, &song).await;
        assert_eq!(heard["lost"], 0, "packets went on: {heard}");
    }
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    lab.stop().await;
}
