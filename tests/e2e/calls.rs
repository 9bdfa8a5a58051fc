//! What Discord and its people do to a call, and what becomes of it.

use serde_json::{Value, json};

use crate::{
    lab::{Guild, Lab},
    radio::{assert_says, empty, playing},
};

/// The bot's id.
pub async fn me(lab: &Lab) -> String {
    let state = lab.get("/control/state").await;
    state["applications"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

/// What a moderator does to the bot.
async fn moderate(lab: &Lab, guild: &Guild, body: Value) {
    let path = format!("/control/guilds/{}/voice/{}", guild.id(), me(lab).await);
    lab.post(&path, body).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disconnected_by_a_moderator_it_stays_away_until_asked() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    let answer = playing(&lab, &guild, &mut events).await;
    let panel = answer.body["messages"][0]["id"].clone();

    moderate(&lab, &guild, json!({ "channel": null })).await;
    events
        .until("the buttons to say so", |event| {
            (event.kind == "message_update"
                && event.data["id"] == panel
                && event.data.to_string().contains("disconnected me"))
            .then_some(())
        })
        .await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "The radio is off");
    assert_says(&status, "A moderator disconnected me");
    bot.kill().await;

    let bot = lab.bot().await;
    // Were it to come back, it would have by the time that it has come when asked.
    assert!(lab.own_voice(&guild).await.is_none());
    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert_says(&answer, "Playing");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dragged_to_another_channel_it_plays_there_also_after_a_restart() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    playing(&lab, &guild, &mut events).await;
    let path = format!("/control/guilds/{}/channels", guild.id());
    let made = lab
        .post(&path, json!({ "name": "elsewhere", "type": 2 }))
        .await;
    let elsewhere = made["id"].as_str().expect("an id");

    lab.enter(guild.member(0), Some(elsewhere)).await;
    moderate(&lab, &guild, json!({ "channel": elsewhere })).await;
    let song = lab.next_song("jpop").await;
    let heard = events.until_heard(guild.id(), &song).await;
    assert_eq!(heard["channel"], elsewhere, "{heard}");
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, &format!("Playing in <#{elsewhere}>"));
    bot.kill().await;

    let bot = lab.bot().await;
    let song = lab.next_song("jpop").await;
    let heard = events.until_heard(guild.id(), &song).await;
    assert_eq!(heard["channel"], elsewhere, "{heard}");

    // The voice server moves, as when the channel's region is changed.
    let path = format!("/control/guilds/{}/voice-server", guild.id());
    lab.post(&path, json!({})).await;
    let song = lab.next_song("jpop").await;
    events.until_heard(guild.id(), &song).await;
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_of_the_server_is_no_farewell() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    playing(&lab, &guild, &mut events).await;

    let outage = format!("/control/guilds/{}/unavailable", guild.id());
    lab.post(&outage, json!({})).await;
    bot.log().until(0, &["the call is built anew"]).await;
    lab.delete(&outage).await;
    lab.enter(guild.member(0), Some(guild.voice())).await;
    let song = lab.next_song("jpop").await;
    events.until_heard(guild.id(), &song).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "connection was lost");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn muted_by_a_moderator_it_says_so_and_is_heard_again_when_unmuted() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    playing(&lab, &guild, &mut events).await;
    let voice = lab.own_voice(&guild).await.expect("a voice state");
    assert_eq!(voice["self_deaf"], true, "{voice}");

    moderate(&lab, &guild, json!({ "mute": true })).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "A moderator has muted me");
    moderate(&lab, &guild, json!({ "mute": false })).await;
    let song = lab.next_song("jpop").await;
    events.until_heard(guild.id(), &song).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "Playing");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leaving_works_while_it_is_still_joining() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    empty(&lab, &guild, guild.voice()).await;
    lab.enter(guild.member(0), Some(guild.voice())).await;
    let fault = lab
        .fault(json!({ "target": "voice-gateway", "fault": "silent" }))
        .await;
    let mut events = lab.events().await;
    let (joined, left) = tokio::join!(lab.command("radio join", json!({}), json!({})), async {
        let me = me(&lab).await;
        events
            .until("the bot in the channel", |event| {
                (event.kind == "voice_state"
                    && event.data["user_id"] == me.as_str()
                    && !event.data["channel_id"].is_null())
                .then_some(())
            })
            .await;
        lab.command("radio leave", json!({}), json!({})).await
    });
    assert_says(&left, "Goodbye");
    assert_says(&joined, "something else meanwhile");
    lab.lift(&fault).await;
    lab.until_out_of_voice(&guild).await;
    assert_eq!(bot.metric("uguisu_calls", "").await, Some(0.0));
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_way_is_said_and_once_it_is_gone_it_plays() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    playing(&lab, &guild, &mut events).await;
    bot.kill().await;

    // Everybody's role (its id is the server's) is denied CONNECT there, bit 20.
    let channel = format!("/control/channels/{}", guild.voice());
    let denied = json!({ "permission_overwrites": [
        { "id": guild.id(), "type": 0, "allow": "0", "deny": (1_u64 << 20).to_string() }
    ]});
    lab.patch(&channel, denied).await;
    let bot = lab.bot().await;
    bot.log()
        .until(0, &["cannot join, and goes on trying"])
        .await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "I may not play in");
    assert_says(&status, "Connect");
    lab.patch(&channel, json!({ "permission_overwrites": [] }))
        .await;
    let song = lab.on_air("jpop").await;
    events.until_heard(guild.id(), &song).await;

    // A channel that is deleted is given up at once, and that is said, though Discord may tell of
    // the disconnection before it tells of the deletion.
    let mark = bot.log().mark();
    lab.delete(&channel).await;
    let gone = ["why=Hopeless(Gone)", "the radio is off"];
    bot.log().until(mark, &gone).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "The voice channel is gone");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_stage_it_asks_to_speak_and_is_heard_once_invited() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    let path = format!("/control/guilds/{}/channels", guild.id());
    let made = lab
        .post(&path, json!({ "name": "stage", "type": 13 }))
        .await;
    let stage = made["id"].as_str().expect("an id");
    lab.enter(guild.member(0), Some(stage)).await;
    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert_says(&answer, "Playing");
    bot.log().until(0, &["asked to speak on the stage"]).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "I have asked to speak");

    moderate(&lab, &guild, json!({ "suppress": false })).await;
    let song = lab.next_song("jpop").await;
    events.until_heard(guild.id(), &song).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "Playing");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_voice_server_that_is_not_heard_any_more_is_left_for_another_connection() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    playing(&lab, &guild, &mut events).await;
    let guest = |index: usize| guild.member(index).to_owned();
    for index in [1, 2] {
        lab.enter(&guest(index), Some(guild.voice())).await;
    }
    // Long enough for them to have got to the voice server, as the sound says that has gone on.
    let begin = std::time::Instant::now();
    while begin.elapsed() < std::time::Duration::from_secs(11) {
        let song = lab.on_air("jpop").await;
        events.until_heard(guild.id(), &song).await;
    }
    // Both gateways tell of the first who leaves, one of the second.
    lab.enter(&guest(1), None).await;
    events
        .until_heard(guild.id(), &lab.on_air("jpop").await)
        .await;
    let fault = lab
        .fault(json!({ "target": "voice-gateway", "fault": "half-open" }))
        .await;
    let mark = bot.log().mark();
    lab.enter(&guest(2), None).await;
    bot.log().until(mark, &["built anew", "Deaf"]).await;
    lab.lift(&fault).await;
    let song = lab.next_song("jpop").await;
    events.until_heard(guild.id(), &song).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "Playing");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_came_while_the_voice_server_was_not_heard_hears_the_radio_all_the_same() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    playing(&lab, &guild, &mut events).await;
    let fault = lab
        .fault(json!({ "target": "voice-gateway", "fault": "half-open" }))
        .await;
    // The bot learns nothing of the encryption that the others have agreed on with the guest.
    lab.enter(guild.member(1), Some(guild.voice())).await;
    lab.until_call(&guild, "out of the encryption", |call| {
        call["undecryptable"]
            .as_u64()
            .is_some_and(|count| count > 0)
    })
    .await;
    // What was half open is reset then, and taken up again.
    lab.lift(&fault).await;
    let song = lab.next_song("jpop").await;
    let heard = events.until_heard(guild.id(), &song).await;
    assert_eq!(heard["dave"], true, "{heard}");
    drop(bot);
    lab.stop().await;
}
