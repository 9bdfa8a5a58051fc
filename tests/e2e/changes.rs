//! Every change says what was before, in every language: by a command, a button or a menu.

use serde_json::{Value, json};

use crate::{
    lab::{Answer, Guild, Lab},
    webhooks,
};

/// A second voice channel.
const BALCONY: &str = "Balcony";

/// A locale of each language, and how it says "before".
const LANGUAGES: [(&str, &str); 8] = [
    ("en-US", "before"),
    ("ja", "以前"),
    ("ko", "이전"),
    ("es-ES", "antes"),
    ("pt-BR", "antes"),
    ("de", "vorher"),
    ("fr", "avant"),
    ("zh-CN", "之前"),
];

/// The text says what was before, and that it was this.
fn assert_before(text: &str, before: &str, was: &str, what: &str) {
    let mut lines = text.lines().filter(|it| it.to_lowercase().contains(before));
    assert!(
        lines.any(|line| line.contains(was)),
        "{what}: not that it was {was:?} before in {text:?}"
    );
}

/// What a card says above its fields.
fn description(message: &Value) -> &str {
    let embed = &message["embeds"][0];
    embed["description"].as_str().unwrap_or_default()
}

/// The commands that change the radio, and the buttons of its message.
async fn change_the_radio(lab: &Lab, guild: &Guild, role: &str, before: &str) {
    lab.enter(guild.member(0), Some(guild.voice())).await;
    let joined = lab.command("radio join", json!({}), json!({})).await;
    assert!(joined.status.is_success(), "{joined:?}");
    let panel = &joined.body["messages"][0];
    let mention = format!("<@&{role}>");
    for (command, options, was) in [
        ("radio volume", json!({ "level": 60 }), "100%"),
        ("radio station", json!({ "station": "kpop" }), "J-pop"),
        ("radio stay", json!({ "mode": "on" }), "5"),
        ("radio stay", json!({ "mode": "off", "minutes": 9 }), ""),
        ("radio dj", json!({ "role": role }), ""),
        ("radio dj", json!({}), mention.as_str()),
        ("radio settings", json!({ "voice_status": "off" }), ""),
        ("radio settings", json!({ "stage_topic": "on" }), ""),
    ] {
        let answer = lab.command(command, options, json!({})).await;
        assert_before(&answer.text(), before, was, command);
    }
    let place = format!("<#{}>", guild.voice());
    for (button, was) in [
        ("radio:volume:10", "60%"),
        ("radio:station:jpop", "K-pop"),
        ("radio:stop", place.as_str()),
    ] {
        let message = lab.act(panel, button, &[]).await;
        assert_before(description(&message), before, was, button);
    }
    let again = lab.command("radio join", json!({}), json!({})).await;
    assert!(again.status.is_success(), "{again:?}");
    let other = guild.voice_named(BALCONY);
    let moved = json!({ "channel": other });
    let moved = lab.command("radio join", moved, json!({})).await;
    assert_before(&moved.text(), before, &place, "radio join elsewhere");
    let left = lab.command("radio leave", json!({}), json!({})).await;
    let place = format!("<#{other}>");
    assert_before(&left.text(), before, &place, "radio leave");
}

async fn announce(lab: &Lab, options: Value) -> Answer {
    let answer = lab.command("announce set", options, json!({})).await;
    assert!(answer.status.is_success(), "{answer:?}");
    answer
}

