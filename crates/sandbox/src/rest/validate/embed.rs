//! Embeds: <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>.

use serde_json::{Map, Value, json};

use crate::rest::form::Fields;
use crate::world::iso;

/// All texts of all embeds of a message together.
const TOTAL: usize = 6_000;
const LINKS: &[&str] = &["http", "https"];
const MEDIA: &[&str] = &["http", "https", "attachment"];

/// The `embeds` of a body, none when the field is missing.
pub(crate) fn list(body: &Fields<'_>) -> Option<Vec<Value>> {
    if !body.has("embeds") {
        return None;
    }
    let embeds = body.objects("embeds", 0..=10).unwrap_or_default();
    let mut total = 0;
    let stored = embeds.iter().map(|embed| one(embed, &mut total)).collect();
    if total > TOTAL {
        body.fail(
            "embeds",
            "MAX_EMBED_SIZE_EXCEEDED",
            "Embed size exceeds maximum size of 6000",
        );
    }
    Some(stored)
}

fn one(embed: &Fields<'_>, total: &mut usize) -> Value {
    let mut out = Map::new();
    let mut count = |text: &str| *total += text.chars().count();
    out.insert("type".to_owned(), "rich".into());
    if let Some(title) = embed.text("title", 0..=256).filter(|text| !text.is_empty()) {
        count(title);
        out.insert("title".to_owned(), title.into());
    }
    if let Some(text) = embed
        .text("description", 0..=4096)
        .filter(|text| !text.is_empty())
    {
        count(text);
        out.insert("description".to_owned(), text.into());
    }
    if let Some(url) = embed.url("url", 2048, LINKS) {
        out.insert("url".to_owned(), url.into());
    }
    if let Some(colour) = embed.integer("color", 0..=0xFF_FFFF) {
        out.insert("color".to_owned(), colour.into());
    }
    if let Some(at) = embed.time("timestamp") {
        out.insert("timestamp".to_owned(), iso(at).into());
    }
    if let Some(author) = embed.object("author") {
        let name = author.required_text("name", 1..=256);
        let mut part = json!({"name": name});
        count(name.unwrap_or_default());
        if let Some(url) = author.url("url", 2048, LINKS) {
            part["url"] = url.into();
        }
        if let Some(url) = author.url("icon_url", 2048, MEDIA) {
            part["icon_url"] = url.into();
        }
        out.insert("author".to_owned(), part);
    }
    if let Some(footer) = embed.object("footer") {
        let text = footer.required_text("text", 1..=2048);
        let mut part = json!({"text": text});
        count(text.unwrap_or_default());
        if let Some(url) = footer.url("icon_url", 2048, MEDIA) {
            part["icon_url"] = url.into();
        }
        out.insert("footer".to_owned(), part);
    }
    for name in ["image", "thumbnail"] {
        if let Some(picture) = embed.object(name) {
            if picture.get("url").is_none() {
                picture.required("url");
            }
            if let Some(url) = picture.url("url", 2048, MEDIA) {
                // Discord fetches it to learn its size; there is nobody to ask here.
                out.insert(
                    name.to_owned(),
                    json!({"url": url, "width": 0, "height": 0, "flags": 0}),
                );
            }
        }
    }
    if let Some(fields) = embed.objects("fields", 0..=25) {
        let fields: Vec<Value> = fields
            .iter()
            .map(|field| {
                let name = field.required_text("name", 1..=256).unwrap_or_default();
                let value = field.required_text("value", 1..=1024).unwrap_or_default();
                count(name);
                count(value);
                json!({"name": name, "value": value, "inline": field.boolean("inline").unwrap_or(false)})
            })
            .collect();
        if !fields.is_empty() {
            out.insert("fields".to_owned(), fields.into());
        }
    }
    let says_something = [
        "title",
        "description",
        "author",
        "footer",
        "image",
        "thumbnail",
        "fields",
    ]
    .iter()
    .any(|name| out.contains_key(*name));
    if !says_something {
        embed.required("description");
    }
    Value::Object(out)
}
