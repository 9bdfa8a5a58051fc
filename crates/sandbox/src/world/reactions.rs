//! What people think of messages.

use serde_json::{Value, json};

use super::message::Reaction;
use super::{Author, Id, Message, World, intents};

/// Different emojis that a message may have.
pub const EMOJIS: usize = 20;

impl World {
    /// Adds a reaction; false when it is there already, or there is no such message.
    pub fn react(&mut self, channel: Id, message: Id, user: Id, emoji: &str) -> bool {
        let Some(found) = self.message_mut(channel, message) else {
            return false;
        };
        match found.reactions.iter_mut().find(|r| r.emoji == emoji) {
            Some(reaction) if reaction.users.contains(&user) => return false,
            Some(reaction) => reaction.users.push(user),
            None => found.reactions.push(Reaction {
                emoji: emoji.to_owned(),
                users: vec![user],
            }),
        }
        let author = match found.author {
            Author::User(author) => Some(author),
            Author::Webhook { .. } => None,
        };
        let mut data = json!({
            "user_id": user,
            "channel_id": channel,
            "message_id": message,
            "emoji": emoji_json(emoji),
            "burst": false,
            "type": 0,
        });
        if let Some(author) = author {
            data["message_author_id"] = author.json();
        }
        let guild = self.channels.get(&channel).and_then(|found| found.guild);
        if let Some(guild) = guild.and_then(|guild| self.guilds.get(&guild)) {
            data["member"] = json!(self.member_json(guild, user));
        }
        self.reaction_event("MESSAGE_REACTION_ADD", channel, message, data);
        true
    }

    /// Takes a reaction back; false when it is not there.
    pub fn unreact(&mut self, channel: Id, message: Id, user: Id, emoji: &str) -> bool {
        let Some(found) = self.message_mut(channel, message) else {
            return false;
        };
        let Some(reaction) = found.reactions.iter_mut().find(|r| r.emoji == emoji) else {
            return false;
        };
        let before = reaction.users.len();
        reaction.users.retain(|other| *other != user);
        if reaction.users.len() == before {
            return false;
        }
        found
            .reactions
            .retain(|reaction| !reaction.users.is_empty());
        let data = json!({
            "user_id": user,
            "channel_id": channel,
            "message_id": message,
            "emoji": emoji_json(emoji),
            "burst": false,
            "type": 0,
        });
        self.reaction_event("MESSAGE_REACTION_REMOVE", channel, message, data);
        true
    }

    /// Takes all reactions away, or those with one emoji.
    pub fn clear_reactions(&mut self, channel: Id, message: Id, emoji: Option<&str>) {
        let Some(found) = self.message_mut(channel, message) else {
            return;
        };
        let before = found.reactions.len();
        found
            .reactions
            .retain(|reaction| emoji.is_some_and(|emoji| reaction.emoji != emoji));
        if found.reactions.len() == before && emoji.is_some() {
            return;
        }
        let mut data = json!({"channel_id": channel, "message_id": message});
        let name = match emoji {
            Some(emoji) => {
                data["emoji"] = emoji_json(emoji);
                "MESSAGE_REACTION_REMOVE_EMOJI"
            }
            None => "MESSAGE_REACTION_REMOVE_ALL",
        };
        self.reaction_event(name, channel, message, data);
    }

    fn reaction_event(&mut self, name: &'static str, channel: Id, message: Id, mut data: Value) {
        let guild = self.channels.get(&channel).and_then(|found| found.guild);
        let wanted = match guild {
            Some(guild) => {
                data["guild_id"] = guild.json();
                intents::GUILD_MESSAGE_REACTIONS
            }
            None => intents::DIRECT_MESSAGE_REACTIONS,
        };
        self.dispatch_in(channel, name, wanted, &data);
        if let Some(found) = self.message(channel, message) {
            let data = self.message_event_json(found);
            self.tell("message_update", data);
        }
    }
}

/// The `reactions` of a message, as one user sees them.
pub(super) fn reactions_json(message: &Message, viewer: Option<Id>) -> Value {
    let one = |reaction: &Reaction| {
        let count = reaction.users.len();
        json!({
            "emoji": emoji_json(&reaction.emoji),
            "count": count,
            "count_details": {"burst": 0, "normal": count},
            "burst_colors": [],
            "me_burst": false,
            "burst_me": false,
            "burst_count": 0,
            "me": viewer.is_some_and(|viewer| reaction.users.contains(&viewer)),
        })
    };
    message.reactions.iter().map(one).collect()
}

fn emoji_json(name: &str) -> Value {
    json!({"id": null, "name": name})
}
