//! `/status`: what people see of a presence, who may see it where, and cards that stay true.

use std::time::Instant;

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::{
    bot::Bot,
    lab::{Answer, Events, Guild, Lab, PATIENCE},
    text::plain,
    webhooks::no_limit_was_reached,
};

/// A sandbox with a bot that knows everybody's presence.
async fn start() -> (Lab, Bot, Guild) {
    let lab = Lab::start(2).await;
    let bot = lab.bot().await;
    bot.log().until(0, &["Connected", "lanyard"]).await;
    bot.log().until(0, &["Heard", "jpop"]).await;
    let guild = lab.guild(0).await;
    (lab, bot, guild)
}

async fn end(lab: Lab, bot: Bot) {
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    lab.stop().await;
}

/// Everything that anybody does, taken away.
fn nothing() -> Value {
    json!({
        "discord_status": "online", "spotify": null, "activities": [], "kv": {},
        "active_on_discord_web": false, "active_on_discord_desktop": true,
        "active_on_discord_mobile": false, "active_on_discord_embedded": false,
    })
}

/// Changes somebody's presence.
async fn set(lab: &Lab, user: &str, change: Value) {
    let path = format!("/control/lanyard/users/{user}");
    lab.post(&path, change).await;
}

/// Asks until the answer says this: presences come to the bot in their own time. Whoever asks does
/// nothing else in these tests: who asks often has to wait.
async fn until_status_says(lab: &Lab, user: &str, what: &str) -> Answer {
    let asker = lab.guild(0).await.member(5).to_owned();
    let who = json!({ "user": asker });
    lab.until_says("status", json!({ "user": user }), who, what)
        .await
}

/// Waits until a message is edited so that it says this.
async fn until_edited(events: &mut Events, message: &Value, what: &str) -> Value {
    let id = message["id"].clone();
    events
        .until(&format!("an edit that says {what:?}"), |event| {
            let edited = event.kind == "message_update" && event.data["id"] == id;
            (edited && event.data.to_string().contains(what)).then(|| event.data.clone())
        })
        .await
}

/// The ids of a message's buttons.
fn buttons(message: &Value) -> Vec<String> {
    let row = message["components"][0]["components"].as_array();
    let ids = row
        .into_iter()
        .flatten()
        .filter_map(|it| it["custom_id"].as_str());
    ids.map(str::to_owned).collect()
}

