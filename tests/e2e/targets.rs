//! What a channel wants of its announcements is what it gets.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::{
    bot::Bot,
    lab::{Answer, Events, Guild, Lab, until_announced},
    text::plain,
};

/// Channel types: <https://discord.com/developers/docs/resources/channel#channel-object-channel-types>
const NEWS: u64 = 5;
const THREAD: u64 = 11;
/// *Send Messages*, bit 11.
const SEND_MESSAGES: u64 = 1 << 11;

/// A sandbox, and a bot that has heard the song on air: it is not to be announced.
async fn start() -> (Lab, Bot) {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    bot.log().until(0, &["Heard", "jpop"]).await;
    (lab, bot)
}

async fn announce(lab: &Lab, options: Value) -> Answer {
    let answer = lab.command("announce set", options, json!({})).await;
    assert!(answer.text().contains("announced in"), "{answer:?}");
    answer
}

/// The bot's own messages in a channel, without its answers.
async fn posted(lab: &Lab, channel: &str) -> Vec<Value> {
    let mut messages = lab.messages(channel).await;
    messages.retain(|it| it["author"]["bot"] == true && it["interaction_metadata"].is_null());
    messages
}

/// Waits until a message about the song is in each of the channels.
async fn until_posted(events: &mut Events, song: &Value, channels: &[&str]) {
    let title = plain(song["title"].as_str().expect("a title"));
    let mut missing = channels.to_vec();
    while !missing.is_empty() {
        let seen = events
            .until(&format!("{title} in {missing:?}"), |event| {
                let text = plain(&event.data["embeds"].to_string());
                let is_it = event.kind == "message_create" && text.contains(&title);
                let place = |channel: &&str| event.data["channel_id"] == **channel;
                is_it.then(|| missing.iter().position(place)).flatten()
            })
            .await;
        missing.remove(seen);
    }
}

