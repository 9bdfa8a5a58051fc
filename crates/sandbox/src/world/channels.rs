//! Channels of guilds are made, changed and deleted.

use serde_json::json;

use super::{Channel, ChannelKind, ForumEdit, Id, Overwrite, World, intents};

/// What an edit of a channel changes; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct ChannelEdit {
    /// The name.
    pub name: Option<String>,
    /// The kind: text and announcement channels can become each other.
    pub kind: Option<ChannelKind>,
    /// Place in the list.
    pub position: Option<u32>,
    /// The topic, or none.
    pub topic: Option<Option<String>>,
    /// For adults only.
    pub nsfw: Option<bool>,
    /// Seconds between messages of people.
    pub slow_mode: Option<u32>,
    /// The category, or none.
    pub parent: Option<Option<Id>>,
    /// How many may be in a voice channel.
    pub user_limit: Option<u32>,
    /// Bits per second of a voice channel.
    pub bitrate: Option<u32>,
    /// Where the server of a voice channel is to be, or none.
    pub region: Option<Option<String>>,
    /// Of the video in a voice channel.
    pub video_quality: Option<u8>,
    /// All overwrites.
    pub overwrites: Option<Vec<Overwrite>>,
    /// Of a thread: over, or not.
    pub archived: Option<bool>,
    /// Of a thread: only moderators bring it back.
    pub locked: Option<bool>,
    /// Of a private thread: whether those in it may add others.
    pub invitable: Option<bool>,
    /// Of a thread: minutes without a message after which it is archived.
    pub auto_archive: Option<u32>,
    /// Of a thread: the tags of its forum.
    pub applied_tags: Option<Vec<Id>>,
    /// See [`channel_flags`](super::channel_flags).
    pub flags: Option<u64>,
    /// The seconds that new threads begin with.
    pub thread_slow_mode: Option<u32>,
    /// The minutes after which new threads are archived.
    pub thread_archive: Option<u32>,
    /// Of a forum.
    pub forum: ForumEdit,
}

impl ChannelEdit {
    fn apply(self, channel: &mut Channel, now_ms: u64) {
        fn set<T>(field: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *field = value;
            }
        }
        set(&mut channel.name, self.name);
        set(&mut channel.kind, self.kind);
        set(&mut channel.position, self.position);
        set(&mut channel.topic, self.topic);
        set(&mut channel.nsfw, self.nsfw);
        set(&mut channel.slow_mode, self.slow_mode);
        set(&mut channel.parent, self.parent);
        set(&mut channel.user_limit, self.user_limit);
        set(&mut channel.bitrate, self.bitrate);
        set(&mut channel.region, self.region);
        set(&mut channel.video_quality, self.video_quality);
        set(&mut channel.overwrites, self.overwrites);
        set(&mut channel.flags, self.flags);
        set(&mut channel.thread_slow_mode, self.thread_slow_mode);
        set(&mut channel.thread_archive, self.thread_archive);
        if let Some(forum) = &mut channel.forum {
            self.forum.apply(forum);
        }
        if let Some(thread) = &mut channel.thread {
            if self
                .archived
                .is_some_and(|archived| archived != thread.archived)
            {
                thread.archive_ms = now_ms;
            }
            set(&mut thread.archived, self.archived);
            set(&mut thread.locked, self.locked);
            set(&mut thread.invitable, self.invitable);
            set(&mut thread.auto_archive, self.auto_archive);
            set(&mut thread.tags, self.applied_tags);
        }
    }
}

impl World {
    /// Channels of a category, or threads of a channel.
    pub fn children(&self, guild: Id, parent: Id) -> Vec<Id> {
        let Some(guild) = self.guilds.get(&guild) else {
            return Vec::new();
        };
        let channels = guild.channels.iter().filter_map(|id| self.channels.get(id));
        channels
            .filter(|channel| channel.parent == Some(parent))
            .map(|channel| channel.id)
            .collect()
    }

