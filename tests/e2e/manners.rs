//! What makes the bot good to live with: answers that can be used, that stay true, and a bot that
//! says how it is.

use serde_json::{Value, json};

use crate::{
    lab::{Events, Lab},
    text::plain,
};

fn title(song: &Value) -> String {
    plain(song["title"].as_str().unwrap_or("Untitled"))
}

/// The labels of a message's buttons.
fn labels(message: &Value) -> Vec<String> {
    let rows = message["components"].as_array().into_iter().flatten();
    rows.flat_map(|row| row["components"].as_array().into_iter().flatten())
        .filter_map(|button| Some(button["label"].as_str()?.to_owned()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_answer_to_nowplaying_can_be_refreshed_and_turned_to_the_other_station() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    for station in ["jpop", "kpop"] {
        bot.log().until(0, &["Heard", station]).await;
    }
    let answer = lab.command("nowplaying", json!({}), json!({})).await;
    let message = answer.body["messages"][0].clone();
    assert_eq!(labels(&message)[..3], ["Refresh", "K-pop", "Song page"]);

    let mark = bot.log().mark();
    let song = lab.next_song("jpop").await;
    bot.log().until(mark, &["Heard", "jpop"]).await;
    let refreshed = lab.press(&message, "Refresh").await;
    assert_eq!(refreshed["id"], message["id"]);
    assert!(plain(&refreshed["embeds"].to_string()).contains(&title(&song)));
    let other = lab.press(&refreshed, "K-pop").await;
    let song = lab.on_air("kpop").await;
    assert!(plain(&other["embeds"].to_string()).contains(&title(&song)));
    assert!(labels(&other).contains(&"J-pop".to_owned()));
    let cover = lab.press(&other, "Cover").await;
    let image = cover["embeds"][0]["image"]["url"]
        .as_str()
        .unwrap_or_default();
    assert!(image.contains("/covers/"), "{cover}");
    assert_eq!(cover["flags"].as_u64().unwrap_or(0) & 64, 64, "{cover}");
    lab.stop().await;
}

/// Waits until the message says this.
async fn until_it_says(events: &mut Events, message: &Value, what: &str) -> Value {
    events
        .until(what, |event| {
            let its = event.kind == "message_update" && event.data["id"] == message["id"];
            let text = plain(&event.data["embeds"].to_string());
            (its && text.contains(what)).then(|| event.data.clone())
        })
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_answer_follows_the_songs_until_the_bot_stops() {
    let lab = Lab::start(1).await;
    let bot = lab.bot().await;
    bot.log().until(0, &["Heard", "jpop"]).await;
    let mut events = lab.events().await;
    let answer = lab
        .command("nowplaying", json!({ "live": true }), json!({}))
        .await;
    let message = answer.body["messages"][0].clone();
    assert!(answer.text().contains("Live until"), "{answer:?}");
    assert!(!labels(&message).contains(&"Refresh".to_owned()));
    for _ in 0..2 {
        let song = lab.next_song("jpop").await;
        let edited = until_it_says(&mut events, &message, &title(&song)).await;
        assert!(
            edited["content"]
                .as_str()
                .unwrap_or_default()
                .contains("Live until")
        );
    }
    // A bot that goes leaves no promise behind.
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    let messages = lab.messages(lab.guild(0).await.text()).await;
    let left = messages.iter().find(|it| it["id"] == message["id"]);
    let left = left.expect("the message");
    assert_eq!(left["content"], "", "{left}");
    assert!(labels(left).contains(&"Refresh".to_owned()));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn help_leads_to_each_command_and_about_says_how_the_bot_does() {
    let lab = Lab::start(2).await;
    let bot = lab.bot().await;
    bot.log().until(0, &["commands are registered"]).await;
    bot.log().until(0, &["Heard", "kpop"]).await;
    let answer = lab.command("help", json!({}), json!({})).await;
    assert!(answer.is_ephemeral(), "{answer:?}");
    let text = answer.text();
    for name in [
        "nowplaying",
        "radio join",
        "announce set",
        "status",
        "about",
    ] {
        assert!(text.contains(&format!("</{name}:")), "{name} in {text}");
    }
    // Nothing that cannot be run where somebody asks.
    let state = lab.get("/control/state").await;
    let (me, bot_itself) = (
        &state["guilds"][0]["owner_id"],
        &state["applications"][0]["id"],
    );
    let direct = format!("/control/users/{}/direct", me.as_str().expect("an id"));
    let direct = lab.post(&direct, json!({ "with": bot_itself })).await;
    let place = json!({ "user": me, "channel": direct["channel"] });
    let answer = lab.command("help", json!({}), place).await;
    let text = answer.text();
    assert!(
        text.contains("</nowplaying:") && !text.contains("</radio"),
        "{text}"
    );
    assert!(
        text.contains("`/radio` · `/announce` · `/settings`"),
        "{text}"
    );
    let answer = lab.command("about", json!({}), json!({})).await;
    let text = answer.text();
    for part in [
        "uguisu",
        "1 shard",
        "🟢 LISTEN.moe K-pop",
        "⚪ J-pop stream",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let answer = lab.command("invite", json!({}), json!({})).await;
    let links = answer.body["messages"][0]["components"].to_string();
    assert_eq!(
        links.matches("oauth2/authorize?client_id=").count(),
        2,
        "{links}"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_registered_once_and_the_song_is_the_bots_activity() {
    let lab = Lab::start(1).await;
    let mut events = lab.events().await;
    let bot = lab.bot().await;
    let names = events
        .until("the commands", |event| {
            (event.kind == "command_registration").then(|| event.data["names"].clone())
        })
        .await;
    assert!(names.to_string().contains("history"), "{names}");
    let song = title(&lab.on_air("jpop").await);
    events
        .until("the activity", |event| {
            let activity = plain(&event.data["presence"]["activities"][0]["name"].to_string());
            (event.kind == "bot_presence" && activity.contains(&song)).then_some(())
        })
        .await;
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));

    // Nothing has changed since: nothing is sent again, and the commands are known.
    let mut events = lab.events().await;
    let bot = lab.bot().await;
    bot.log()
        .until(0, &["commands are registered, and unchanged"])
        .await;
    let answer = lab.command("help", json!({}), json!({})).await;
    assert!(answer.text().contains("</about:"), "{answer:?}");
    events
        .until("the answer", |event| {
            assert_ne!(event.kind, "command_registration");
            (event.kind == "interaction" && event.data["state"] == "answered").then_some(())
        })
        .await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_left_while_the_bot_was_away_is_forgotten() {
    let lab = Lab::start(2).await;
    let bot = lab.bot().await;
    let guilds = lab.guilds().await;
    for guild in &guilds {
        let options = json!({ "channel": guild.text() });
        let place = json!({ "guild": guild.id() });
        let answer = lab.command("announce set", options, place).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    let applications = lab.get("/control/state").await["applications"].clone();
    let id = applications[0]["id"].as_str().expect("an id").to_owned();
    let member = format!("/control/guilds/{}/members/{id}", guilds[0].id());
    lab.delete(&member).await;

    let bot = lab.bot().await;
    bot.log()
        .until(0, &["removed from a server", guilds[0].id()])
        .await;
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));
    assert_eq!(lab.targets_of(&guilds[0]).await, 0);
    assert_eq!(lab.targets_of(&guilds[1]).await, 1);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_is_told_of_where_an_account_is_configured() {
    let lab = Lab::start(1).await;
    let names = |commands: &Value| commands.to_string();
    let bot = lab.bot().await;
    bot.log().until(0, &["commands are registered"]).await;
    let commands = lab.get("/control/commands").await;
    assert!(!names(&commands).contains("\"queue\""), "{commands}");
    let (status, _) = bot.terminate().await;
    assert_eq!(status.code(), Some(0));

    let token = [("LISTEN_MOE_TOKEN", "an-account")];
    let bot = lab.bot_before_ready(&token).await;
    bot.until_healthy().await;
    bot.log().until(0, &["commands are registered"]).await;
    // Both forms in which the service tells of it, by turns.
    for _ in 0..4 {
        let mark = bot.log().mark();
        let song = lab.next_song("jpop").await;
        bot.log().until(mark, &["Heard", "jpop"]).await;
        let number = song["number"].as_u64().expect("a number");
        let answer = lab.command("queue", json!({}), json!({})).await;
        let text = answer.text();
        assert!(text.contains(&format!("**{}** song", number % 5)), "{text}");
        let own = text.contains("**1** of them is");
        assert_eq!(own, number % 2 == 1, "{number}: {text}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_changed_on_their_page_which_says_what_was_before() {
    let lab = Lab::start(1).await;
    let _bot = lab.bot().await;
    let guild = lab.guild(0).await;
    let options = json!({ "channel": guild.text(), "quiet": "22-7", "time_zone": "Asia/Tokyo" });
    let answer = lab.command("announce set", options, json!({})).await;
    assert!(
        answer.text().contains("22:00–07:00 (Asia/Tokyo)"),
        "{answer:?}"
    );

    let answer = lab.command("settings", json!({}), json!({})).await;
    assert!(answer.is_ephemeral(), "{answer:?}");
    let page = answer.body["messages"][0].clone();
    let changed = lab.press(&page, "Stay: off").await;
    let text = changed["embeds"].to_string();
    assert!(text.contains("around the clock: on, before: off"), "{text}");

    let choose = async |message: &Value, family: &str, value: String| {
        let rows = message["components"].as_array().into_iter().flatten();
        let mut parts = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
        let is = |part: &&Value| {
            let id = part["custom_id"].as_str();
            id.is_some_and(|id| id.starts_with(&format!("settings:{family}")))
        };
        let id = parts.find(is).expect("a menu")["custom_id"].as_str();
        lab.act(message, id.expect("an id"), &[&value]).await
    };
    let channel = choose(&changed, "pick", format!("{}:jpop", guild.text())).await;
    let edited = choose(&channel, "mode", "edit".to_owned()).await;
    let text = edited["embeds"].to_string();
    assert!(text.contains("one message, kept current"), "{text}");
    assert!(text.contains("Before: a message for each song"), "{text}");
    assert!(text.contains("22:00–07:00"), "the rest stays: {text}");
    // Its nights, and those of the radio, are chosen from lists.
    let nights = lab.press(&edited, "Quiet hours").await;
    let nights = choose(&nights, "quiet", "off".to_owned()).await;
    let text = nights["embeds"].to_string();
    assert!(
        text.contains("quiet 22:00–07:00 (Asia/Tokyo)"),
        "before: {text}"
    );
    let edited = lab.press(&nights, "Channel").await;
    let home = lab.press(&edited, "All settings").await;
    let radio = lab.press(&home, "Radio").await;
    let radio = choose(&radio, "volume", "50".to_owned()).await;
    let text = radio["embeds"].to_string();
    assert!(text.contains("Volume: 50%, before: 100%"), "{text}");
    let home = lab.press(&radio, "All settings").await;
    assert!(
        home["embeds"].to_string().contains("kept current"),
        "{home}"
    );

    // It is for those who manage the server, and for whom they trust with it.
    let somebody = json!({ "user": guild.member(1) });
    let answer = lab.command("settings", json!({}), somebody.clone()).await;
    assert!(answer.is_ephemeral(), "{answer:?}");
    assert!(answer.text().contains("Manage Server"), "{answer:?}");
    let state = lab.get("/control/state").await;
    let guilds = state["guilds"].as_array().expect("guilds");
    let there = guilds.iter().find(|it| it["id"] == guild.id());
    let members = there.expect("the server")["members"].as_array();
    let mut members = members.expect("members").iter();
    let trusted = members.find(|it| {
        let has_role = !it["roles"].as_array().is_none_or(Vec::is_empty);
        has_role && it["bot"] != true && it["can"]["manage_guild"] != true
    });
    let trusted = trusted.expect("somebody with a role");
    let role = trusted["roles"][0].as_str().expect("a role").to_owned();
    let changed = choose(&home, "managers", role.clone()).await;
    let text = changed["embeds"].to_string();
    assert!(text.contains(&format!("<@&{role}>")), "{text}");
    assert!(text.contains("before: nobody"), "{text}");
    let them = json!({ "user": trusted["id"] });
    let answer = lab.command("settings", json!({}), them).await;
    let page = answer.body["messages"][0].clone();
    assert!(page["embeds"].to_string().contains("<@&"), "{answer:?}");
    let user = trusted["id"].as_str().expect("an id");
    let answer = lab.press_as(&page, "settings:stay:off", user).await;
    assert!(
        answer.text().contains("around the clock: off, before: on"),
        "{answer:?}"
    );
    // Whom else is trusted is not theirs to say.
    let body = json!({
        "message": page["id"], "custom_id": "settings:managers", "values": [], "user": user,
    });
    let answer = lab.post("/control/components", body).await;
    assert!(answer.to_string().contains("Manage Server"), "{answer}");
    lab.stop().await;
}
