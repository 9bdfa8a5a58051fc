//! What people do to the radio, and what they are told of it.

use serde_json::{Value, json};

use crate::{
    lab::{Answer, Events, Guild, Lab},
    text::plain,
};

pub fn assert_says(answer: &Answer, what: &str) {
    assert!(answer.status.is_success(), "{answer:?}");
    assert!(
        plain(&answer.text()).contains(&plain(what)),
        "{what:?} is not in {:?}",
        answer.text()
    );
}

/// Everybody leaves a voice channel.
pub async fn empty(lab: &Lab, guild: &Guild, channel: &str) {
    let state = lab.get("/control/state").await;
    let guilds = state["guilds"].as_array().cloned().unwrap_or_default();
    for guild in guilds.iter().filter(|each| each["id"] == guild.id()) {
        for voice in guild["voice_states"].as_array().into_iter().flatten() {
            if voice["channel_id"] == channel {
                lab.enter(voice["user_id"].as_str().expect("an id"), None)
                    .await;
            }
        }
    }
}

/// The owner is alone in the voice channel, and the radio plays there.
pub async fn playing(lab: &Lab, guild: &Guild, events: &mut Events) -> Answer {
    empty(lab, guild, guild.voice()).await;
    lab.enter(guild.member(0), Some(guild.voice())).await;
    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert_says(&answer, "Playing");
    events
        .until_heard(guild.id(), &lab.on_air("jpop").await)
        .await;
    answer
}

/// The buttons of a message: `(custom_id, disabled)`.
pub fn buttons(message: &Value) -> Vec<(String, bool)> {
    let rows = message["components"].as_array();
    rows.into_iter()
        .flatten()
        .flat_map(|row| row["components"].as_array().cloned().unwrap_or_default())
        .map(|button| {
            let id = button["custom_id"].as_str().unwrap_or_default().to_owned();
            (id, button["disabled"] == true)
        })
        .collect()
}

fn all_are(message: &Value, disabled: bool) -> bool {
    let buttons = buttons(message);
    !buttons.is_empty() && buttons.iter().all(|(_, is)| *is == disabled)
}

/// Waits until a message says this.
async fn until_message(events: &mut Events, id: &Value, what: &str, is: impl Fn(&Value) -> bool) {
    events
        .until(what, |event| {
            (event.kind == "message_update" && event.data["id"] == *id && is(&event.data))
                .then_some(())
        })
        .await;
}