    /// Makes a channel; none without the guild.
    pub fn create_channel(
        &mut self,
        guild: Id,
        kind: ChannelKind,
        mut settings: ChannelEdit,
    ) -> Option<Id> {
        self.guilds.get(&guild)?;
        self.name_tags(&mut settings);
        let id = self.next_id();
        let now = self.now_ms;
        let mut channel = Channel::new(id, kind, Some(guild), String::new());
        let data = {
            let guild = self.guilds.get_mut(&guild)?;
            channel.position = u32::try_from(guild.channels.len()).unwrap_or(0);
            guild.channels.push(id);
            settings.apply(&mut channel, now);
            if let Some(thread) = &mut channel.thread {
                thread.owner = Some(guild.owner);
                thread.members.insert(guild.owner, id.unix_ms());
            }
            self.channel_json(&channel)
        };
        self.channels.insert(id, channel);
        let name = if kind.is_thread() {
            "THREAD_CREATE"
        } else {
            "CHANNEL_CREATE"
        };
        self.dispatch_in(id, name, intents::GUILDS, &data);
        self.changed("channel_created", guild, Some(id));
        Some(id)
    }

    /// Gives new tags their ids.
    fn name_tags(&mut self, edit: &mut ChannelEdit) {
        let tags = edit.forum.tags.iter_mut().flatten();
        for tag in tags.filter(|tag| tag.id == Id(0)) {
            tag.id = self.next_id();
        }
    }

    /// Edits a channel; none when it is not there.
    pub fn edit_channel(&mut self, id: Id, mut edit: ChannelEdit) -> Option<()> {
        self.name_tags(&mut edit);
        let (now, before) = (self.now_ms, self.bots_seeing(id));
        let channel = self.channels.get_mut(&id)?;
        let guild = channel.guild?;
        edit.apply(channel, now);
        let kind = channel.kind;
        let data = self.channel_json(&self.channels.get(&id)?.clone());
        let mut told = before;
        told.extend(
            self.bots_seeing(id)
                .into_iter()
                .filter(|bot| !told.contains(bot))
                .collect::<Vec<_>>(),
        );
        let name = if kind.is_thread() {
            "THREAD_UPDATE"
        } else {
            "CHANNEL_UPDATE"
        };
        self.dispatch_to(told, Some(guild), name, intents::GUILDS, &data);
        self.changed("channel_updated", guild, Some(id));
        Some(())
    }

    /// Deletes a channel of a guild: whoever talks in it is out. False when it is not there.
    pub fn delete_channel(&mut self, id: Id) -> bool {
        let Some(channel) = self.channels.get(&id) else {
            return false;
        };
        let Some(guild) = channel.guild else {
            return false;
        };
        let kind = channel.kind;
        let data = if kind.is_thread() {
            json!({"id": id, "guild_id": guild, "parent_id": channel.parent, "type": kind as u8})
        } else {
            self.channel_json(channel)
        };
        let inside: Vec<Id> = self.guilds.get(&guild).map_or_else(Vec::new, |found| {
            let states = found.voice_states.values();
            states
                .filter(|state| state.channel == id)
                .map(|state| state.user)
                .collect()
        });
        for user in inside {
            self.leave_voice(guild, user);
        }
        let name = if kind.is_thread() {
            "THREAD_DELETE"
        } else {
            "CHANNEL_DELETE"
        };
        self.dispatch_in(id, name, intents::GUILDS, &data);
        let children = self.children(guild, id);
        let (threads, rest): (Vec<Id>, Vec<Id>) = children
            .into_iter()
            .partition(|child| self.channels.get(child).is_some_and(|c| c.kind.is_thread()));
        // What a category held stays, outside of it.
        for child in rest {
            let edit = ChannelEdit {
                parent: Some(None),
                ..ChannelEdit::default()
            };
            self.edit_channel(child, edit);
        }
        for gone in threads.into_iter().chain([id]) {
            for message in self
                .channels
                .remove(&gone)
                .into_iter()
                .flat_map(|c| c.messages)
            {
                self.message_channels.remove(&message.0);
            }
            if let Some(guild) = self.guilds.get_mut(&guild) {
                guild.channels.retain(|channel| *channel != gone);
                guild.stages.retain(|stage| stage.channel != gone);
            }
            self.webhooks.retain(|_, webhook| webhook.channel != gone);
        }
        self.changed("channel_deleted", guild, Some(id));
        true
    }
}
