//! Everybody reads their own language: a caller what is said to them alone, a server what all see.

use serde_json::{Value, json};

use crate::{
    lab::{Guild, Lab},
    text::plain,
};

/// *Manage Server*, bit 5: <https://discord.com/developers/docs/topics/permissions>
const MANAGE_GUILD: u64 = 1 << 5;

/// The member whose client has this language.
fn speaker<'a>(guild: &'a Guild, locale: &str) -> &'a str {
    let members = guild.0["members"].as_array().expect("members");
    let found = members.iter().find(|member| member["locale"] == locale);
    found.expect("a speaker")["id"].as_str().expect("an id")
}

/// Changes a server's language as its owner would, in Discord's own settings: here with the bot's
/// token, to whose role that is permitted first.
async fn set_language(lab: &Lab, guild: &Guild, locale: &str) {
    let roles = guild.0["roles"].as_array().expect("roles");
    let everyone = roles.iter().find(|role| role["id"] == guild.0["id"]);
    let everyone = everyone.expect("everybody's role");
    let held: u64 = everyone["permissions"]
        .as_str()
        .and_then(|bits| bits.parse().ok())
        .expect("permissions");
    let path = format!("/control/guilds/{0}/roles/{0}", guild.id());
    let allowed = (held | MANAGE_GUILD).to_string();
    lab.patch(&path, json!({ "permissions": allowed })).await;
    let address = format!(
        "{}/v10/guilds/{}",
        lab.variable("DISCORD_API_URL"),
        guild.id()
    );
    let answer = reqwest::Client::new()
        .patch(address)
        .header(
            "Authorization",
            format!("Bot {}", lab.variable("DISCORD_TOKEN")),
        )
        .json(&json!({ "preferred_locale": locale }))
        .send()
        .await
        .expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.status());
    lab.patch(&path, json!({ "permissions": held.to_string() }))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_japanese_caller_in_a_german_server() {
    let lab = Lab::of_many_languages().await;
    let guild = Guild(lab.get("/control/state").await["guilds"][0].clone());
    let kaito = speaker(&guild, "ja").to_owned();
    set_language(&lab, &guild, "de").await;
    let bot = lab.bot().await;
    bot.log().until(0, &["Heard", "jpop"]).await;
    let as_kaito = json!({ "user": kaito });

    // For him alone: Japanese.
    lab.enter(&kaito, None).await;
    let answer = lab.command("radio join", json!({}), as_kaito.clone()).await;
    assert!(answer.is_ephemeral());
    let said = answer.text();
    assert!(said.contains("先にボイスチャンネルに参加するか"), "{said}");
    assert!(said.contains("`/ラジオ 参加 チャンネル:`"), "{said}");
    let help = lab.command("help", json!({}), as_kaito.clone()).await;
    assert!(help.text().contains("できること"), "{help:?}");

    // For all: German.
    let song = lab.command("nowplaying", json!({}), as_kaito.clone()).await;
    assert!(!song.is_ephemeral());
    assert!(song.text().contains("▶ Begann <t:"), "{song:?}");
    lab.enter(&kaito, Some(guild.voice())).await;
    let radio = lab.command("radio join", json!({}), as_kaito.clone()).await;
    assert!(radio.text().contains("Viel Spaß!"), "{radio:?}");
    let panel = radio.body["messages"][0].clone();
    let pressed = lab.press(&panel, "K-pop").await;
    let said = pressed["embeds"].to_string();
    assert!(said.contains("K-pop"), "{said}");
    assert!(
        said.contains("läuft in") || said.contains("verbinde"),
        "{said}"
    );

    let kept = json!({ "channel": guild.text(), "mode": "edit" });
    lab.command("announce set", kept, json!({})).await;
    let mut events = lab.events().await;
    lab.next_song("jpop").await;
    let kept = events
        .until("a message that is kept", |event| {
            let here = event.data["channel_id"] == guild.text();
            let is_it = here && event.data["embeds"].to_string().contains("Hörer");
            (event.kind == "message_create" && is_it).then(|| event.data["id"].clone())
        })
        .await;

    let live = json!({ "live": true });
    let live = lab.command("nowplaying", live, as_kaito.clone()).await;
    assert!(live.text().contains("▶ Begann <t:"), "{live:?}");
    let live = &live.body["messages"][0]["id"];

    // Until the server chooses another, which it does on the page with its settings. What was
    // chosen outlives a restart.
    let page = lab.command("settings", json!({}), json!({})).await;
    let message = page.body["messages"][0].clone();
    let said = page.text();
    assert!(said.contains("As Discord has it: Deutsch"), "{said}");
    let chosen = lab.act(&message, "settings:language", &["fr"]).await;
    let said = chosen["embeds"].to_string();
    assert!(
        said.contains("Français, before: As Discord has it: Deutsch"),
        "{said}"
    );
    // What is kept current is so at once, and an answer that is kept up to date with its next edit.
    let mut missing = vec![
        (&panel["id"], "dans <#"),
        (&kept, "auditeur"),
        (live, "▶ Commencé <t:"),
    ];
    while !missing.is_empty() {
        let seen = events
            .until(&format!("in French: {missing:?}"), |event| {
                let (id, said) = (&event.data["id"], event.data["embeds"].to_string());
                let is = |(kept, word): &(&Value, &str)| *kept == id && said.contains(word);
                missing.iter().position(is)
            })
            .await;
        missing.remove(seen);
    }
    let romaji = lab.press(&chosen, "Romaji").await;
    assert!(
        romaji["embeds"].to_string().contains("in romaji"),
        "{romaji}"
    );
    bot.terminate().await;
    let bot = lab.bot().await;
    bot.log().until(0, &["Heard", "jpop"]).await;
    let romaji = loop {
        let mark = bot.log().mark();
        let song = lab.next_song("jpop").await;
        bot.log().until(mark, &["Heard", "jpop"]).await;
        let names = &song["song"];
        let romaji = names["titleRomaji"].as_str().map(plain).unwrap_or_default();
        if names["title"].is_string() && !romaji.is_empty() {
            break romaji;
        }
    };
    let jpop = json!({ "station": "jpop" });
    let song = lab.command("nowplaying", jpop.clone(), as_kaito).await;
    assert!(song.text().contains("▶ Commencé <t:"), "{song:?}");
    let title = song.embed()["title"].as_str().map(plain);
    assert_eq!(title, Some(romaji.clone()));
    lab.until_says("history", jpop, json!({}), &romaji).await;

    // A channel may have a language of its own.
    let set = json!({ "channel": guild.text(), "language": "ko", "mode": "post" });
    let answer = lab.command("announce set", set, json!({})).await;
    assert!(answer.text().contains("한국어"), "{answer:?}");
    let mut events = lab.events().await;
    lab.next_song("jpop").await;
    let posted = events
        .until("an announcement", |event| {
            let here = event.data["channel_id"] == guild.text();
            (event.kind == "message_create" && here).then(|| event.data["embeds"].to_string())
        })
        .await;
    assert!(posted.contains("청취자"), "{posted}");
    drop(bot);
    lab.stop().await;
}
