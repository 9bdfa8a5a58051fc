//! An interaction on its way, and how far its answer is.

use rand::Rng;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Asked, Scene};
use crate::world::interaction::{Interaction, Progress, TOKEN_MS};
use crate::world::{Id, World, intents};

impl World {
    pub(super) fn send(
        &mut self,
        application: Id,
        scene: &Scene,
        kind: u64,
        name: String,
        data: Value,
        message: Option<Id>,
    ) -> Asked {
        self.forget_old_interactions();
        let id = self.next_id();
        let token = interaction_token(id);
        let mut payload = self.interaction_json(application, scene, id, &token, kind);
        payload["data"] = data;
        if let Some(message) = message
            && let Some(found) = self.message(scene.channel, message)
        {
            payload["message"] = self.message_json(found);
        }
        let (progress, receiver) = watch::channel(Progress::default());
        let told = json!({
            "id": id, "application_id": application, "user_id": scene.user, "guild_id": scene.guild,
            "channel_id": scene.channel, "name": name, "type": kind, "state": "sent",
        });
        self.interaction_tokens.insert(token.clone(), id);
        self.interaction_ages.push_back(id);
        self.interactions.insert(
            id,
            Interaction {
                id,
                token,
                kind,
                application,
                user: scene.user,
                guild: scene.guild,
                channel: scene.channel,
                owners: scene.owners.clone(),
                name,
                created_ms: self.now_ms,
                callback: None,
                menu: payload["data"].get("target_id").is_some(),
                message,
                trigger: scene.trigger.clone(),
                original: None,
                follow_ups: 0,
                progress,
            },
        );
        self.dispatch_to(
            vec![application],
            scene.guild,
            "INTERACTION_CREATE",
            intents::ALWAYS,
            &payload,
        );
        self.tell("interaction", told);
        Asked {
            id,
            channel: scene.channel,
            application,
            progress: receiver,
        }
    }

    fn interaction_json(
        &self,
        application: Id,
        scene: &Scene,
        id: Id,
        token: &str,
        kind: u64,
    ) -> Value {
        let channel = self.channels.get(&scene.channel);
        let mut channel_json = channel.map_or(Value::Null, |channel| self.channel_json(channel));
        if let Some(fields) = channel_json.as_object_mut() {
            fields.remove("permission_overwrites");
            fields.insert(
                "permissions".to_owned(),
                self.permissions(scene.channel, scene.user).json(),
            );
        }
        let locale = self
            .users
            .get(&scene.user)
            .map_or("en-US", |user| user.locale);
        let mut out = json!({
            "id": id,
            "application_id": application,
            "type": kind,
            "token": token,
            "version": 1,
            "channel_id": scene.channel,
            "channel": channel_json,
            "locale": locale,
            "app_permissions": self.permissions_along(scene.channel, application, scene.user).json(),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": scene.owners,
            "context": self.place(scene.channel, application) as u8,
            "attachment_size_limit": 10_485_760,
        });
        match scene.guild.and_then(|guild| self.guilds.get(&guild)) {
            Some(guild) => {
                let mut member = self.member_json(guild, scene.user).unwrap_or_default();
                member["permissions"] = self.permissions(scene.channel, scene.user).json();
                out["member"] = member;
                out["guild_id"] = guild.id.json();
                out["guild_locale"] = guild.locale.into();
                out["guild"] = json!({"id": guild.id, "locale": guild.locale, "features": ["COMMUNITY", "NEWS"]});
            }
            None => out["user"] = self.user_json(scene.user),
        }
        out
    }

    fn forget_old_interactions(&mut self) {
        while let Some(oldest) = self.interaction_ages.front() {
            let now = self.now_ms;
            // Kept for a while longer than its token is good for, to tell late answers apart.
            let fresh = self
                .interactions
                .get(oldest)
                .is_some_and(|found| now.saturating_sub(found.created_ms) < 2 * TOKEN_MS);
            if fresh {
                return;
            }
            if let Some(found) = self
                .interaction_ages
                .pop_front()
                .and_then(|id| self.interactions.remove(&id))
            {
                self.interaction_tokens.remove(&found.token);
            }
        }
    }

    /// An interaction that was sent and is not forgotten.
    pub fn interaction(&self, id: Id) -> Option<&Interaction> {
        self.interactions.get(&id)
    }

    /// The interaction that a token belongs to.
    pub fn interaction_of_token(&self, token: &str) -> Option<&Interaction> {
        self.interactions.get(self.interaction_tokens.get(token)?)
    }

    /// Notes that an application has acknowledged an interaction with a callback of this type.
    pub fn acknowledge(&mut self, id: Id, callback: u64) {
        let now = self.now_ms;
        let Some(found) = self.interactions.get_mut(&id) else {
            return;
        };
        found.callback = Some(callback);
        let after = now.saturating_sub(found.created_ms);
        found
            .progress
            .send_modify(|progress| progress.acknowledged_ms = Some(after));
        let told = json!({
            "id": id, "application_id": found.application, "user_id": found.user, "guild_id": found.guild,
            "channel_id": found.channel, "name": found.name, "state": "acknowledged",
            "acknowledged_ms": after, "type": callback,
        });
        self.tell("interaction", told);
    }

    /// Notes the first answer of an interaction.
    pub fn set_original(&mut self, id: Id, message: Id) {
        if let Some(found) = self.interactions.get_mut(&id) {
            found.original = Some(message);
            found
                .progress
                .send_modify(|progress| progress.messages.push(message));
        }
    }

    /// Notes a message that follows the first answer.
    pub fn follow(&mut self, id: Id, message: Id) {
        if let Some(found) = self.interactions.get_mut(&id) {
            found.follow_ups += 1;
            found
                .progress
                .send_modify(|progress| progress.messages.push(message));
        }
    }

    /// Notes progress, and tells that there is an answer when there is.
    pub fn progress(&mut self, id: Id, change: impl FnOnce(&mut Progress)) {
        let Some(found) = self.interactions.get(&id) else {
            return;
        };
        let mut answered = false;
        found.progress.send_modify(|progress| {
            let before = progress.answered;
            change(progress);
            answered = progress.answered && !before;
        });
        if answered {
            let told = json!({
                "id": id, "application_id": found.application, "user_id": found.user, "guild_id": found.guild,
                "channel_id": found.channel, "name": found.name, "state": "answered",
            });
            self.tell("interaction", told);
        }
    }
}

/// A token as Discord's look: long, opaque, fit for a URL.
fn interaction_token(id: Id) -> String {
    use base64::Engine;
    let mut secret = [0_u8; 96];
    rand::rng().fill(&mut secret[..]);
    let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(secret);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("interaction:{id}:{secret}"))
}
