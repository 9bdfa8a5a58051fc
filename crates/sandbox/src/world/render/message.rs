//! Messages, and what they say of the interaction that they answer.

use serde_json::{Value, json};

use super::iso;
use crate::world::message::{Author, Message, Source, kinds};
use crate::world::polls::poll_json;
use crate::world::reactions::reactions_json;
use crate::world::{Id, World, files, intents, interaction};

/// Whether the message that another one speaks of comes with it.
fn refers(message: &Message) -> bool {
    let with_it = matches!(
        message.kind,
        kinds::REPLY | kinds::THREAD_STARTER | kinds::MENU
    );
    with_it && message.reference.is_some()
}

/// What a message says, taken away.
fn blank(out: &mut Value) {
    out["content"] = "".into();
    for list in ["embeds", "attachments", "components"] {
        out[list] = json!([]);
    }
    if let Some(fields) = out.as_object_mut() {
        fields.remove("poll");
    }
}

impl World {
    /// A message (`MessageResponse`) as nobody in particular sees it.
    pub fn message_json(&self, message: &Message) -> Value {
        self.message_json_for(message, None)
    }

    /// A message as one user sees it, who may have reacted to it.
    pub fn message_json_for(&self, message: &Message, viewer: Option<Id>) -> Value {
        let mut out = self.bare_message_json(message);
        if !message.reactions.is_empty() {
            out["reactions"] = reactions_json(message, viewer);
        }
        if let Some(poll) = &message.poll {
            out["poll"] = poll_json(message.id, poll, viewer);
        }
        if let Some(theme) = &message.theme {
            out["shared_client_theme"] = theme.clone();
        }
        if let Some(reference) = message.reference {
            out["message_reference"] = json!({
                "type": u8::from(message.snapshot.is_some()),
                "channel_id": reference.channel,
                "message_id": reference.message,
            });
            let guild = self.channels.get(&reference.channel).and_then(|c| c.guild);
            if let Some(guild) = guild {
                out["message_reference"]["guild_id"] = guild.json();
            }
        }
        if refers(message) {
            let found = self.referenced(message);
            out["referenced_message"] =
                found.map_or(Value::Null, |found| self.bare_message_json(found));
        }
        if let Some(snapshot) = &message.snapshot {
            out["message_snapshots"] = json!([{"message": snapshot}]);
        }
        if let Some(viewer) = viewer.filter(|viewer| self.is_content_hidden_from(*viewer)) {
            self.hide_content(&mut out, message, viewer);
        }
        out
    }

    fn referenced(&self, message: &Message) -> Option<&Message> {
        let reference = message.reference?;
        self.message(reference.channel, reference.message)
    }

    /// Whether the application was not given the message content intent.
    fn is_content_hidden_from(&self, application: Id) -> bool {
        let found = self.applications.get(&application);
        found.is_some_and(|found| found.privileged & intents::MESSAGE_CONTENT == 0)
    }

    /// Whether an application can read what a message says: with the intent all, without it what it
    /// wrote itself, what mentions it, and direct messages.
    pub fn can_read(&self, application: Id, message: &Message) -> bool {
        !self.is_content_hidden_from(application) || self.concerns(application, message)
    }

    fn concerns(&self, application: Id, message: &Message) -> bool {
        let channel = self.channels.get(&message.channel);
        channel.is_none_or(|channel| channel.guild.is_none())
            || message.writer() == application
            || message.application == Some(application)
            || message.mentions.contains(&application)
    }

    /// Takes out of a message what an application without the message content intent does not get:
    /// <https://discord.com/developers/docs/events/gateway#message-content-intent>.
    pub(in crate::world) fn hide_content(&self, out: &mut Value, message: &Message, from: Id) {
        if !self.concerns(from, message) {
            blank(out);
            let snapshots = out.get_mut("message_snapshots");
            let snapshots = snapshots.and_then(Value::as_array_mut);
            for snapshot in snapshots.into_iter().flatten() {
                blank(&mut snapshot["message"]);
            }
        }
        if refers(message)
            && let Some(found) = self.referenced(message)
            && !self.concerns(from, found)
        {
            blank(&mut out["referenced_message"]);
        }
    }

