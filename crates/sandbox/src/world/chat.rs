//! Messages are written, edited and deleted.

use serde_json::{Value, json};

use super::effect::Effect;
use super::files::{Attachments, Upload};
use super::mentions::Allowed;
use super::message::{Author, Message, Reference, Source, flags, kinds};
use super::polls::Poll;
use super::{Dispatch, Id, World, intents};

/// Messages kept for each channel; the oldest go first.
const KEPT: usize = 500;
/// How long an enforced nonce is remembered ("the past few minutes").
const NONCE_MS: u64 = 3 * 60 * 1_000;

/// A message to be: checked already, in the form that responses have.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The id it is to have: the first message of a forum's post has its thread's.
    pub id: Option<Id>,
    /// See [`kinds`].
    pub kind: u64,
    /// The text.
    pub content: String,
    /// Embeds.
    pub embeds: Vec<Value>,
    /// Components.
    pub components: Vec<Value>,
    /// Files.
    pub uploads: Vec<Upload>,
    /// See [`flags`].
    pub flags: u64,
    /// Read aloud.
    pub tts: bool,
    /// What the sender gave to recognise it.
    pub nonce: Option<Value>,
    /// The same nonce within minutes returns the first message.
    pub enforce_nonce: bool,
    /// The message it speaks of.
    pub reference: Option<Reference>,
    /// Of a forward: what is forwarded.
    pub snapshot: Option<Value>,
    /// A question to everybody.
    pub poll: Option<Poll>,
    /// The looks of a client.
    pub theme: Option<Value>,
    /// Who may be mentioned.
    pub allowed: Allowed,
    /// The interaction it answers.
    pub source: Option<Source>,
    /// The application that sends it.
    pub application: Option<Id>,
}

/// What an edit changes; what is not named stays.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The text.
    pub content: Option<String>,
    /// Embeds.
    pub embeds: Option<Vec<Value>>,
    /// Components.
    pub components: Option<Vec<Value>>,
    /// Files.
    pub attachments: Attachments,
    /// Flags, of which only some can be edited.
    pub flags: Option<u64>,
    /// A question, which only the first content of a deferred answer can bring.
    pub poll: Option<Poll>,
    /// Who may be mentioned.
    pub allowed: Option<Allowed>,
}

impl World {
    /// Writes a message and returns its id; the first message's with an enforced nonce that was
    /// used within the last minutes. None without the channel.
    pub fn create_message(&mut self, channel_id: Id, author: Author, draft: Draft) -> Option<Id> {
        let writer = match author {
            Author::User(id) | Author::Webhook { id, .. } => id,
        };
        let nonce = nonce_text(draft.nonce.as_ref()).filter(|_| draft.enforce_nonce);
        let now = self.now_ms;
        let channel = self.channels.get_mut(&channel_id)?;
        if let Some(nonce) = &nonce {
            channel
                .nonces
                .retain(|_, id| now.saturating_sub(id.unix_ms()) < NONCE_MS);
            if let Some(earlier) = channel.nonces.get(&(writer, nonce.clone())) {
                return Some(*earlier);
            }
        }
        let id = draft.id.unwrap_or_else(|| self.next_id());
        let wanted = Attachments {
            uploads: draft.uploads,
            ..Attachments::default()
        };
        let attachments = self.attach(channel_id, Vec::new(), wanted);
        let mut message = Message {
            id,
            channel: channel_id,
            author,
            kind: draft.kind,
            content: draft.content,
            embeds: draft.embeds,
            components: draft.components,
            attachments,
            flags: draft.flags,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mention_everyone: false,
            tts: draft.tts,
            nonce: draft.nonce,
            edited_ms: None,
            reference: draft.reference,
            snapshot: draft.snapshot,
            poll: draft.poll,
            theme: draft.theme,
            source: draft.source,
            application: draft.application,
            reactions: Vec::new(),
            pinned_ms: None,
            has_thread: false,
        };
        message.refer();
        self.resolve_mentions(&mut message, &draft.allowed);
        let channel = self.channels.get_mut(&channel_id)?;
        if let Some(nonce) = nonce {
            channel.nonces.insert((writer, nonce), id);
        }
        channel.last_message = Some(id);
        channel.messages.insert(id, message.clone());
        let in_thread = channel.thread.is_some() && message.kind != kinds::THREAD_STARTER;
        self.message_channels.insert(id, channel_id);
        while channel.messages.len() > KEPT {
            if let Some((old, _)) = channel.messages.pop_first() {
                self.message_channels.remove(&old);
            }
        }
        if in_thread && let Author::User(writer) = message.author {
            self.wrote_in_thread(channel_id, writer, id);
        }
        self.watch_poll(&message);
        self.message_event("MESSAGE_CREATE", "message_create", &message);
        Some(id)
    }

