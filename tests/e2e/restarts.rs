//! What survives the end of a process, and what must not be left behind by it.

use serde_json::json;

use crate::lab::{Guild, Lab};

/// The bot's own voice states, as the sandbox's Discord holds them.
async fn bot_is_in_voice(lab: &Lab, guild: &Guild) -> bool {
    let state = lab.get("/control/state").await;
    let bots: Vec<String> = state["applications"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|application| application["id"].as_str().map(str::to_owned))
        .collect();
    state["guilds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|each| each["id"] == guild.id())
        .flat_map(|each| each["voice_states"].as_array().cloned().unwrap_or_default())
        .any(|voice| {
            !voice["channel_id"].is_null()
                && bots.iter().any(|bot| voice["user_id"] == bot.as_str())
        })
}

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
    assert!(bot_is_in_voice(&lab, &guild).await);
    let (status, log) = bot.terminate().await;
    assert_eq!(status.code(), Some(0), "{}", log.text());
    assert!(!bot_is_in_voice(&lab, &guild).await, "{}", log.text());

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
    assert!(bot_is_in_voice(&lab, &guild).await);
    lab.plays_no_more_in(&guild).await;

    let mut events = lab.events().await;
    let bot = lab.bot().await;
    while bot_is_in_voice(&lab, &guild).await {
        events
            .until("the bot out of the channel", |event| {
                (event.kind == "voice_state" && event.data["channel_id"].is_null()).then_some(())
            })
            .await;
    }
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
