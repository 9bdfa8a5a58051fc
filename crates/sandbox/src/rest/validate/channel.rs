//! Channels: <https://discord.com/developers/docs/resources/channel#modify-channel>.

use super::emoji;
use crate::rest::form::Fields;
use crate::rest::gateway::REGIONS;
use crate::rest::threads::ARCHIVE_AFTER;
use crate::world::{
    ChannelEdit, ChannelKind, ForumEdit, Id, Overwrite, Permissions, Tag, channel_flags,
};

/// Tags that a forum may have.
const TAGS: usize = 20;

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
            let most = if kind.is_forum() { 4096 } else { 1024 };
            let topic = fields.text("topic", 0..=most);
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
        thread_slow_mode: number(fields.integer("default_thread_rate_limit_per_user", 0..=21_600)),
        thread_archive: number(fields.choice("default_auto_archive_duration", &ARCHIVE_AFTER)),
        region: fields.has("rtc_region").then(|| region(fields)),
        video_quality: fields
            .choice("video_quality_mode", &[1, 2])
            .and_then(|quality| u8::try_from(quality).ok()),
        flags: forum_flags(fields, kind),
        // Looked at whatever the channel is.
        forum: Some(forum(fields))
            .filter(|_| kind.is_forum())
            .unwrap_or_default(),
        ..ChannelEdit::default()
    }
}

/// Where the server of a voice channel is to be; anywhere when none.
fn region(fields: &Fields<'_>) -> Option<String> {
    let region = fields.text("rtc_region", 0..=100)?;
    if !REGIONS.contains(&region) {
        fields.fail(
            "rtc_region",
            "BASE_TYPE_CHOICES",
            format!("Value must be one of ({}).", REGIONS.join(", ")),
        );
    }
    Some(region.to_owned())
}

/// The flags that can be set: forums have some, other channels none.
fn forum_flags(fields: &Fields<'_>, kind: ChannelKind) -> Option<u64> {
    let settable = match kind {
        ChannelKind::Forum => channel_flags::REQUIRE_TAG,
        ChannelKind::Media => {
            channel_flags::REQUIRE_TAG | channel_flags::HIDE_MEDIA_DOWNLOAD_OPTIONS
        }
        _ => 0,
    };
    let given = fields.integer("flags", 0..=i64::from(i32::MAX));
    given.map(|flags| flags.unsigned_abs() & settable)
}

/// <https://discord.com/developers/docs/resources/channel#forum-tag-object>.
fn forum(fields: &Fields<'_>) -> ForumEdit {
    let reaction = || {
        let given = fields.object("default_reaction_emoji")?;
        emoji::unicode(&given, "emoji_name")
    };
    let sort_order = || fields.choice("default_sort_order", &[0, 1]);
    ForumEdit {
        tags: fields
            .objects("available_tags", 0..=TAGS)
            .map(|list| list.iter().filter_map(tag).collect()),
        reaction: fields.has("default_reaction_emoji").then(reaction),
        sort_order: fields.has("default_sort_order").then(sort_order),
        layout: fields.choice("default_forum_layout", &[0, 1, 2]),
    }
}

fn tag(given: &Fields<'_>) -> Option<Tag> {
    let name = given.required_text("name", 1..=20)?;
    if given.get("emoji_id").is_some() {
        given.fail("emoji_id", "INVALID_EMOJI", "Invalid emoji");
    }
    Some(Tag {
        id: given.snowflake("id").unwrap_or(Id(0)),
        name: name.to_owned(),
        moderated: given.boolean("moderated").unwrap_or(false),
        emoji: emoji::unicode(given, "emoji_name"),
    })
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
