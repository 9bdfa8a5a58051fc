//! Each upstream cut and restored, and what it must not do to the bot: any bytes at all.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::{
    lab::Lab,
    radio::{assert_says, playing},
};

/// What the bot promises.
const SOON: Duration = Duration::from_secs(20);

/// A cut that lasts: what is open is reset, and new connections are refused until it is lifted.
async fn cut_off(lab: &Lab, target: &str) -> String {
    let refusal = lab
        .fault(json!({ "target": target, "fault": "refuse" }))
        .await;
    lab.fault(json!({ "target": target, "fault": "cut", "count": 1 }))
        .await;
    refusal
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_upstream_is_back_soon_after_it_returns() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    for upstream in ["listen-moe-jpop", "listen-moe-kpop", "lanyard"] {
        bot.log().until(0, &["Connected", upstream]).await;
        let mark = bot.log().mark();
        let refusal = cut_off(&lab, upstream).await;
        bot.log().until(mark, &["Connection lost", upstream]).await;
        assert_eq!(bot.metric("uguisu_upstream_up", upstream).await, Some(0.0));

        let mark = bot.log().mark();
        lab.lift(&refusal).await;
        let restored = Instant::now();
        bot.log().until(mark, &["Connected", upstream]).await;
        assert_eq!(bot.metric("uguisu_upstream_up", upstream).await, Some(1.0));
        // Its pauses are a few seconds at first; the rest is for busy machines.
        assert!(restored.elapsed() < SOON, "{:?}", restored.elapsed());
    }
    // And it follows them again.
    let mut events = lab.events().await;
    let guild = lab.guild(0).await;
    lab.command(
        "announce set",
        json!({ "channel": guild.text() }),
        json!({}),
    )
    .await;
    lab.next_song("jpop").await;
    events
        .until("an announcement", |event| {
            (event.kind == "message_create" && event.data["channel_id"] == guild.text())
                .then_some(())
        })
        .await;
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_sound_is_back_soon_after_the_stream_returns() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    lab.enter(guild.member(0), Some(guild.voice())).await;
    lab.command("radio join", json!({}), json!({})).await;
    events
        .until_heard(guild.id(), &lab.on_air("jpop").await)
        .await;

    let refusal = cut_off(&lab, "stream-jpop").await;
    // Silence is sent, and the call goes on.
    events
        .until("silence", |event| {
            (event.kind == "voice_heard" && event.data["dbfs"].as_f64()? < -60.0).then_some(())
        })
        .await;
    let song = lab.next_song("jpop").await;
    lab.lift(&refusal).await;
    let heard = events.until_heard(guild.id(), &song).await;
    assert_eq!(heard["lost"], 0, "packets went on: {heard}");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_from_every_upstream_is_counted_and_survived() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    for upstream in ["listen-moe-jpop", "listen-moe-kpop", "lanyard"] {
        bot.log().until(0, &["Connected", upstream]).await;
        lab.fault(json!({ "target": upstream, "fault": "garbage", "count": 20 }))
            .await;
    }
    lab.next_song("jpop").await;
    lab.next_song("kpop").await;
    let answer = lab.command("nowplaying", json!({}), json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    assert_eq!(bot.health().await.0, 200);
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_malformed_snapshot_costs_no_presence() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    bot.log().until(0, &["Connected", "lanyard"]).await;
    let before = bot.metric("uguisu_presences", "").await;
    for d in [json!(null), json!([]), json!({"nobody": 5})] {
        let mark = bot.log().mark();
        let frame = json!({ "op": 0, "t": "INIT_STATE", "d": d });
        lab.post("/control/lanyard/frames", frame).await;
        bot.log().until(mark, &["dropped", "lanyard"]).await;
    }
    assert_eq!(bot.metric("uguisu_presences", "").await, before);
    let malformed = bot.metric("uguisu_malformed_frames_total", "lanyard").await;
    assert_eq!(malformed, Some(3.0));
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_built_anew_when_its_session_is_over() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    lab.enter(guild.member(0), Some(guild.voice())).await;
    lab.command("radio join", json!({}), json!({})).await;
    let song = lab.on_air("jpop").await;
    let call = events.until_heard(guild.id(), &song).await;

    let me = call["user"].as_str().expect("an id");
    for (path, body) in [
        (
            format!("/control/voice/{}/{me}/close", guild.id()),
            json!({ "code": 4006 }),
        ),
        (
            "/control/gateway".to_owned(),
            json!({ "action": "invalidate", "resumable": false }),
        ),
    ] {
        let mark = bot.log().mark();
        lab.post(&path, body).await;
        bot.log().until(mark, &["playing", guild.id()]).await;
        events.until_heard(guild.id(), &song).await;
    }
    drop(bot);
    lab.stop().await;
}

/// Discord's documentation says of these codes that a client comes back after them.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_every_close_that_permits_it_the_session_goes_on() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    playing(&lab, &guild, &mut events).await;
    for code in [1000, 1001, 4000, 4003, 4005, 4007, 4009] {
        let mut events = lab.events().await;
        let close = json!({ "action": "close", "code": code });
        lab.post("/control/gateway", close).await;
        events
            .until(&format!("the session after {code}"), |event| {
                let status = event.data["status"].as_str();
                (event.kind == "bot_status" && matches!(status, Some("up" | "resumed")))
                    .then_some(())
            })
            .await;
    }
    let song = lab.next_song("jpop").await;
    events.until_heard(guild.id(), &song).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "Playing");
    drop(bot);
    lab.stop().await;
}
