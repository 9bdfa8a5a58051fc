//! What survives the end of a process, and what must not be left behind by it.

use serde_json::json;

use crate::lab::{Guild, Lab};

async fn playing(lab: &Lab, guild: &Guild) {
    lab.enter(guild.member(0), Some(guild.voice())).await;
    let answer = lab
        .command("radio join", json!({ "station": "kpop" }), json!({}))
        .await;
    assert!(answer.status.is_success(), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sigterm_leaves_no_voice_state_and_the_next_start_plays_again() {
    let lab = Lab::start(1).await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;

    let bot = lab.bot().await;
    playing(&lab, &guild).await;
    events
        .until_heard(guild.id(), &lab.on_air("kpop").await)
        .await;
    assert!(lab.own_voice(&guild).await.is_some());
    let (status, log) = bot.terminate().await;
    assert_eq!(status.code(), Some(0), "{}", log.text());
    lab.until_out_of_voice(&guild).await;

    let song = lab.next_song("kpop").await;
    let bot = lab.bot().await;
    events.until_heard(guild.id(), &song).await;
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_leaves_a_voice_state_that_the_next_start_takes_over() {
    let lab = Lab::start(1).await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;

    let bot = lab.bot().await;
    playing(&lab, &guild).await;
    events
        .until_heard(guild.id(), &lab.on_air("kpop").await)
        .await;
    bot.kill().await;

    let song = lab.next_song("kpop").await;
    let bot = lab.bot().await;
    events.until_heard(guild.id(), &song).await;
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_state_that_a_crash_left_where_nobody_wants_the_bot_is_cleaned_up() {
    let lab = Lab::start(1).await;
    let guild = lab.guild(0).await;
    let bot = lab.bot().await;
    playing(&lab, &guild).await;
    bot.kill().await;
    assert!(lab.own_voice(&guild).await.is_some());
    lab.plays_no_more_in(&guild).await;

    let bot = lab.bot().await;
    lab.until_out_of_voice(&guild).await;
    bot.log().until(0, &["without a reason"]).await;
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_survive_a_kill() {
    let lab = Lab::start(1).await;
    let guild = lab.guild(0).await;
    let bot = lab.bot().await;
    let answer = lab
        .command(
            "announce set",
            json!({ "channel": guild.text(), "station": "kpop" }),
            json!({}),
        )
        .await;
    assert!(answer.status.is_success(), "{answer:?}");
    bot.kill().await;

    let bot = lab.bot().await;
    let answer = lab.command("announce show", json!({}), json!({})).await;
    assert!(answer.text().contains(guild.text()), "{answer:?}");
    assert!(answer.text().contains("K-pop"), "{answer:?}");
    drop(bot);
    lab.stop().await;
}