/// The next song that has a title with letters.
async fn next(lab: &Lab) -> Value {
    loop {
        let song = lab.next_song("jpop").await;
        if song["title"].as_str().is_some_and(|it| plain(it).len() > 3) {
            return song;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_is_lost_says_why_and_is_taken_up_again_when_it_may() {
    let (lab, bot) = start().await;
    let guild = lab.guild(0).await;
    let channel = guild.text();
    announce(&lab, json!({ "channel": channel })).await;
    let path = format!("/control/channels/{channel}");
    let denied = json!({ "permission_overwrites": [
        { "id": guild.id(), "type": 0, "allow": "0", "deny": SEND_MESSAGES.to_string() }
    ]});
    lab.patch(&path, denied).await;
    let show = async || lab.command("announce show", json!({}), json!({})).await;
    // Once the bot has heard of it: a change of permissions would have it try again.
    let refused = |answer: &Answer| answer.text().contains("**Send Messages**");
    let options = json!({ "channel": channel });
    lab.until_answered("announce set", options, json!({}), refused)
        .await;
    let mark = bot.log().mark();
    let song = next(&lab).await;
    bot.log().until(mark, &["announcement refused"]).await;
    until_announced(&bot, mark, &song).await;
    let said = show().await.text();
    assert!(said.contains("next try <t:"), "{said}");
    assert!(said.contains("⚠️ I may not post here"), "{said}");
    assert!(said.contains("**Send Messages**"), "{said}");
    // Left alone, and for longer than a song.
    let before = posted(&lab, channel).await.len();
    let mark = bot.log().mark();
    next(&lab).await;
    bot.log().until(mark, &["Heard", "jpop"]).await;
    assert_eq!(posted(&lab, channel).await.len(), before);

    let mut events = lab.events().await;
    let allowed = json!({ "permission_overwrites": [] });
    lab.patch(&path, allowed).await;
    // With the first song after the bot has heard of the permission.
    let may = |answer: &Answer| !answer.text().contains("next try");
    lab.until_answered("announce show", json!({}), json!({}), may)
        .await;
    let mark = bot.log().mark();
    let song = next(&lab).await;
    until_posted(&mut events, &song, &[channel]).await;
    until_announced(&bot, mark, &song).await;
    let said = show().await.text();
    assert!(!said.contains("⚠️"), "{said}");
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_is_told_of_events_and_nobody_of_anything_else() {
    let (lab, bot) = start().await;
    let guild = Guild(lab.get("/control/state").await["guilds"][0].clone());
    let (every, events_only) = (guild.text(), guild.channel(NEWS));
    let roles = guild.0["roles"].as_array().expect("roles");
    let mut roles = roles.iter().filter_map(|role| role["id"].as_str());
    let role = roles.find(|role| *role != guild.id()).expect("a role");
    let everyone = json!({ "channel": events_only, "role": guild.id() });
    let refused = lab.command("announce set", everyone, json!({})).await;
    assert!(
        refused.text().contains("never mention everyone"),
        "{refused:?}"
    );
    announce(&lab, json!({ "channel": every, "role": role })).await;
    let options = json!({ "channel": events_only, "mode": "events", "role": role });
    // Discord asks who may mention a role: the sandbox's lets nobody.
    let answer = announce(&lab, options).await;
    let said = answer.text();
    assert!(said.contains("⚠️ Nobody is told yet"), "{said}");

    let length = lab.on_air("jpop").await["playlist"]
        .as_array()
        .map(Vec::len);
    let mut began = 0;
    let mut before = lab.on_air("jpop").await["event"].clone();
    for _ in 0..length.expect("a playlist") {
        let mark = bot.log().mark();
        let song = lab.next_song("jpop").await;
        until_announced(&bot, mark, &song).await;
        began += usize::from(!song["event"].is_null() && song["event"]["id"] != before["id"]);
        before = song["event"].clone();
    }
    assert!(began > 0, "the playlist has events");
    let told = posted(&lab, events_only).await;
    assert_eq!(told.len(), began, "{told:?}");
    for message in told {
        assert_eq!(message["content"], format!("<@&{role}>"));
        let told = message["mention_roles"].as_array().expect("roles");
        assert!(told.iter().all(|it| it == role), "{message}");
        assert_eq!(message["mention_everyone"], false);
    }
    for message in posted(&lab, every).await {
        assert_eq!(message["content"], "");
        assert_eq!(message["mention_roles"], json!([]));
        assert_eq!(message["mentions"], json!([]));
        assert_eq!(message["mention_everyone"], false);
    }

    // Nobody is told of what is posted, so that there is nothing to say of the role but with events.
    let page = lab.command("settings", json!({}), json!({})).await;
    let place = format!("{every}:jpop");
    let mode = format!("settings:mode:{place}");
    let page = &page.body["messages"][0];
    let page = lab.act(page, "settings:pick", &[&place]).await;
    let edits = lab.act(&page, &mode, &["edit"]).await;
    assert!(!edits.to_string().contains("Nobody is told yet"), "{edits}");
    let events = lab.act(&edits, &mode, &["events"]).await;
    assert!(
        events.to_string().contains("Nobody is told yet"),
        "{events}"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_nights_and_pauses_are_kept_and_what_they_may_be_is_offered() {
    let (lab, _bot) = start().await;
    let guild = Guild(lab.get("/control/state").await["guilds"][0].clone());
    let (text, news, thread) = (guild.text(), guild.channel(NEWS), guild.channel(THREAD));
    for (typed, focused, offered) in [
        (json!({ "quiet": "23" }), "quiet", "23:00-07:00"),
        (json!({ "time_zone": "berl" }), "time_zone", "Europe/Berlin"),
    ] {
        let mut options = typed;
        options["channel"] = text.into();
        let asked = json!({ "command": "announce set", "options": options, "focused": focused });
        let answer = lab.post("/control/autocomplete", asked).await;
        assert!(answer["choices"].to_string().contains(offered), "{answer}");
    }
    // It is night in Tokyo from an hour ago to an hour from now; the thread hears it all.
    let there = OffsetDateTime::now_utc() + Duration::hours(9);
    let clock = |time: OffsetDateTime| format!("{:02}:{:02}", time.hour(), time.minute());
    let hour = Duration::hours(1);
    let night = format!("{}-{}", clock(there - hour), clock(there + hour));
    let options = json!({ "channel": text, "quiet": night, "time_zone": "Asia/Tokyo" });
    announce(&lab, options).await;
    announce(&lab, json!({ "channel": news, "pause": 60 })).await;
    announce(&lab, json!({ "channel": thread })).await;

    let mut events = lab.events().await;
    let first = next(&lab).await;
    until_posted(&mut events, &first, &[news, thread]).await;
    for _ in 0..2 {
        let song = next(&lab).await;
        until_posted(&mut events, &song, &[thread]).await;
    }
    for (channel, count) in [(text, 0), (news, 1)] {
        assert_eq!(posted(&lab, channel).await.len(), count, "{channel}");
    }
    announce(&lab, json!({ "channel": text, "quiet": "off" })).await;
    announce(&lab, json!({ "channel": news, "pause": 0 })).await;
    let last = next(&lab).await;
    until_posted(&mut events, &last, &[text, news, thread]).await;
    lab.stop().await;
}
