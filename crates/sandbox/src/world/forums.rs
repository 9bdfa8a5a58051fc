//! Forums and media channels, which hold nothing but threads:
//! <https://discord.com/developers/docs/topics/threads#forums>.

use serde_json::{Map, Value, json};

use super::{Channel, Id};

/// Bits of a channel's or a thread's `flags` that mean something here.
pub mod channel_flags {
    /// A post that stays on top of its forum.
    pub const PINNED: u64 = 1 << 1;
    /// Posts need a tag.
    pub const REQUIRE_TAG: u64 = 1 << 4;
    /// Media channels: files cannot be downloaded from the menu.
    pub const HIDE_MEDIA_DOWNLOAD_OPTIONS: u64 = 1 << 15;
}

/// What only forums and media channels have.
#[derive(Debug, Clone, Default)]
pub struct Forum {
    /// What posts can be marked with, up to 20.
    pub tags: Vec<Tag>,
    /// The emoji offered under a post: one of Unicode's.
    pub reaction: Option<String>,
    /// `0` by the last message, `1` by age.
    pub sort_order: Option<i64>,
    /// `0` not set, `1` a list, `2` a gallery.
    pub layout: i64,
}

/// A mark that posts can have.
#[derive(Debug, Clone)]
pub struct Tag {
    /// Its id; the world gives one to those that come with 0.
    pub id: Id,
    /// Up to 20 characters.
    pub name: String,
    /// Only moderators give it and take it away.
    pub moderated: bool,
    /// One of Unicode's emojis.
    pub emoji: Option<String>,
}

/// What an edit changes of a forum; what is not named stays.
#[derive(Debug, Clone, Default)]
#[allow(clippy::option_option)] // null takes it away
pub struct ForumEdit {
    /// All tags.
    pub tags: Option<Vec<Tag>>,
    /// See [`Forum`].
    pub reaction: Option<Option<String>>,
    /// See [`Forum`].
    pub sort_order: Option<Option<i64>>,
    /// See [`Forum`].
    pub layout: Option<i64>,
}

impl ForumEdit {
    pub(super) fn apply(self, forum: &mut Forum) {
        if let Some(tags) = self.tags {
            forum.tags = tags;
        }
        if let Some(reaction) = self.reaction {
            forum.reaction = reaction;
        }
        if let Some(sort_order) = self.sort_order {
            forum.sort_order = sort_order;
        }
        if let Some(layout) = self.layout {
            forum.layout = layout;
        }
    }
}

/// The fields of a channel that only forums have.
pub(super) fn forum_fields(channel: &Channel, forum: &Forum) -> Map<String, Value> {
    let tags: Vec<Value> = forum
        .tags
        .iter()
        .map(|tag| {
            json!({
                "id": tag.id,
                "name": tag.name,
                "moderated": tag.moderated,
                "emoji_id": null,
                "emoji_name": tag.emoji,
            })
        })
        .collect();
    let reaction = forum
        .reaction
        .as_ref()
        .map(|emoji| json!({"emoji_id": null, "emoji_name": emoji}));
    let Value::Object(fields) = json!({
        "topic": channel.topic,
        "rate_limit_per_user": channel.slow_mode,
        "default_auto_archive_duration": channel.thread_archive,
        "available_tags": tags,
        "default_reaction_emoji": reaction,
        "default_sort_order": forum.sort_order,
        "default_forum_layout": forum.layout,
        "default_thread_rate_limit_per_user": channel.thread_slow_mode,
    }) else {
        return Map::new();
    };
    fields
}
