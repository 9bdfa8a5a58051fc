//! Whom messages really mention.

use serde_json::Value;

use super::message::{Author, Message, kinds};
use super::{Id, Permissions as P, World};

/// Which of a kind may be mentioned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Which {
    /// All that the text names.
    #[default]
    All,
    /// Those of the text that are listed.
    Only(Vec<Id>),
}

impl Which {
    fn admits(&self, id: Id) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(&id),
        }
    }
}

/// Allowed mentions: <https://discord.com/developers/docs/resources/message#allowed-mentions-object>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Users of the text.
    pub users: Which,
    /// Roles of the text.
    pub roles: Which,
    /// `@everyone` and `@here`.
    pub everyone: bool,
    /// The author of the message replied to.
    pub replied_user: bool,
}

impl Allowed {
    /// What counts when a message of a webhook or of an interaction does not say: users only.
    pub fn users_only() -> Self {
        Self {
            roles: Which::Only(Vec::new()),
            everyone: false,
            ..Self::default()
        }
    }
}

/// What counts when a message of a channel does not say: everybody.
impl Default for Allowed {
    fn default() -> Self {
        Self {
            users: Which::All,
            roles: Which::All,
            everyone: true,
            replied_user: true,
        }
    }
}

impl World {
    /// Decides who is mentioned: who the text names, as far as the sender allows it and may.
    pub(super) fn resolve_mentions(&self, message: &mut Message, allowed: &Allowed) {
        let named = named(&visible_text(message));
        let guild = self
            .channels
            .get(&message.channel)
            .and_then(|channel| channel.guild)
            .and_then(|guild| self.guilds.get(&guild));
        message.mentions = named
            .users
            .into_iter()
            .filter(|user| self.users.contains_key(user) && allowed.users.admits(*user))
            .collect();
        if allowed.replied_user
            && let Some(reference) = message.reference
            && let Some(found) = self.message(reference.channel, reference.message)
            && let Author::User(user) = found.author
            && matches!(message.kind, kinds::REPLY | kinds::POLL_RESULT)
            && !message.mentions.contains(&user)
        {
            message.mentions.push(user);
        }
        let may_all = match (&message.author, message.application) {
            (Author::User(user), _) => self.permissions(message.channel, *user),
            (Author::Webhook { .. }, _) => P::ALL,
        }
        .has(P::MENTION_EVERYONE);
        message.mention_roles = named
            .roles
            .into_iter()
            .filter(|role| allowed.roles.admits(*role))
            .filter(|role| {
                let role = guild.and_then(|guild| guild.roles.get(role));
                role.is_some_and(|role| may_all || role.mentionable)
            })
            .collect();
        message.mention_everyone = named.everyone && allowed.everyone && may_all && guild.is_some();
    }
}

/// The text that can mention: the content and, in the new layout, the text displays.
fn visible_text(message: &Message) -> String {
    fn collect(component: &Value, into: &mut String) {
        if component["type"] == 10
            && let Some(text) = component["content"].as_str()
        {
            into.push('\n');
            into.push_str(text);
        }
        for child in component["components"].as_array().into_iter().flatten() {
            collect(child, into);
        }
    }
    let mut text = message.content.clone();
    for component in &message.components {
        collect(component, &mut text);
    }
    text
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    users: Vec<Id>,
    roles: Vec<Id>,
    everyone: bool,
}

/// Everybody a text names: `<@1>`, `<@!1>`, `<@&1>`, `@everyone`, `@here`.
fn named(text: &str) -> Named {
    let mut found = Named {
        everyone: text.contains("@everyone") || text.contains("@here"),
        ..Named::default()
    };
    for (at, _) in text.match_indices("<@") {
        let rest = &text[at + 2..];
        let Some(end) = rest.find('>') else {
            break;
        };
        let (list, digits) = match rest[..end].strip_prefix('&') {
            Some(digits) => (&mut found.roles, digits),
            None => (&mut found.users, rest[..end].trim_start_matches('!')),
        };
        if let Ok(id) = digits.parse()
            && !list.contains(&id)
        {
            list.push(id);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_found_in_any_text() {
        let found = named("<@1> and <@!2> <@&3> <@1> <@x> @here <@");
        assert_eq!(
            found,
            Named {
                users: vec![Id(1), Id(2)],
                roles: vec![Id(3)],
                everyone: true
            }
        );
        assert_eq!(named("nobody <#1> @ every one"), Named::default());
    }
}
