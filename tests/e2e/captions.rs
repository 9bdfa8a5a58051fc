//! The song that is written beside the channel: the status of a voice channel, the topic of a stage.

use serde_json::{Value, json};

use crate::{
    calls::me,
    lab::{Events, Guild, Lab},
    radio::{assert_says, playing},
};

/// Permission bits: <https://docs.discord.com/developers/topics/permissions>
const SET_VOICE_CHANNEL_STATUS: u64 = 1 << 48;
const STAGE_MODERATOR: u64 = 1 << 4 | 1 << 22 | 1 << 24;

/// Waits until the status of a voice channel is as wanted.
async fn until_status(events: &mut Events, channel: &str, wanted: impl Fn(&Value) -> bool) {
    events
        .until("the voice channel's status", |event| {
            (event.kind == "world"
                && event.data["what"] == "voice_status"
                && event.data["channel_id"] == channel
                && wanted(&event.data["status"]))
            .then_some(())
        })
        .await;
}

fn title(song: &Value) -> String {
    song["title"].as_str().expect("a title").to_owned()
}

/// A channel as the page sees it.
async fn channel(lab: &Lab, guild: &Guild, id: &str) -> Value {
    let state = lab.get("/control/state").await;
    let guilds = state["guilds"].as_array().cloned().unwrap_or_default();
    let guild = guilds.into_iter().find(|each| each["id"] == guild.id());
    let channels = guild.map(|guild| guild["channels"].clone());
    let channels = channels.and_then(|channels| channels.as_array().cloned());
    let found = channels.into_iter().flatten().find(|each| each["id"] == id);
    found.expect("the channel")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_song_is_the_voice_channel_s_status() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    let song = lab.on_air("jpop").await;
    playing(&lab, &guild, &mut events).await;
    let mut events = lab.events().await;
    let says = |what: String| {
        move |status: &Value| status.as_str().is_some_and(|status| status.contains(&what))
    };
    let state = lab.get("/control/state").await.to_string();
    if !state.contains(&format!("\"status\":\"{}", title(&song))) {
        until_status(&mut events, guild.voice(), says(title(&song))).await;
    }
    let song = lab.next_song("jpop").await;
    until_status(&mut events, guild.voice(), says(title(&song))).await;
    // In the script that the server reads, from the moment it chooses another.
    let song = loop {
        let song = lab.next_song("jpop").await;
        let names = &song["song"];
        let romaji = names["titleRomaji"].as_str().unwrap_or_default();
        // A mention in a title is shown as something else.
        let plain = |title: &str| !title.contains('@');
        if names["title"].as_str().is_some_and(plain) && !romaji.is_empty() {
            break song;
        }
    };
    until_status(&mut events, guild.voice(), says(title(&song))).await;
    let page = lab.command("settings", json!({}), json!({})).await;
    lab.press(&page.body["messages"][0], "Romaji titles").await;
    let romaji = song["song"]["titleRomaji"].as_str();
    let romaji = romaji.expect("a title").to_owned();
    until_status(&mut events, guild.voice(), says(romaji)).await;
    // Gone with the bot, although people stay.
    lab.command("radio leave", json!({}), json!({})).await;
    until_status(&mut events, guild.voice(), Value::is_null).await;

    let options = json!({ "voice_status": "off" });
    let answer = lab.command("radio settings", options, json!({})).await;
    assert_says(&answer, "off");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_permission_nothing_is_written_and_with_it_the_song_is() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let path = format!("/control/channels/{}", guild.voice());
    let deny = json!({ "permission_overwrites": [
        { "id": guild.id(), "deny": SET_VOICE_CHANNEL_STATUS.to_string() }
    ]});
    lab.patch(&path, deny).await;
    let mut events = lab.events().await;
    playing(&lab, &guild, &mut events).await;
    let song = lab.next_song("jpop").await;
    events.until_heard(guild.id(), &song).await;
    let shown = channel(&lab, &guild, guild.voice()).await;
    assert!(shown["status"].is_null(), "{shown}");
    // It did not even ask: requests that are refused count against the bot.
    let rest = lab.get("/control/rest").await;
    assert_eq!(rest["invalid_requests"], 0, "{rest}");

    let mut events = lab.events().await;
    lab.patch(&path, json!({ "permission_overwrites": [] }))
        .await;
    let wanted = title(&song);
    until_status(&mut events, guild.voice(), |status| {
        status
            .as_str()
            .is_some_and(|status| status.contains(&wanted))
    })
    .await;
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_stage_is_spoken_on_and_its_topic_follows_the_song() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let path = format!("/control/guilds/{}/channels", guild.id());
    let made = lab
        .post(&path, json!({ "name": "stage", "type": 13 }))
        .await;
    let stage = made["id"].as_str().expect("an id");
    let path = format!("/control/channels/{stage}");
    let allow = json!({ "permission_overwrites": [
        { "id": me(&lab).await, "type": 1, "allow": STAGE_MODERATOR.to_string() }
    ]});
    lab.patch(&path, allow).await;
    let topic = json!({ "topic": "Open mic" });
    lab.put(&format!("{path}/stage"), topic).await;
    let settings = json!({ "stage_topic": "on" });
    let answer = lab.command("radio settings", settings, json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");

    let mut events = lab.events().await;
    lab.enter(guild.member(0), Some(stage)).await;
    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert_says(&answer, "Playing");
    events
        .until_heard(guild.id(), &lab.on_air("jpop").await)
        .await;
    let mut events = lab.events().await;
    let song = lab.next_song("jpop").await;
    loop {
        let shown = channel(&lab, &guild, stage).await;
        let topic = shown["stage"]["topic"].as_str().unwrap_or_default();
        if topic.contains(&title(&song)) {
            break;
        }
        events
            .until("the stage's topic", |event| {
                (event.kind == "world" && event.data["what"] == "stage_updated").then_some(())
            })
            .await;
    }
    // A stage always has a topic: the next speaker changes it.
    lab.command("radio leave", json!({}), json!({})).await;
    let shown = channel(&lab, &guild, stage).await;
    assert!(shown["stage"]["topic"].is_string(), "{shown}");
    drop(bot);
    lab.stop().await;
}
