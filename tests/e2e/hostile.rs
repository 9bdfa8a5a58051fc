//! Songs whose every text is hostile, through every card that shows them. What judges is the
//! sandbox, by Discord's rules: a card that breaks one is refused, and never seen here.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};

use crate::lab::{Answer, Guild, Lab};

/// Discord lets a bot post five messages in five seconds to a channel: more songs take longer.
const SONGS: u64 = 12;

/// What does harm, alone or when it meets.
const PIECES: [&str; 34] = [
    "@everyone",
    "@here",
    "<@1>",
    "<@&1>",
    "<#1>",
    "</radio join:1>",
    "<:a:1>",
    "<t:1:R>",
    "# ",
    "-# ",
    ">>> ",
    "- ",
    "1. ",
    "**",
    "__",
    "~~",
    "||",
    "```",
    "\\",
    "[a](https://x.example)",
    "](https://x.example)",
    "https://x.example/a_b_",
    "discord.gg/abc",
    ":smile:",
    "\n",
    "\r\n",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{0}",
    "\u{3164}",
    "👩‍🎤",
    "あ",
    "שלום",
];

/// Any text: empty, of many pieces, of 10,000 characters, or none.
fn text(rng: &mut StdRng) -> Value {
    let mut piece = || *PIECES.choose(rng).expect("a piece");
    let first = piece();
    let rest: String = (0..9).map(|_| piece()).collect();
    match rng.random_range(0..24) {
        0 => Value::Null,
        1 => "".into(),
        2 => first.repeat(10_000 / first.chars().count()).into(),
        3 => first.into(),
        _ => rest.into(),
    }
}

fn named(rng: &mut StdRng) -> Value {
    let some = rng.random_range(0..6);
    (0..some)
        .map(|id| json!({ "id": id, "name": text(rng), "nameRomaji": text(rng), "image": text(rng) }))
        .collect()
}

fn song(rng: &mut StdRng, id: u64) -> Value {
    json!({
        "id": id, "title": text(rng), "titleRomaji": text(rng), "artists": named(rng),
        "albums": named(rng), "sources": named(rng), "characters": named(rng), "duration": 240,
    })
}

fn track(rng: &mut StdRng, id: u64) -> Value {
    let d = json!({
        "song": song(rng, id),
        "requester": { "username": text(rng), "displayName": text(rng) },
        "event": { "id": id, "name": format!("{id} {}", text(rng)), "image": text(rng) },
        "startTime": null,
        "lastPlayed": [song(rng, id + 1000), song(rng, id + 2000)],
        "listeners": id,
    });
    json!({ "op": 1, "t": "TRACK_UPDATE", "d": d })
}

/// It is about the song, and mentions nobody.
fn assert_harmless(message: &Value, page: &str, seed: u64) {
    let shown = message["embeds"].to_string().contains(page);
    let nobody = |list: &str| message[list].as_array().is_none_or(Vec::is_empty);
    let mentions = !nobody("mentions") || !nobody("mention_roles");
    let everyone = message["mention_everyone"] == true;
    assert!(
        shown && !mentions && !everyone,
        "seed {seed}: {page}, {mentions}, {everyone}: {message}"
    );
}

fn assert_shown(answer: &Answer, page: &str, seed: u64) {
    assert!(answer.status.is_success(), "seed {seed}: {answer:?}");
    assert_harmless(&answer.body["messages"][0], page, seed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_song_breaks_a_card_or_mentions_anybody() {
    let lab = Lab::start(3).await;
    let bot = lab.bot().await;
    bot.log().until(0, &["Heard", "jpop"]).await;
    let guilds = lab.guilds().await;
    for (guild, options) in guilds.iter().zip([
        json!({ "card": "full" }),
        json!({ "card": "compact" }),
        json!({ "mode": "events" }),
    ]) {
        let mut options = options;
        options["channel"] = guild.text().into();
        let place = json!({ "guild": guild.id() });
        let answer = lab.command("announce set", options, place).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    let mut events = lab.events().await;
    let seed: u64 = rand::random();
    let mut rng = StdRng::seed_from_u64(seed);
    for id in 100_000..100_000 + SONGS {
        let mark = bot.log().mark();
        lab.post("/control/listen-moe/jpop/frames", track(&mut rng, id))
            .await;
        bot.log().until(mark, &["Heard", &id.to_string()]).await;
        let page = format!("listen.moe/songs/{id}");
        // One person may not ask so often.
        let who = json!({ "user": guilds[0].member(usize::from(id % 2 == 0)) });
        let answer = lab.command("nowplaying", json!({}), who).await;
        assert_shown(&answer, &page, seed);
        // What was heard is written down a moment later.
        let other = json!({ "user": guilds[0].member(2 + usize::from(id % 2 == 0)) });
        let listed = |answer: &Answer| answer.body["messages"].to_string().contains(&page);
        let answer = lab
            .until_answered("history", json!({}), other, listed)
            .await;
        assert_shown(&answer, &page, seed);
        let mut missing: Vec<&str> = guilds.iter().map(Guild::text).collect();
        while !missing.is_empty() {
            let (channel, message) = events
                .until(
                    &format!("song {id} in {missing:?} (seed {seed})"),
                    |event| {
                        let channel = event.data["channel_id"].as_str()?.to_owned();
                        let its = event.kind == "message_create"
                            && event.data["interaction_metadata"].is_null()
                            && event.data["embeds"].to_string().contains(&page);
                        its.then(|| (channel, event.data.clone()))
                    },
                )
                .await;
            assert_harmless(&message, &page, seed);
            missing.retain(|wanted| *wanted != channel);
        }
    }
    let counts = lab.get("/control/rest").await;
    assert_eq!(counts["invalid_requests"], 0, "{counts}");
    lab.stop().await;
}