fn description(message: &Value) -> &str {
    message["embeds"][0]["description"]
        .as_str()
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_a_server_wants_its_radio_is_said_kept_and_checked() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let somebody = json!({ "user": guild.member(1) });

    // Nothing plays: it is for those in charge.
    let volume = |level: u64| json!({ "level": level });
    let answer = lab
        .command("radio volume", volume(50), somebody.clone())
        .await;
    assert_says(&answer, "not playing");
    assert!(answer.is_ephemeral());
    let answer = lab.command("radio volume", volume(42), json!({})).await;
    assert_says(&answer, "try 40 or 45");
    assert!(answer.is_ephemeral());
    let answer = lab.command("radio volume", volume(45), json!({})).await;
    assert_says(&answer, "45%");
    let answer = lab
        .command(
            "radio stay",
            json!({ "mode": "off", "minutes": 7 }),
            json!({}),
        )
        .await;
    assert_says(&answer, "7 minutes");
    let answer = lab
        .command(
            "radio settings",
            json!({}),
            json!({ "user": guild.member(1) }),
        )
        .await;
    assert!(
        !answer.status.is_success() || answer.text().contains("Manage Server"),
        "{answer:?}"
    );
    bot.kill().await;

    let bot = lab.bot().await;
    let answer = lab.command("radio settings", json!({}), json!({})).await;
    assert_says(&answer, "45%");
    assert_says(&answer, "7 minutes");
    assert!(answer.is_ephemeral());
    let choices = lab
        .post(
            "/control/autocomplete",
            json!({ "command": "radio volume", "options": { "level": "12" }, "focused": "level" }),
        )
        .await;
    let values: Vec<u64> = choices["choices"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|choice| choice["value"].as_u64())
        .collect();
    assert_eq!(values, [120, 125]);
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_with_it_djs_and_managers_control_the_radio() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    playing(&lab, &guild, &mut events).await;

    // The second member has no permissions beyond everybody's, and is not in the channel.
    let stranger = json!({ "user": guild.member(1) });
    lab.enter(guild.member(1), None).await;
    for (command, options) in [
        ("radio leave", json!({})),
        ("radio station", json!({ "station": "kpop" })),
        ("radio volume", json!({ "level": 50 })),
        ("radio stay", json!({ "mode": "on" })),
    ] {
        let answer = lab.command(command, options, stranger.clone()).await;
        assert_says(&answer, "People are listening");
        assert!(answer.is_ephemeral());
    }
    // Looking is free.
    let answer = lab
        .command("radio status", json!({}), stranger.clone())
        .await;
    assert_says(&answer, "Playing");
    assert!(answer.is_ephemeral());

    lab.enter(guild.member(1), Some(guild.voice())).await;
    let answer = lab
        .command("radio volume", json!({ "level": 50 }), stranger.clone())
        .await;
    assert_says(&answer, "50%");
    lab.enter(guild.member(1), None).await;

    // A role of theirs becomes the DJs'.
    let state = lab.get("/control/state").await;
    let members = state["guilds"][0]["members"].as_array().cloned();
    let (member, role) = members
        .into_iter()
        .flatten()
        .filter(|member| member["bot"] != true && member["id"] != guild.member(0))
        .find_map(|member| Some((member["id"].clone(), member["roles"].get(0)?.clone())))
        .expect("a member with a role");
    let answer = lab
        .command("radio dj", json!({ "role": role }), json!({}))
        .await;
    assert_says(&answer, "control the radio from anywhere");
    assert!(answer.is_ephemeral());
    let member = member.as_str().expect("an id").to_owned();
    lab.enter(&member, None).await;
    let answer = lab
        .command(
            "radio station",
            json!({ "station": "kpop" }),
            json!({ "user": member }),
        )
        .await;
    assert_says(&answer, "K-pop");
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_buttons_work_stay_true_and_survive_a_restart() {
    let lab = Lab::start(1).await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    let bot = lab.bot().await;
    let answer = playing(&lab, &guild, &mut events).await;
    let message = answer.body["messages"][0].clone();
    assert!(!answer.is_ephemeral());
    let id = message["id"].clone();
    let press = |custom_id: &'static str, user: Option<String>| {
        let (lab, id) = (&lab, id.clone());
        async move {
            let mut body = json!({ "message": id, "custom_id": custom_id });
            if let Some(user) = user {
                body["user"] = user.into();
            }
            lab.post("/control/components", body).await
        }
    };

    press("radio:volume:-10", None).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "90%");
    // A stranger is told so, privately, and nothing happens.
    lab.enter(guild.member(1), None).await;
    let refused = press("radio:stop", Some(guild.member(1).to_owned())).await;
    let answers = refused["messages"].as_array().expect("messages");
    let told = answers.last().expect("an answer");
    assert!(told["flags"].as_u64().unwrap_or(0) & 64 != 0, "{refused}");
    assert!(
        told["content"]
            .as_str()
            .unwrap_or_default()
            .contains("listening")
    );

    // What is done by a command is seen on the message as well.
    lab.command("radio volume", json!({ "level": 30 }), json!({}))
        .await;
    until_message(&mut events, &id, "the new volume", |message| {
        description(message).contains("30%")
    })
    .await;

    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    let bot = lab.bot().await;
    // Not what was heard before.
    let mut events = lab.events().await;
    events
        .until_heard(guild.id(), &lab.on_air("jpop").await)
        .await;
    press("radio:station:kpop", None).await;
    events
        .until_heard(guild.id(), &lab.on_air("kpop").await)
        .await;

    // The next message takes the buttons over.
    let second = lab.command("radio join", json!({}), json!({})).await;
    assert_says(&second, "already");
    until_message(&mut events, &id, "the old buttons gone", |message| {
        buttons(message).is_empty()
    })
    .await;
    let second = second.body["messages"][0]["id"].clone();
    let body = json!({ "message": second, "custom_id": "radio:stop" });
    lab.post("/control/components", body).await;
    let messages = lab.messages(guild.text()).await;
    let last = messages.iter().find(|message| message["id"] == second);
    let last = last.expect("the message");
    assert!(all_are(last, true), "{last}");
    assert!(description(last).contains("off"), "{last}");
    assert_eq!(bot.metric("uguisu_calls", "").await, Some(0.0));
    drop(bot);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_nobody_hears_costs_nothing_and_is_back_with_the_first_listener() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let mut events = lab.events().await;
    let listener = guild.member(0);
    playing(&lab, &guild, &mut events).await;
    lab.command("radio stay", json!({ "mode": "on" }), json!({}))
        .await;

    // Deafened: there, and hears nothing.
    let deafen = |deaf: bool| {
        let body = json!({ "channel": guild.voice(), "self_deaf": deaf });
        let path = format!("/control/users/{listener}/voice");
        let lab = &lab;
        async move { lab.post(&path, body).await }
    };
    deafen(true).await;
    lab.until_says("radio status", json!({}), json!({}), "Nobody hears me")
        .await;
    deafen(false).await;
    let song = lab.next_song("jpop").await;
    events.until_heard(guild.id(), &song).await;

    lab.enter(listener, None).await;
    let status = lab
        .until_says("radio status", json!({}), json!({}), "Nobody hears me")
        .await;
    assert_says(&status, "around the clock");
    // A second in which nothing came.
    lab.until_call(&guild, "the end of the packets", |call| {
        call["idle_ms"].as_f64().is_some_and(|idle| idle > 1000.0)
    })
    .await;
    let packets = lab.call_in(guild.id()).await.expect("a call")["packets"].clone();
    let song = lab.next_song("jpop").await;
    let call = lab.call_in(guild.id()).await.expect("a call");
    assert_eq!(call["packets"], packets, "packets for nobody");
    assert_eq!(call["connected"], true);
    lab.enter(listener, Some(guild.voice())).await;
    events.until_heard(guild.id(), &song).await;
    let status = lab.command("radio status", json!({}), json!({})).await;
    assert_says(&status, "Playing");
    drop(bot);
    lab.stop().await;
}
