//! Message components: <https://discord.com/developers/docs/components/reference>.

pub(crate) mod select;

use serde_json::{Map, Value, json};

use crate::rest::form::Fields;

const ACTION_ROW: i64 = 1;
const BUTTON: i64 = 2;
const STRING_SELECT: i64 = 3;
const CHANNEL_SELECT: i64 = 8;
const SECTION: i64 = 9;
const TEXT: i64 = 10;
const THUMBNAIL: i64 = 11;
const GALLERY: i64 = 12;
const FILE: i64 = 13;
const SEPARATOR: i64 = 14;
const CONTAINER: i64 = 17;

const SELECTS: [i64; 5] = [STRING_SELECT, 5, 6, 7, CHANNEL_SELECT];
const MEDIA: &[&str] = &["http", "https", "attachment"];

/// Components of all levels that a message of the new layout may have.
const MOST: u64 = 40;
/// Characters of all text displays of a message together.
const MOST_TEXT: usize = 4_000;

/// What is kept of the whole message, or modal, while its components are read.
#[derive(Debug, Default)]
pub(crate) struct Whole {
    /// The number given to the last component.
    last: u64,
    custom_ids: Vec<String>,
    text: usize,
    /// The names of the files that the message has.
    files: Vec<String>,
}

/// The `components` of a body, none when the field is missing; `new_layout` with the flag
/// `IS_COMPONENTS_V2`. `files` are those that the message has, by name.
pub(crate) fn list(body: &Fields<'_>, new_layout: bool, files: Vec<String>) -> Option<Vec<Value>> {
    if !body.has("components") {
        return None;
    }
    let most = if new_layout { 40 } else { 5 };
    let components = body.objects("components", 0..=most).unwrap_or_default();
    let mut whole = Whole {
        files,
        ..Whole::default()
    };
    let stored = components
        .iter()
        .map(|component| {
            if new_layout {
                let kinds = [
                    ACTION_ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER,
                ];
                one(component, &kinds, &mut whole)
            } else {
                one(component, &[ACTION_ROW], &mut whole)
            }
        })
        .collect();
    if whole.last > MOST {
        body.fail(
            "components",
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            "The maximum number of total components is 40",
        );
    }
    if whole.text > MOST_TEXT {
        body.fail(
            "components",
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            "The total size of displayable text exceeds the maximum size of 4000",
        );
    }
    Some(stored)
}

fn one(component: &Fields<'_>, kinds: &[i64], whole: &mut Whole) -> Value {
    if component.get("type").is_none() {
        component.required("type");
        return Value::Null;
    }
    let kind = component.integer("type", 0..=255).unwrap_or(-1);
    if !kinds.contains(&kind) {
        let list: Vec<String> = kinds.iter().map(ToString::to_string).collect();
        component.check.fail(
            component.path(),
            "UNION_TYPE_CHOICES",
            format!(
                "Value of field \"type\" must be one of ({}).",
                list.join(", ")
            ),
        );
        return Value::Null;
    }
    whole.last += 1;
    let id = component
        .integer("id", 0..=i64::from(i32::MAX))
        .filter(|id| *id > 0)
        .map_or(whole.last, i64::unsigned_abs);
    let mut out = Map::new();
    out.insert("type".to_owned(), kind.into());
    out.insert("id".to_owned(), id.into());
    match kind {
        ACTION_ROW => row(component, &mut out, whole),
        BUTTON => button(component, &mut out, whole),
        SECTION => {
            children(component, &mut out, 1..=3, &[TEXT], whole);
            match component.object("accessory") {
                Some(accessory) => {
                    let accessory = one(&accessory, &[BUTTON, THUMBNAIL], whole);
                    out.insert("accessory".to_owned(), accessory);
                }
                None => component.required("accessory"),
            }
        }
        TEXT => {
            let text = component
                .required_text("content", 1..=4000)
                .unwrap_or_default();
            whole.text += text.chars().count();
            out.insert("content".to_owned(), text.into());
        }
        THUMBNAIL => {
            media(component, &mut out, "media", whole);
            described(component, &mut out);
        }
        GALLERY => {
            let items = component.objects("items", 1..=10);
            if items.is_none() && component.get("items").is_none() {
                component.required("items");
            }
            let items: Vec<Value> = items
                .unwrap_or_default()
                .iter()
                .map(|item| {
                    let mut out = Map::new();
                    media(item, &mut out, "media", whole);
                    described(item, &mut out);
                    Value::Object(out)
                })
                .collect();
            out.insert("items".to_owned(), items.into());
        }
        FILE => {
            media(component, &mut out, "file", whole);
            out.insert("name".to_owned(), "file".into());
            out.insert("size".to_owned(), 0.into());
            out.insert(
                "spoiler".to_owned(),
                component.boolean("spoiler").unwrap_or(false).into(),
            );
        }
        SEPARATOR => {
            let spacing = component.choice("spacing", &[1, 2]).unwrap_or(1);
            out.insert("spacing".to_owned(), spacing.into());
            out.insert(
                "divider".to_owned(),
                component.boolean("divider").unwrap_or(true).into(),
            );
        }
        CONTAINER => {
            let kinds = [ACTION_ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR];
            children(component, &mut out, 1..=40, &kinds, whole);
            let colour = component.integer("accent_color", 0..=0xFF_FFFF);
            out.insert("accent_color".to_owned(), json!(colour));
            out.insert(
                "spoiler".to_owned(),
                component.boolean("spoiler").unwrap_or(false).into(),
            );
        }
        _ => select::read(component, kind, &mut out, whole),
    }
    Value::Object(out)
}