    /// What a forward shows of a message (`MinimalContentMessageResponse`): not whose it is.
    pub fn snapshot_json(&self, message: &Message) -> Value {
        if let Some(snapshot) = &message.snapshot {
            return snapshot.clone();
        }
        let mut whole = self.bare_message_json(message);
        let mut out = json!({});
        for field in [
            "type",
            "content",
            "embeds",
            "attachments",
            "timestamp",
            "edited_timestamp",
            "flags",
            "mentions",
            "mention_roles",
            "components",
        ] {
            out[field] = whole[field].take();
        }
        out
    }

    fn bare_message_json(&self, message: &Message) -> Value {
        let author = match &message.author {
            Author::User(id) => self.user_json(*id),
            Author::Webhook { id, name, avatar } => {
                let mut author = self.user_json(*id);
                author["avatar"] = avatar.clone().into();
                author["username"] = name.clone().into();
                author["discriminator"] = "0000".into();
                author["bot"] = true.into();
                author
            }
        };
        let users = message.mentions.iter().map(|user| self.user_json(*user));
        let mut out = json!({
            "id": message.id,
            "type": message.kind,
            "channel_id": message.channel,
            "author": author,
            "content": message.content,
            "timestamp": iso(message.id.unix_ms()),
            "edited_timestamp": message.edited_ms.map(iso),
            "tts": message.tts,
            "mention_everyone": message.mention_everyone,
            "mentions": users.collect::<Vec<_>>(),
            "mention_roles": message.mention_roles,
            "attachments": files::unused(&message.attachments, &message.embeds, &message.components),
            "embeds": message.embeds,
            "components": message.components,
            "pinned": message.pinned_ms.is_some(),
            "flags": message.flags,
        });
        if message.has_thread
            && let Some(thread) = self.channels.get(&message.id)
        {
            out["thread"] = self.channel_json(thread);
        }
        if let Some(nonce) = &message.nonce {
            out["nonce"] = nonce.clone();
        }
        if let Some(application) = message.application {
            out["application_id"] = application.json();
        }
        if let Author::Webhook { id, .. } = &message.author {
            out["webhook_id"] = id.json();
        }
        if let Some(source) = &message.source {
            // What answers an interaction is sent through the application's own webhook.
            if let Some(application) = message.application {
                out["webhook_id"] = application.json();
            }
            if source.kind != interaction::kind::COMPONENT {
                out["interaction"] = json!({
                    "id": source.interaction,
                    "type": source.kind,
                    "name": source.name,
                    "user": self.user_json(source.user),
                });
            }
            out["interaction_metadata"] = self.metadata_json(source, message);
        }
        out
    }

    /// What a message says of the interaction that it answers.
    fn metadata_json(&self, source: &Source, message: &Message) -> Value {
        let mut out = json!({
            "id": source.interaction,
            "type": source.kind,
            "user": self.user_json(source.user),
            "authorizing_integration_owners": source.owners,
        });
        if let Some(original) = source.original {
            out["original_response_message_id"] = original.json();
        }
        match (source.kind, &source.trigger) {
            (interaction::kind::COMPONENT, _) => {
                out["interacted_message_id"] =
                    json!(source.interacted_message.unwrap_or(message.id));
            }
            (interaction::kind::MODAL, Some(trigger)) => {
                out["triggering_interaction_metadata"] = self.metadata_json(trigger, message);
            }
            _ => out["name"] = source.name.clone().into(),
        }
        out
    }

    /// The `d` of `MESSAGE_CREATE` and `MESSAGE_UPDATE`: the message and where it was written.
    pub fn message_event_json(&self, message: &Message) -> Value {
        let mut out = self.message_json(message);
        out["channel_type"] = json!(self.channels.get(&message.channel).map(|c| c.kind as u8));
        let guild = self
            .channels
            .get(&message.channel)
            .and_then(|channel| channel.guild)
            .and_then(|guild| self.guilds.get(&guild));
        if let Some(guild) = guild {
            out["guild_id"] = guild.id.json();
            if let Author::User(user) = message.author
                && let Some(mut member) = self.member_json(guild, user)
            {
                if let Some(fields) = member.as_object_mut() {
                    fields.remove("user");
                }
                out["member"] = member;
            }
        }
        out
    }
}
