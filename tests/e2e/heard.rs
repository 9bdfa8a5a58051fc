//! Songs are shown when they are heard, and are written down.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    lab::{Answer, Events, Lab},
    text::plain,
};

/// The sound follows the metadata by so much: long enough to ask meanwhile, also of a slow machine.
const BEHIND: Duration = Duration::from_secs(15);

fn title(song: &Value) -> &str {
    song["title"].as_str().unwrap_or("Untitled")
}

/// Waits for the announcements of these songs and answers with the order in which they came.
async fn announced(events: &mut Events, songs: &[&Value]) -> Vec<usize> {
    let mut order = Vec::new();
    while order.len() < songs.len() {
        let song = events
            .until("an announcement", |event| {
                let text = plain(&event.data["embeds"].to_string());
                let own =
                    event.kind == "message_create" && event.data["interaction_metadata"].is_null();
                let is = |song: &&Value| own && text.contains(&plain(title(song)));
                songs.iter().position(is)
            })
            .await;
        order.push(song);
    }
    order
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn songs_are_announced_and_shown_when_listeners_hear_them() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    let guild = lab.guild(0).await;
    for station in ["jpop", "kpop"] {
        let options = json!({ "channel": guild.text(), "station": station });
        let answer = lab.command("announce set", options, json!({})).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    lab.enter(guild.member(0), Some(guild.voice())).await;
    let mut heard = lab.events().await;
    let answer = lab.command("radio join", json!({}), json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    heard
        .until_heard(guild.id(), &lab.on_air("jpop").await)
        .await;

    // The habits begin with the next song; the sound of the one after it is late.
    let late = json!({ "delay_ms": BEHIND.as_millis() });
    lab.post("/control/stream/jpop", late).await;
    let mut events = lab.events().await;
    let first = lab.next_song("jpop").await;
    announced(&mut events, &[&first]).await;

    let (changed, mark) = (Instant::now(), bot.log().mark());
    let second = lab.next_song("jpop").await;
    let other = lab.next_song("kpop").await;
    bot.log().until(mark, &["On air", "jpop"]).await;
    let answer = lab.command("nowplaying", json!({}), json!({})).await;
    let shown = plain(&answer.text());
    assert!(
        shown.contains(&plain(title(&first))) && !shown.contains(&plain(title(&second))),
        "{shown}"
    );
    // Nobody listens to the other station: there it is the gateway that counts.
    let order = announced(&mut events, &[&second, &other]).await;
    assert_eq!(order, [1, 0]);
    assert!(changed.elapsed() > BEHIND, "not before it was heard");
    heard.until_heard(guild.id(), &second).await;
    lab.stop().await;
}

/// The titles of the songs in the answer to `/history`, the newest first.
fn listed(message: &Value) -> Vec<String> {
    let text = message["embeds"][0]["description"]
        .as_str()
        .unwrap_or_default();
    text.lines()
        .filter_map(|line| Some(plain(line.split_once('[')?.1.split_once("](")?.0)))
        .collect()
}

/// They are these songs; a long title is cut.
fn assert_lists(message: &Value, titles: &[String]) {
    let listed = listed(message);
    assert_eq!(listed.len(), titles.len(), "{listed:?}");
    for (listed, title) in listed.iter().zip(titles) {
        assert!(
            title.starts_with(listed.as_str()),
            "{listed} is not {title}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_played_can_be_read_page_by_page() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    bot.log().until(0, &["Heard", "jpop"]).await;
    let mut titles = vec![plain(title(&lab.on_air("jpop").await))];
    for _ in 0..11 {
        let mark = bot.log().mark();
        let song = lab.next_song("jpop").await;
        bot.log().until(mark, &["Heard", "jpop"]).await;
        titles.insert(0, plain(title(&song)));
    }
    // A restart does not write the same song down again.
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    let bot = lab.bot().await;
    bot.log().until(0, &["Heard", "jpop"]).await;

    // What was heard is written down a moment later.
    let is_there = |answer: &Answer| {
        let listed = listed(&answer.body["messages"][0]);
        let newest = listed.first();
        newest.is_some_and(|newest| titles[0].starts_with(newest.as_str()))
    };
    let answer = lab
        .until_answered("history", json!({}), json!({}), is_there)
        .await;
    assert!(answer.is_ephemeral(), "{answer:?}");
    let page = &answer.body["messages"][0];
    assert_lists(page, &titles[..10]);
    assert!(answer.text().contains("<t:"), "{answer:?}");
    let older = lab.press(page, "Older").await;
    assert_lists(&older, &titles[10..]);
    let newer = lab.press(&older, "Newer").await;
    assert_lists(&newer, &titles[..10]);
    let other = lab.press(&newer, "K-pop").await;
    assert_eq!(listed(&other).len(), 1, "{other}");
    lab.stop().await;
}