/// Everything on the page with the settings.
async fn change_on_the_page(lab: &Lab, guild: &Guild, role: &str, before: &str) {
    let channel = guild.text();
    announce(lab, json!({ "channel": channel })).await;
    let answer = lab.command("settings", json!({}), json!({})).await;
    let mut page = answer.body["messages"][0].clone();
    let picked = format!("{channel}:jpop");
    let of = |item: &str| format!("settings:{item}:{channel}:jpop");
    for (id, values, was) in [
        ("settings:stay:on".to_owned(), &[][..], ""),
        ("settings:status:on".to_owned(), &[][..], ""),
        ("settings:topic:off".to_owned(), &[][..], ""),
        ("settings:romaji:on".to_owned(), &[][..], ""),
        ("settings:managers".to_owned(), &[role][..], ""),
        ("settings:language".to_owned(), &["fr"][..], ""),
        ("settings:volume".to_owned(), &["30"][..], "%"),
        ("settings:alone".to_owned(), &["30"][..], ""),
        ("settings:alone".to_owned(), &["always"][..], "30"),
        ("settings:dj".to_owned(), &[role][..], ""),
        ("settings:dj".to_owned(), &[][..], role),
        (of("mode"), &["replace"][..], ""),
        (of("card"), &["compact"][..], ""),
        (of("pause"), &["15"][..], ""),
        (of("role"), &[role][..], "15"),
        (of("webhook:on"), &[][..], role),
        (of("webhook:off"), &[][..], role),
        (of("quiet"), &["22:00-07:00"][..], role),
        (of("zone"), &["Asia/Tokyo"][..], "UTC"),
        (of("tongue"), &["ko"][..], "Tokyo"),
        (of("remove"), &[][..], "한국어"),
    ] {
        let leads = [
            ("volume", "settings:radio".to_owned(), &[][..]),
            ("mode", "settings:pick".to_owned(), &[picked.as_str()][..]),
            ("quiet", of("night"), &[][..]),
            ("tongue", of("tongues"), &[][..]),
            ("remove", of("target"), &[][..]),
        ];
        // Those on another page.
        for (item, lead, chosen) in leads {
            if id.split(':').nth(1) == Some(item) {
                if item == "mode" {
                    page = lab.act(&page, "settings:home", &[]).await;
                }
                if item == "tongue" {
                    page = lab.act(&page, &of("target"), &[]).await;
                }
                page = lab.act(&page, &lead, chosen).await;
            }
        }
        page = lab.act(&page, &id, values).await;
        assert_before(description(&page), before, was, &id);
    }
}

/// The commands about announcements.
async fn change_announcements(lab: &Lab, guild: &Guild, before: &str) {
    let channel = guild.text();
    for options in [
        json!({ "channel": channel }),
        json!({ "channel": channel, "station": "kpop" }),
    ] {
        announce(lab, options).await;
    }
    let changed = announce(lab, json!({ "channel": channel, "mode": "edit" })).await;
    assert_before(&changed.text(), before, "", "announce set");
    let options = json!({ "channel": channel, "quiet": "1-2", "language": "ko" });
    announce(lab, options).await;
    let off = lab
        .command("announce off", json!({ "channel": channel }), json!({}))
        .await;
    assert_before(&off.text(), before, "한국어", "announce off");
    assert!(off.text().contains("K-pop"), "{off:?}");
    announce(lab, json!({ "channel": channel })).await;
    let off = lab.command("announce off", json!({}), json!({})).await;
    assert_before(
        &off.text(),
        before,
        &format!("<#{channel}>"),
        "announce off",
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_change_says_what_was_before_in_every_language() {
    for (locale, before) in LANGUAGES {
        let lab = Lab::speaking(locale).await;
        let guild = lab.guild(0).await;
        let channels = format!("/control/guilds/{}/channels", guild.id());
        let balcony = json!({ "name": BALCONY, "type": 2 });
        lab.post(&channels, balcony).await;
        webhooks::grant(&lab, &guild, true).await;
        let bot = lab.bot().await;
        let guild = Guild(lab.get("/control/state").await["guilds"][0].clone());
        let roles = guild.0["roles"].as_array().expect("roles");
        let mut roles = roles.iter().filter_map(|role| role["id"].as_str());
        let role = roles.find(|role| *role != guild.id()).expect("a role");
        change_the_radio(&lab, &guild, role, before).await;
        change_on_the_page(&lab, &guild, role, before).await;
        change_announcements(&lab, &guild, before).await;
        drop(bot);
        lab.stop().await;
    }
}
