//! Every way to announce, over thirty songs, with restarts and cuts in between: exactly the expected
//! messages, in their order, each once.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    bot::Bot,
    lab::{Event, Events, Guild, Lab, until_announced},
    webhooks,
};

/// What happened to a message.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Line {
    /// About this song.
    Created(u64),
    /// To be about this song.
    Edited(u64),
    /// The one about this song.
    Deleted(u64),
}

/// How a channel wants it.
#[derive(Clone, Copy, Debug)]
struct Wish {
    mode: &'static str,
    webhook: bool,
}

/// A channel, what is to happen there, and what did.
struct Place {
    guild: Guild,
    wish: Wish,
    expected: Vec<Line>,
    seen: Vec<Line>,
    /// The song of each message.
    songs: HashMap<String, u64>,
    /// The event and the song that were announced last.
    last_event: Option<Value>,
    last_song: Option<u64>,
}

impl Place {
    /// Notes what a song, that is announced, is to bring.
    fn expect(&mut self, on_air: &Value) {
        let song = on_air["song"]["id"].as_u64().expect("a song");
        let before = self.last_song;
        match self.wish.mode {
            "edit" if before.is_some() => self.expected.push(Line::Edited(song)),
            "post" | "edit" => self.expected.push(Line::Created(song)),
            "replace" => {
                self.expected.push(Line::Created(song));
                self.expected.extend(before.map(Line::Deleted));
            }
            _ => {
                let event = on_air["event"]["id"].clone();
                if event.is_null() || self.last_event.as_ref() == Some(&event) {
                    return;
                }
                self.last_event = Some(event);
                self.expected.push(Line::Created(song));
            }
        }
        self.last_song = Some(song);
    }

    fn see(&mut self, event: &Event) {
        let data = &event.data;
        // Answers to commands are messages, too.
        if data["channel_id"] != self.guild.text() || !data["interaction_metadata"].is_null() {
            return;
        }
        let id = data["id"].as_str().expect("an id").to_owned();
        let line = match event.kind.as_str() {
            "message_delete" => match self.songs.remove(&id) {
                Some(song) => Line::Deleted(song),
                None => return,
            },
            "message_create" | "message_update" => {
                let Some(song) = song_of(data) else {
                    return;
                };
                let name = &data["author"]["username"];
                assert_eq!(name == "LISTEN.moe J-pop", self.wish.webhook, "{data}");
                self.songs.insert(id, song);
                if event.kind == "message_create" {
                    Line::Created(song)
                } else {
                    Line::Edited(song)
                }
            }
            _ => return,
        };
        self.seen.push(line);
    }
}

/// The song that a card links to.
fn song_of(message: &Value) -> Option<u64> {
    let text = message["embeds"].to_string();
    let (_, rest) = text.split_once("listen.moe/songs/")?;
    let digits = rest.split(|character: char| !character.is_ascii_digit());
    digits.into_iter().next()?.parse().ok()
}

/// Waits until all that is expected has happened, everywhere.
async fn settled(events: &mut Events, places: &mut [Place]) {
    let behind = |places: &[Place]| {
        places
            .iter()
            .any(|place| place.seen.len() < place.expected.len())
    };
    while behind(places) {
        let missing: Vec<(Wish, &[Line])> = places
            .iter()
            .map(|place| {
                let next = place.expected.get(place.seen.len()..);
                (place.wish, next.unwrap_or_default())
            })
            .filter(|(_, next)| !next.is_empty())
            .collect();
        events
            .until(&format!("{missing:?}"), |event| {
                for place in places.iter_mut() {
                    place.see(event);
                }
                event.kind.starts_with("message_").then_some(())
            })
            .await;
    }
    for place in places {
        assert_eq!(place.seen, place.expected, "{:?}", place.wish);
    }
}

