//! The rules that whatever is made of hostile text must obey.

use serenity::all::{CreateActionRow, CreateEmbed};

use crate::discord::escape;

/// Nothing in `text` can be read as a mention, an emoji, a command or a time, by anyone.
pub(in crate::discord) fn assert_mentions_nobody(text: &str) {
    let lower = text.to_lowercase();
    for live in [
        "<@",
        "<#",
        "</",
        "<:",
        "<a:",
        "<t:",
        "<id:",
        "@everyone",
        "@here",
    ] {
        assert!(!lower.contains(live), "{live} in {text:?}");
    }
}

/// `text` formats nothing when Discord renders it at the start of a line.
pub(in crate::discord) fn assert_inert_markdown(text: &str) {
    let mut rest = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            let escaped = chars.next();
            assert!(
                escaped.is_some_and(|c| c.is_ascii_punctuation()),
                "dangling escape in {text:?}"
            );
            rest.push('\u{1}');
        } else {
            rest.push(c);
        }
    }
    assert!(
        !rest.contains(['*', '_', '~', '`', '|', '[', ']', '<']),
        "live markdown in {text:?}"
    );
    assert!(!rest.contains("://"), "a link in {text:?}");
    assert!(
        !rest.starts_with(['#', '>']) && !rest.starts_with("- "),
        "a block in {text:?}"
    );
}

/// `embed` is one that Discord takes, and mentions nobody.
/// <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>
pub(in crate::discord) fn assert_valid(embed: &CreateEmbed) {
    assert!(length_of_valid(embed) <= 6000, "too much in all");
}

/// The same for all embeds of a message: what they say together is limited as well.
pub(in crate::discord) fn assert_all_valid(embeds: &[CreateEmbed]) {
    assert!((1..=10).contains(&embeds.len()));
    let total: usize = embeds.iter().map(length_of_valid).sum();
    assert!(total <= 6000, "{total} in all");
}

/// `embed` is one that Discord takes; it may mention what the bot itself mentions.
pub(in crate::discord) fn assert_fits(embed: &CreateEmbed) {
    assert!(length_of(embed, |_| ()) <= 6000, "too much in all");
}

fn length_of_valid(embed: &CreateEmbed) -> usize {
    length_of(embed, |text| assert_mentions_nobody(&without_times(text)))
}

fn length_of(embed: &CreateEmbed, look_at: impl Fn(&str)) -> usize {
    let json = serde_json::to_value(embed).expect("serializes");
    let mut total = 0;
    let mut check = |value: &serde_json::Value, max: usize| {
        if let Some(text) = value.as_str() {
            assert!(
                escape::length(text) <= max,
                "{} > {max}: {text:?}",
                escape::length(text)
            );
            assert_eq!(text.trim(), text, "Discord trims, and counts what is left");
            assert!(!text.is_empty());
            total += escape::length(text);
            look_at(text);
        }
    };
    check(&json["title"], 256);
    check(&json["description"], 4096);
    check(&json["author"]["name"], 256);
    check(&json["footer"]["text"], 2048);
    let fields = json["fields"].as_array().cloned().unwrap_or_default();
    assert!(fields.len() <= 25);
    for field in &fields {
        assert!(field["name"].is_string() && field["value"].is_string());
        check(&field["name"], 256);
        check(&field["value"], 1024);
    }
    let seen = ["title", "description", "author", "fields"];
    assert!(
        seen.iter().any(|part| !json[part].is_null()),
        "an empty embed"
    );
    for address in [
        &json["url"],
        &json["thumbnail"]["url"],
        &json["image"]["url"],
        &json["author"]["url"],
        &json["author"]["icon_url"],
        &json["footer"]["icon_url"],
    ] {
        if let Some(address) = address.as_str() {
            assert!(address.starts_with("http://") || address.starts_with("https://"));
            assert!(address.len() <= 2048 && address.is_ascii(), "{address:?}");
        }
    }
    total
}

/// Takes out the times that the cards themselves write, `<t:1:R>`.
fn without_times(text: &str) -> String {
    let mut parts = text.split("<t:");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let time = part.split_once('>').and_then(|(time, rest)| {
            let (seconds, style) = time.split_once(':')?;
            let ours = seconds.parse::<i64>().is_ok() && ["R", "t", "f"].contains(&style);
            ours.then_some(rest)
        });
        if let Some(rest) = time {
            out.push_str(rest);
        } else {
            out.push_str("<t:");
            out.push_str(part);
        }
    }
    out
}

/// The rows of buttons are ones that Discord takes.
/// <https://discord.com/developers/docs/components/reference#button-button-structure>
pub(in crate::discord) fn assert_valid_buttons(rows: &[CreateActionRow]) {
    let rows = serde_json::to_value(rows).expect("serializes");
    let mut ids = Vec::new();
    for row in rows.as_array().expect("rows") {
        let buttons = row["components"].as_array().expect("buttons");
        assert!((1..=5).contains(&buttons.len()));
        for button in buttons {
            if let Some(label) = button["label"].as_str() {
                assert!((1..=80).contains(&escape::length(label)), "{label:?}");
            }
            if let Some(text) = button["placeholder"].as_str() {
                assert!((1..=150).contains(&escape::length(text)), "{text:?}");
            }
            for option in button["options"].as_array().into_iter().flatten() {
                for part in [&option["label"], &option["description"]] {
                    let length = part.as_str().map(escape::length);
                    assert!(length.is_none_or(|length| (1..=100).contains(&length)));
                }
            }
            match (button["custom_id"].as_str(), button["url"].as_str()) {
                (Some(id), None) => {
                    assert!((1..=100).contains(&escape::length(id)), "{id:?}");
                    assert!(!ids.contains(&id.to_owned()), "{id:?} twice");
                    ids.push(id.to_owned());
                }
                (None, Some(url)) => {
                    assert!(url.starts_with("https://") && url.is_ascii() && url.len() <= 512);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