fn button(message: &Value, what: &str) -> String {
    let found = buttons(message).into_iter().find(|id| id.contains(what));
    found.unwrap_or_else(|| panic!("no button {what}: {message}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_shows_a_presence_with_its_pictures_and_nothing_it_says_is_live_markdown() {
    let (lab, bot, guild) = start().await;
    let somebody = guild.member(1);
    let now = time::OffsetDateTime::now_utc().unix_timestamp() * 1000;
    let mut presence = nothing();
    for (key, value) in json!({
        "discord_status": "dnd",
        "active_on_discord_mobile": true,
        "activities": [
            {
                "id": "custom", "type": 4, "name": "Custom Status", "state": "*not* bold @everyone",
                "emoji": {"name": "jam", "id": "300000000000000042", "animated": true}
            },
            {
                "id": "game", "type": 0, "name": "Untitled ~~Goose~~ Game", "details": "[x](https://x.example)",
                "application_id": "383226320970055681", "party": {"size": [2, 4]},
                "assets": {"large_image": "mp:external/aB/https/x.example/goose.png", "small_image": "565945770067623946"},
                "timestamps": {"start": now - 3_600_000}
            },
            {"id": "tv", "type": 3, "name": "Crunchyroll", "details": "Episode 7"}
        ],
        "spotify": {
            "track_id": "6zYkFwAbC", "song": "Lanterns *Underwater*", "artist": "A; B", "album": "Post",
            "album_art_url": "https://i.scdn.co/image/abc", "timestamps": {"start": now - 1000, "end": now + 200_000}
        },
    })
    .as_object()
    .expect("an object")
    {
        presence[key] = value.clone();
    }
    set(&lab, somebody, presence).await;
    let answer = until_status_says(&lab, somebody, "Crunchyroll").await;
    assert!(!answer.is_ephemeral(), "{answer:?}");
    let message = &answer.body["messages"][0];
    let embeds = message["embeds"].as_array().expect("embeds");
    let [person, song, game] = &embeds[..] else {
        panic!("{embeds:?}")
    };
    assert_eq!(person["color"], 0x00f2_3f43);
    assert_eq!(
        person["author"]["icon_url"],
        "https://cdn.discordapp.com/emojis/300000000000000042.gif"
    );
    // An author's name renders no markdown.
    assert!(
        plain(&answer.text()).contains("notboldeveryone"),
        "{answer:?}"
    );
    let description = person["description"].as_str().expect("a description");
    assert!(description.contains("Do Not Disturb") && description.contains("Mobile"));
    assert!(
        person["fields"][0]["value"]
            .to_string()
            .contains("Episode 7")
    );
    assert_eq!(song["title"], "Lanterns \\*Underwater\\*");
    assert_eq!(song["thumbnail"]["url"], "https://i.scdn.co/image/abc");
    assert!(song["description"].to_string().contains(":R>"));
    assert_eq!(game["title"], "Untitled \\~\\~Goose\\~\\~ Game");
    assert_eq!(
        game["thumbnail"]["url"],
        "https://media.discordapp.net/external/aB/https/x.example/goose.png"
    );
    assert!(game["description"].to_string().contains("(2 of 4)"));
    assert!(!answer.text().contains("](https://x.example"), "{answer:?}");
    assert!(message["mentions"].as_array().is_none_or(Vec::is_empty));
    let links = message["components"].to_string();
    assert!(links.contains("https://open.spotify.com/track/6zYkFwAbC"));

    // The button draws it as it is by then.
    set(
        &lab,
        somebody,
        json!({ "discord_status": "idle", "spotify": null }),
    )
    .await;
    until_status_says(&lab, somebody, "Idle").await;
    let refresh = button(message, "refresh");
    let pressed = lab.press_as(message, &refresh, guild.member(0)).await;
    assert!(pressed.status.is_success(), "{pressed:?}");
    assert_eq!(pressed.body["messages"][0]["id"], message["id"]);
    assert!(pressed.text().contains("Idle") && !pressed.text().contains("Lanterns"));
    end(lab, bot).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_on_lanyard_learns_how_to_join_and_age_is_shown() {
    let (lab, bot, guild) = start().await;
    let somebody = guild.member(1);
    let refused = json!({"target": "lanyard", "fault": "refuse"});
    lab.fault(refused).await;
    lab.fault(json!({"target": "lanyard", "fault": "cut"}))
        .await;
    let answer = until_status_says(&lab, somebody, "cannot be reached").await;
    assert!(answer.text().contains("this was true <t:"), "{answer:?}");
    end(lab, bot).await;

    let lab = Lab::start(1).await;
    let guild = lab.guild(0).await;
    let somebody = guild.member(1);
    lab.delete(&format!("/control/lanyard/users/{somebody}"))
        .await;
    let bot = lab.bot().await;
    let answer = until_status_says(&lab, somebody, "discord.gg/lanyard").await;
    assert!(answer.is_ephemeral(), "{answer:?}");
    end(lab, bot).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_about_members_of_the_server_or_about_oneself() {
    let (lab, bot, guild) = start().await;
    let other = guild.member(1);
    let elsewhere = lab.guild(1).await;
    let members: Vec<&str> = (0..7).map(|n| guild.member(n)).collect();
    let stranger = elsewhere.member(0);
    assert!(!members.contains(&stranger));
    let app = lab.get("/control/applications").await[0]["id"].clone();
    let app = app.as_str().expect("an id");
    let ask = async |me: &str, command: &str, whom: &str, place: &Value| {
        let mut who = place.clone();
        who["user"] = me.into();
        let options = if command == "status" {
            json!({ "user": whom })
        } else {
            who["target"] = whom.into();
            json!({})
        };
        let answer = lab.command(command, options, who).await;
        assert!(answer.status.is_success(), "{answer:?}");
        answer
    };
    let direct = async |me: &str, with: &str| {
        let path = format!("/control/users/{me}/direct");
        let opened = lab.post(&path, json!({ "with": with })).await;
        json!({ "channel": opened["channel"] })
    };
    let server = json!({ "guild": guild.id() });
    // Each asks as often as one may without a pause.
    for (me, command) in [
        (guild.member(2), "status"),
        (guild.member(3), "Live status"),
    ] {
        let (dm, private) = (direct(me, app).await, direct(me, other).await);
        lab.put(
            &format!("/control/users/{me}/applications/{app}"),
            Value::Null,
        )
        .await;
        for place in [&server, &dm, &private] {
            let answer = ask(me, command, me, place).await;
            assert!(!answer.is_ephemeral(), "oneself in {place}: {answer:?}");
            // No more than a few live cards for one person.
            let message = &answer.body["messages"][0];
            if command == "Live status" {
                lab.press_as(message, &button(message, "stop"), me).await;
            }
            let bot = ask(me, command, app, place).await;
            assert!(bot.text().contains("is a bot"), "{bot:?}");
        }
        let answer = ask(me, command, other, &server).await;
        assert!(!answer.is_ephemeral(), "{answer:?}");
        for (whom, place, why) in [
            (stranger, &server, "not a member"),
            (other, &dm, "only your own"),
            (other, &private, "only your own"),
        ] {
            let answer = ask(me, command, whom, place).await;
            assert!(
                answer.is_ephemeral() && answer.embed().is_null(),
                "{answer:?}"
            );
            assert!(answer.text().contains(why), "{answer:?}");
        }
    }
    // More often than that nobody is answered. All at once, because turns come back with time.
    let (hasty, begun) = (guild.member(4), Instant::now());
    loop {
        let asked = (0..12).map(|_| ask(hasty, "status", hasty, &server));
        let answers = join_all(asked).await;
        let refused = |answer: &Answer| answer.text().contains("One moment");
        if answers.iter().any(|it| it.is_ephemeral() && refused(it)) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{answers:?}");
    }
    let me = guild.member(0);
    lab.put(
        &format!("/control/users/{me}/applications/{app}"),
        Value::Null,
    )
    .await;
    // In a server that the bot is not in, one brings it along for oneself.
    lab.delete(&format!("/control/guilds/{}/members/{app}", guild.id()))
        .await;
    bot.log().until(0, &["removed from a server"]).await;
    assert!(!ask(me, "status", me, &server).await.is_ephemeral());
    let answer = ask(me, "status", other, &server).await;
    assert!(answer.text().contains("only your own"), "{answer:?}");
    // The radio stays where the bot is.
    let answer = lab
        .command(
            "radio status",
            json!({}),
            json!({ "user": me, "guild": guild.id() }),
        )
        .await;
    assert_eq!(answer.status.as_u16(), 400, "{answer:?}");
    end(lab, bot).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_card_follows_what_is_visible_until_it_is_stopped() {
    let (lab, bot, guild) = start().await;
    let (me, somebody, other) = (guild.member(0), guild.member(1), guild.member(2));
    set(&lab, somebody, nothing()).await;
    until_status_says(&lab, somebody, "Online").await;
    let mut events = lab.events().await;
    let answer = lab
        .command(
            "status",
            json!({ "user": somebody, "live": true }),
            json!({ "user": me }),
        )
        .await;
    assert!(answer.text().contains("🔴 Live"), "{answer:?}");
    let message = answer.body["messages"][0].clone();

    // What nobody sees is not shown; what follows is, in one edit.
    set(&lab, somebody, json!({ "kv": { "motto": "slow" } })).await;
    let radio = json!([{ "id": "x", "type": 2, "name": "LISTEN.moe", "details": "J-pop" }]);
    set(&lab, somebody, json!({ "activities": radio })).await;
    let song = lab.on_air("jpop").await;
    let edited = until_edited(&mut events, &message, "Listening to LISTEN.moe").await;
    let text = edited["embeds"].to_string();
    assert!(
        plain(&text).contains(&plain(song["title"].as_str().expect("a title"))),
        "{text}"
    );

    // The song changes on air, and so it does on the card.
    let next = lab.next_song("jpop").await;
    let page = format!("https://listen.moe/songs/{}", next["song"]["id"]);
    until_edited(&mut events, &message, &page).await;

    // A button that others may press, and one that they may not.
    let stop = button(&edited, "stop");
    let refused = lab.press_as(&message, &stop, other).await;
    assert!(refused.is_ephemeral(), "{refused:?}");
    assert!(refused.text().contains("stops by itself"), "{refused:?}");
    let refreshed = lab
        .press_as(&message, &button(&edited, "refresh"), other)
        .await;
    assert!(refreshed.status.is_success(), "{refreshed:?}");
    assert!(lab.press_as(&message, &stop, me).await.status.is_success());
    let still = until_edited(&mut events, &message, "status:live:").await;
    assert!(!still.to_string().contains("🔴 Live ·"), "{still}");

    // Live again, by its button; then they do not want to be shown any more.
    let live = button(&still, "live");
    assert!(lab.press_as(&still, &live, other).await.status.is_success());
    let again = until_edited(&mut events, &message, "🔴 Live ·").await;
    assert!(buttons(&again).iter().any(|id| id.contains("stop")));
    set(&lab, somebody, json!({ "kv": { "uguisu": "off" } })).await;
    let hidden = until_edited(&mut events, &message, "not to be shown").await;
    assert!(
        !hidden["embeds"].to_string().contains("LISTEN.moe"),
        "{hidden}"
    );
    assert!(buttons(&hidden).is_empty(), "{hidden}");
    end(lab, bot).await;
}

/// Discord says only so often who is in a server: ten times in ten seconds, in the sandbox.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_refresh_a_card_at_once() {
    let (lab, bot, guild) = start().await;
    let somebody = guild.member(1);
    set(&lab, somebody, nothing()).await;
    let answer = until_status_says(&lab, somebody, "Online").await;
    let message = &answer.body["messages"][0];
    let refresh = button(message, "refresh");
    let others = [2, 3, 4, 5].map(|index| guild.member(index));
    let presses = others.into_iter().cycle().take(16);
    let presses = presses.map(|who| lab.press_as(message, &refresh, who));
    for pressed in futures_util::future::join_all(presses).await {
        assert!(pressed.status.is_success(), "{pressed:?}");
        assert!(!pressed.text().contains("reference"), "{pressed:?}");
    }
    no_limit_was_reached(&lab).await;
    end(lab, bot).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_card_ends_when_whom_it_shows_is_in_the_server_no_more() {
    let (lab, bot, guild) = start().await;
    let (me, somebody) = (guild.member(0), guild.member(1));
    set(&lab, somebody, nothing()).await;
    until_status_says(&lab, somebody, "Online").await;
    let mut events = lab.events().await;
    let options = json!({ "user": somebody, "live": true });
    let answer = lab.command("status", options, json!({ "user": me })).await;
    assert!(answer.text().contains("🔴 Live"), "{answer:?}");
    let message = answer.body["messages"][0].clone();

    lab.delete(&format!(
        "/control/guilds/{}/members/{somebody}",
        guild.id()
    ))
    .await;
    let game = json!([{ "id": "x", "type": 0, "name": "Moss Garden" }]);
    set(&lab, somebody, json!({ "activities": game })).await;
    let gone = until_edited(&mut events, &message, "left this server").await;
    assert_eq!(gone["embeds"], json!([]), "{gone}");
    assert!(buttons(&gone).is_empty(), "{gone}");
    assert!(!gone.to_string().contains("Moss Garden"), "{gone}");
    end(lab, bot).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_leaves_no_card_that_claims_to_be_live_and_buttons_that_answer() {
    let (lab, bot, guild) = start().await;
    let (me, somebody) = (guild.member(0), guild.member(1));
    let live = async || {
        let options = json!({ "user": somebody, "live": true });
        let answer = lab.command("status", options, json!({ "user": me })).await;
        assert!(answer.text().contains("🔴 Live"), "{answer:?}");
        answer.body["messages"][0].clone()
    };
    set(&lab, somebody, nothing()).await;
    until_status_says(&lab, somebody, "Online").await;
    let first = live().await;
    let mut events = lab.events().await;
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    let still = until_edited(&mut events, &first, "status:live:").await;
    assert!(!still.to_string().contains("🔴 Live ·"), "{still}");

    // A crash has no time for that.
    let bot = lab.bot().await;
    until_status_says(&lab, somebody, "Online").await;
    let second = live().await;
    bot.kill().await;
    let bot = lab.bot().await;
    until_status_says(&lab, somebody, "Online").await;
    for what in ["refresh", "stop"] {
        let pressed = lab.press_as(&second, &button(&second, what), me).await;
        assert!(pressed.status.is_success(), "{pressed:?}");
        let message = &pressed.body["messages"][0];
        assert_eq!(message["id"], second["id"]);
        assert!(!message.to_string().contains("🔴 Live ·"), "{message}");
        if what == "refresh" {
            // The next press is of the message as it was before.
            assert!(buttons(message).iter().any(|id| id.contains("live")));
            break;
        }
    }
    // One of the first card, from before both.
    let pressed = lab.press_as(&still, &button(&still, "refresh"), me).await;
    assert!(pressed.text().contains("Online"), "{pressed:?}");
    end(lab, bot).await;
}