    /// Changes a message; none when it is not there.
    pub fn edit_message(&mut self, channel: Id, id: Id, edit: Edit) -> Option<()> {
        let now = self.now_ms;
        let old = self.message(channel, id)?.attachments.clone();
        let attachments = self.attach(channel, old, edit.attachments);
        let message = self.channels.get_mut(&channel)?.messages.get_mut(&id)?;
        message.attachments = attachments;
        let was_loading = message.flags & flags::LOADING != 0;
        let (named_content, allowed) = (edit.content.is_some(), edit.allowed);
        if let Some(content) = edit.content {
            message.content = content;
        }
        if let Some(embeds) = edit.embeds {
            message.embeds = embeds;
        }
        if let Some(components) = edit.components {
            message.components = components;
        }
        message.refer();
        if let Some(new) = edit.flags {
            let editable = flags::SUPPRESS_EMBEDS | flags::IS_COMPONENTS_V2;
            message.flags = message.flags & !flags::SUPPRESS_EMBEDS | new & editable;
        }
        message.flags &= !flags::LOADING;
        if was_loading && edit.poll.is_some() {
            message.poll = edit.poll;
        }
        // The first content of a deferred answer is not an edit in anybody's eyes.
        if !was_loading {
            message.edited_ms = Some(now);
        }
        let mut message = message.clone();
        self.watch_poll(&message);
        if named_content || allowed.is_some() {
            self.resolve_mentions(&mut message, &allowed.unwrap_or_default());
            let messages = &mut self.channels.get_mut(&channel)?.messages;
            messages.insert(id, message.clone());
        }
        self.message_event("MESSAGE_UPDATE", "message_update", &message);
        Some(())
    }

    /// Deletes a message; false when it is not there.
    pub fn delete_message(&mut self, channel_id: Id, id: Id) -> bool {
        let Some(channel) = self.channels.get_mut(&channel_id) else {
            return false;
        };
        let Some(message) = channel.messages.remove(&id) else {
            return false;
        };
        self.message_channels.remove(&id);
        let mut data = json!({"id": id, "channel_id": channel_id});
        if let Some(guild) = channel.guild {
            data["guild_id"] = guild.json();
        }
        if !message.is_ephemeral() {
            let wanted = self.message_intent(channel_id);
            self.dispatch_in(channel_id, "MESSAGE_DELETE", wanted, &data);
        }
        self.tell("message_delete", data);
        true
    }

    /// Deletes many messages at once, those that are there.
    pub fn delete_messages(&mut self, channel_id: Id, ids: &[Id]) {
        let Some(channel) = self.channels.get_mut(&channel_id) else {
            return;
        };
        let gone: Vec<Id> = ids
            .iter()
            .copied()
            .filter(|id| channel.messages.remove(id).is_some())
            .collect();
        if gone.is_empty() {
            return;
        }
        for id in &gone {
            self.message_channels.remove(id);
        }
        let guild = channel.guild;
        let data = json!({"ids": gone, "channel_id": channel_id, "guild_id": guild});
        let wanted = self.message_intent(channel_id);
        self.dispatch_in(channel_id, "MESSAGE_DELETE_BULK", wanted, &data);
        for id in gone {
            let data = json!({"id": id, "channel_id": channel_id, "guild_id": guild});
            self.tell("message_delete", data);
        }
    }

    /// Marks a message of an announcement channel as published.
    pub fn crosspost(&mut self, channel: Id, id: Id) -> Option<()> {
        let message = self.channels.get_mut(&channel)?.messages.get_mut(&id)?;
        message.flags |= flags::CROSSPOSTED;
        let message = message.clone();
        self.message_event("MESSAGE_UPDATE", "message_update", &message);
        Some(())
    }

    /// The channel of a message that is still kept.
    pub fn channel_of(&self, message: Id) -> Option<&super::Channel> {
        self.channels.get(self.message_channels.get(&message)?)
    }

    pub(super) fn message_mut(&mut self, channel: Id, id: Id) -> Option<&mut Message> {
        self.channels.get_mut(&channel)?.messages.get_mut(&id)
    }

    /// A message, when it is still kept.
    pub fn message(&self, channel: Id, id: Id) -> Option<&Message> {
        self.channels.get(&channel)?.messages.get(&id)
    }

    /// Someone types.
    pub fn typing(&mut self, channel: Id, user: Id) {
        let guild = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let mut data = json!({
            "channel_id": channel,
            "user_id": user,
            "timestamp": self.now_ms / 1000,
        });
        if let Some(guild) = guild.and_then(|id| self.guilds.get(&id)) {
            data["guild_id"] = guild.id.json();
            data["member"] = json!(self.member_json(guild, user));
        }
        let wanted = match guild {
            Some(_) => intents::GUILD_MESSAGE_TYPING,
            None => intents::DIRECT_MESSAGE_TYPING,
        };
        self.dispatch_in(channel, "TYPING_START", wanted, &data);
        self.tell("typing", json!({"channel_id": channel, "user_id": user}));
    }

    fn message_intent(&self, channel: Id) -> u64 {
        match self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild)
        {
            Some(_) => intents::GUILD_MESSAGES,
            None => intents::DIRECT_MESSAGES,
        }
    }

    pub(super) fn message_event(
        &mut self,
        name: &'static str,
        kind: &'static str,
        message: &Message,
    ) {
        let mut data = self.message_event_json(message);
        if message.is_ephemeral() {
            let user = message.source.as_ref().map(|source| source.user);
            data["ephemeral_to"] = json!(user);
            self.tell(kind, data);
            return;
        }
        let applications = self.bots_seeing(message.channel);
        let guild = self.channels.get(&message.channel).and_then(|c| c.guild);
        let whole: std::sync::Arc<str> = data.to_string().into();
        for application in applications {
            let mut bare = data.clone();
            self.hide_content(&mut bare, message, application);
            self.effects.push(Effect::Dispatch(Dispatch {
                name,
                data: whole.clone(),
                guild,
                applications: vec![application],
                intents: self.message_intent(message.channel),
                redacted: Some(bare.to_string().into()),
            }));
        }
        self.tell(kind, data);
    }
}

fn nonce_text(nonce: Option<&Value>) -> Option<String> {
    match nonce? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
