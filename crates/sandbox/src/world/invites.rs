//! Invites: <https://discord.com/developers/docs/resources/invite>.

use rand::Rng;
use rand::distr::Alphanumeric;
use serde_json::{Value, json};

use super::{Id, World, intents, iso};

/// An invite to a channel of a guild.
#[derive(Debug, Clone)]
pub struct Invite {
    /// What it is known by.
    pub code: String,
    /// The guild.
    pub guild: Id,
    /// The channel.
    pub channel: Id,
    /// Who made it.
    pub inviter: Id,
    /// Seconds that it is good for, 0 for ever.
    pub max_age: u64,
    /// How often it can be used, 0 for any number.
    pub max_uses: u64,
    /// Who comes with it stays until they leave.
    pub temporary: bool,
    /// Made, in milliseconds since the Unix epoch.
    pub created_ms: u64,
}

impl Invite {
    fn expires_ms(&self) -> Option<u64> {
        (self.max_age > 0).then(|| self.created_ms + self.max_age * 1_000)
    }
}

/// A code as Discord's are.
pub fn invite_code() -> String {
    let letters = rand::rng().sample_iter(Alphanumeric).take(10);
    letters.map(char::from).collect()
}

impl World {
    /// An invite that has not expired.
    pub fn invite(&self, code: &str) -> Option<&Invite> {
        let found = self.invites.get(code)?;
        let expired = found.expires_ms().is_some_and(|at| at <= self.now_ms);
        (!expired && self.channels.contains_key(&found.channel)).then_some(found)
    }

    /// The invites of a guild that have not expired, oldest first.
    pub fn invites_of(&self, guild: Id) -> Vec<&Invite> {
        let codes = self.invites.values().filter(|invite| invite.guild == guild);
        let mut list: Vec<&Invite> = codes.filter_map(|found| self.invite(&found.code)).collect();
        list.sort_by(|a, b| (a.created_ms, &a.code).cmp(&(b.created_ms, &b.code)));
        list
    }

    /// Keeps an invite and tells of it.
    pub fn add_invite(&mut self, invite: Invite) {
        let mut data = json!({
            "code": invite.code,
            "channel_id": invite.channel,
            "guild_id": invite.guild,
            "created_at": iso(invite.created_ms),
            "expires_at": invite.expires_ms().map(iso),
            "max_age": invite.max_age,
            "max_uses": invite.max_uses,
            "temporary": invite.temporary,
            "uses": 0,
            "type": 0,
        });
        data["inviter"] = self.user_json(invite.inviter);
        let channel = invite.channel;
        self.invites.insert(invite.code.clone(), invite);
        self.dispatch_in(channel, "INVITE_CREATE", intents::GUILD_INVITES, &data);
    }

    /// Takes an invite back.
    pub fn remove_invite(&mut self, code: &str) {
        if let Some(invite) = self.invites.remove(code) {
            let (channel, guild) = (invite.channel, invite.guild);
            let data = json!({"channel_id": channel, "guild_id": guild, "code": code});
            self.dispatch_in(channel, "INVITE_DELETE", intents::GUILD_INVITES, &data);
        }
    }

    /// An invite (`GuildInviteResponse`), with what only moderators see.
    pub fn invite_json(&self, invite: &Invite, with_metadata: bool, with_counts: bool) -> Value {
        let guild = self.guilds.get(&invite.guild);
        let channel = self.channels.get(&invite.channel);
        let members = guild.map_or(0, |guild| guild.members.len());
        let mut out = json!({
            "type": 0,
            "code": invite.code,
            "inviter": self.user_json(invite.inviter),
            "expires_at": invite.expires_ms().map(iso),
            "flags": 0,
            "guild": {
                "id": invite.guild,
                "name": guild.map(|guild| guild.name.as_str()),
                "splash": null,
                "banner": null,
                "description": guild.and_then(|guild| guild.description.as_deref()),
                "icon": null,
                "features": ["COMMUNITY", "NEWS"],
                "verification_level": 0,
                "vanity_url_code": null,
                "nsfw_level": 0,
                "nsfw": false,
                "premium_subscription_count": 0,
            },
            "guild_id": invite.guild,
            "channel": {
                "id": invite.channel,
                "type": channel.map(|channel| channel.kind as u8),
                "name": channel.map(|channel| channel.name.as_str()),
            },
        });
        if with_metadata {
            out["uses"] = 0.into();
            out["max_uses"] = invite.max_uses.into();
            out["max_age"] = invite.max_age.into();
            out["temporary"] = invite.temporary.into();
            out["created_at"] = iso(invite.created_ms).into();
        }
        if with_counts {
            out["approximate_member_count"] = members.into();
            out["approximate_presence_count"] = members.into();
        }
        out
    }
}
