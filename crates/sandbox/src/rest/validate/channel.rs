//! Channels: <https://discord.com/developers/docs/resources/channel#modify-channel>.

use crate::rest::form::Fields;
use crate::world::{ChannelEdit, ChannelKind, Id, Overwrite, Permissions};

/// What a body says of a channel, new or not.
pub(crate) fn settings(fields: &Fields<'_>, kind: ChannelKind) -> ChannelEdit {
    let number = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok());
    // Null takes some things away.
    let nullable = |name: &str, value: Option<Id>| fields.has(name).then_some(value);
    let is_stage = kind == ChannelKind::Stage;
    ChannelEdit {
        name: fields
            .text("name", 1..=100)
            .map(|name| shown_name(name, kind)),
        position: number(fields.integer("position", 0..=i64::from(i32::MAX))),
        topic: fields.has("topic").then(|| {
            let topic = fields.text("topic", 0..=1024);
            topic.filter(|topic| !topic.is_empty()).map(str::to_owned)
        }),
        nsfw: fields.boolean("nsfw"),
        slow_mode: number(fields.integer("rate_limit_per_user", 0..=21_600)),
        parent: nullable("parent_id", fields.snowflake("parent_id")),
        user_limit: number(fields.integer("user_limit", 0..=if is_stage { 10_000 } else { 99 })),
        // Without boosts; the simulated guilds have none.
        bitrate: number(fields.integer("bitrate", 8_000..=if is_stage { 64_000 } else { 96_000 })),
        overwrites: fields
            .objects("permission_overwrites", 0..=1000)
            .map(|list| {
                list.iter()
                    .filter_map(|given| overwrite(given, None))
                    .collect()
            }),
        ..ChannelEdit::default()
    }
}

/// Text channels have no upper case and no spaces in their names.
fn shown_name(name: &str, kind: ChannelKind) -> String {
    let name = name.trim();
    if !matches!(kind, ChannelKind::Text | ChannelKind::Announcement) {
        return name.to_owned();
    }
    name.to_lowercase()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join("-")
}

/// One overwrite; `id` is the path's where the body has none.
pub(crate) fn overwrite(fields: &Fields<'_>, id: Option<Id>) -> Option<Overwrite> {
    let bits = |name: &str| {
        let bits = fields.integer(name, 0..=i64::MAX).unwrap_or(0);
        Permissions(bits.unsigned_abs())
    };
    let id = id.or_else(|| fields.required_snowflake("id"));
    if fields.get("type").is_none() && id.is_some() {
        fields.required("type");
    }
    let kind = fields.choice("type", &[0, 1]);
    let (allow, deny) = (bits("allow"), bits("deny"));
    Some(Overwrite {
        id: id?,
        is_member: kind? == 1,
        allow,
        deny,
    })
}