/// Plays the next song and waits until the bot has announced it everywhere.
async fn play(lab: &Lab, bot: &Bot, events: &mut Events, places: &mut [Place]) {
    let mark = bot.log().mark();
    let song = lab.next_song("jpop").await;
    for place in places.iter_mut() {
        place.expect(&song);
    }
    settled(events, places).await;
    // What it has done it has also noted.
    until_announced(bot, mark, &song).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_songs_with_restarts_and_cuts_in_between_are_each_announced_once() {
    let wishes = ["post", "edit", "replace", "events"]
        .into_iter()
        .flat_map(|mode| [false, true].map(|webhook| Wish { mode, webhook }));
    let wishes: Vec<Wish> = wishes.collect();
    let lab = Lab::start(wishes.len()).await;
    let mut bot = lab.bot().await;
    // The song that is on air is not to be announced.
    bot.log().until(0, &["Heard", "jpop"]).await;
    let mut places = Vec::new();
    for (guild, wish) in lab.guilds().await.into_iter().zip(wishes) {
        if wish.webhook {
            webhooks::grant(&lab, &guild, true).await;
        }
        let options = json!({
            "channel": guild.text(), "mode": wish.mode, "webhook": wish.webhook,
        });
        let place = json!({ "guild": guild.id() });
        webhooks::announce(&lab, options, place).await;
        places.push(Place {
            guild,
            wish,
            expected: Vec::new(),
            seen: Vec::new(),
            songs: HashMap::new(),
            last_event: None,
            last_song: None,
        });
    }
    let places = &mut places[..];
    let mut events = lab.events().await;
    for song in 1..=30 {
        match song {
            6 => {
                let (status, _) = bot.terminate().await;
                assert_eq!(status.code(), Some(0));
                bot = lab.bot().await;
            }
            11 => {
                bot.kill().await;
                bot = lab.bot().await;
            }
            16 => {
                // Of two songs that pass meanwhile, the one that is still on is announced.
                let (status, _) = bot.terminate().await;
                assert_eq!(status.code(), Some(0));
                lab.next_song("jpop").await;
                let on_air = lab.next_song("jpop").await;
                for place in places.iter_mut() {
                    place.expect(&on_air);
                }
                bot = lab.bot().await;
                settled(&mut events, places).await;
                until_announced(&bot, 0, &on_air).await;
            }
            19 => cut(&lab, &bot, "listen-moe-jpop").await,
            22 => {
                lab.fault(json!({ "target": "discord-gateway", "fault": "cut" }))
                    .await;
            }
            25 => {
                lab.fault(json!({ "target": "discord-rest", "fault": "cut", "count": 3 }))
                    .await;
            }
            28 => {
                let fault = json!({
                    "target": "discord-rest", "fault": "status", "status": 502, "count": 6,
                });
                lab.fault(fault).await;
            }
            _ => {}
        }
        play(&lab, &bot, &mut events, places).await;
    }

    // Nothing more comes, and nothing that is there was not seen.
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    for place in places.iter_mut() {
        let path = format!("/control/channels/{}/messages", place.guild.text());
        let body = json!({ "user": place.guild.member(0), "content": "the end" });
        let id = lab.post(&path, body).await["id"].clone();
        events
            .until("the end", |event| {
                place.see(event);
                (event.kind == "message_create" && event.data["id"] == id).then_some(())
            })
            .await;
        assert_eq!(place.seen, place.expected, "{:?}", place.wish);
        let left: Vec<u64> = lab
            .messages(place.guild.text())
            .await
            .iter()
            .filter(|message| message["interaction_metadata"].is_null())
            .filter_map(song_of)
            .collect();
        let last = place.last_song.into_iter().collect::<Vec<_>>();
        match place.wish.mode {
            "edit" | "replace" => assert_eq!(left, last, "{:?}", place.wish),
            _ => assert_eq!(left.len(), place.expected.len(), "{:?}", place.wish),
        }
    }
    webhooks::no_limit_was_reached(&lab).await;
    lab.stop().await;
}

/// Cuts the connection to an upstream, and waits until it stands again.
async fn cut(lab: &Lab, bot: &Bot, upstream: &str) {
    let mark = bot.log().mark();
    lab.fault(json!({ "target": upstream, "fault": "cut" }))
        .await;
    bot.log().until(mark, &["Connected", upstream]).await;
}