fn children(
    component: &Fields<'_>,
    out: &mut Map<String, Value>,
    count: std::ops::RangeInclusive<usize>,
    kinds: &[i64],
    whole: &mut Whole,
) {
    if component.get("components").is_none() {
        component.required("components");
    }
    let children = component.objects("components", count).unwrap_or_default();
    let children: Vec<Value> = children
        .iter()
        .map(|child| one(child, kinds, whole))
        .collect();
    out.insert("components".to_owned(), children.into());
}

/// Up to five buttons, or one select, which takes the whole width.
fn row(component: &Fields<'_>, out: &mut Map<String, Value>, whole: &mut Whole) {
    let kinds: Vec<i64> = std::iter::once(BUTTON).chain(SELECTS).collect();
    children(component, out, 1..=5, &kinds, whole);
    let mut width = 0;
    let placed = out["components"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, child) in placed.iter().enumerate() {
        width += match child["type"].as_i64() {
            Some(BUTTON) => 1,
            Some(_) => 5,
            None => 0,
        };
        if width > 5 {
            component.fail(
                &format!("components/{index}"),
                "COMPONENT_LAYOUT_WIDTH_EXCEEDED",
                "The specified component exceeds the maximum width",
            );
        }
    }
}

/// Reads the id that the answer names, which no other component has.
pub(crate) fn custom_id(component: &Fields<'_>, out: &mut Map<String, Value>, whole: &mut Whole) {
    let Some(text) = component.text("custom_id", 1..=100) else {
        return;
    };
    if whole.custom_ids.iter().any(|other| other == text) {
        component.fail(
            "custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            "Component custom id cannot be duplicated",
        );
    }
    whole.custom_ids.push(text.to_owned());
    out.insert("custom_id".to_owned(), text.into());
}

fn button(component: &Fields<'_>, out: &mut Map<String, Value>, whole: &mut Whole) {
    if component.get("style").is_none() {
        component.required("style");
        return;
    }
    let Some(style) = component.choice("style", &[1, 2, 3, 4, 5, 6]) else {
        return;
    };
    out.insert("style".to_owned(), style.into());
    out.insert(
        "disabled".to_owned(),
        component.boolean("disabled").unwrap_or(false).into(),
    );
    let label = component
        .text("label", 0..=80)
        .filter(|label| !label.is_empty());
    if let Some(label) = label {
        out.insert("label".to_owned(), label.into());
    }
    emoji(component, out);
    match style {
        5 => {
            if component.get("custom_id").is_some() {
                component.fail(
                    "custom_id",
                    "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                    "A custom id and url cannot both be specified",
                );
            }
            if component.get("url").is_none() {
                component.fail("url", "BUTTON_COMPONENT_URL_REQUIRED", "A url is required");
            }
            if let Some(url) = component.url("url", 512, &["http", "https", "discord"]) {
                out.insert("url".to_owned(), url.into());
            }
        }
        6 => match component.snowflake("sku_id") {
            Some(sku) => {
                out.insert("sku_id".to_owned(), sku.json());
            }
            None => component.required("sku_id"),
        },
        _ => {
            if component.get("url").is_some() {
                component.fail(
                    "url",
                    "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE",
                    "A custom id and url cannot both be specified",
                );
            }
            if component.get("custom_id").is_none() {
                component.fail(
                    "custom_id",
                    "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
                    "A custom id is required",
                );
            }
            custom_id(component, out, whole);
        }
    }
    if style != 6 && label.is_none() && !out.contains_key("emoji") {
        component.required("label");
    }
}

fn emoji(component: &Fields<'_>, out: &mut Map<String, Value>) {
    let Some(emoji) = component.object("emoji") else {
        return;
    };
    let name = emoji.text("name", 0..=32);
    let id = emoji.snowflake("id");
    // Without an id it is one of Unicode's, which are not written in ASCII letters.
    let is_unicode =
        name.is_some_and(|name| !name.is_empty() && !name.chars().any(|c| c.is_ascii_alphabetic()));
    if id.is_none() && !is_unicode {
        emoji.fail("name", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji");
        return;
    }
    let mut part = json!({"name": name});
    if let Some(id) = id {
        part["id"] = id.json();
        part["animated"] = emoji.boolean("animated").unwrap_or(false).into();
    }
    out.insert("emoji".to_owned(), part);
}

fn media(component: &Fields<'_>, out: &mut Map<String, Value>, name: &str, whole: &Whole) {
    let Some(item) = component.object(name) else {
        component.required(name);
        return;
    };
    if item.get("url").is_none() {
        item.required("url");
    }
    if let Some(url) = item.url("url", 2048, MEDIA) {
        if let Some(file) = url.strip_prefix("attachment://")
            && !whole.files.iter().any(|known| known == file)
        {
            item.fail(
                "url",
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                format!("The referenced attachment \"{file}\" was not found"),
            );
        }
        let media = json!({
            "id": "1", "url": url, "proxy_url": url, "width": null, "height": null, "content_type": null,
        });
        out.insert(name.to_owned(), media);
    }
}

fn described(component: &Fields<'_>, out: &mut Map<String, Value>) {
    out.insert(
        "description".to_owned(),
        json!(component.text("description", 0..=1024)),
    );
    out.insert(
        "spoiler".to_owned(),
        component.boolean("spoiler").unwrap_or(false).into(),
    );
}
