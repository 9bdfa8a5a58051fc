//! The messages that announce what is on air, as the bot and as a webhook send them.

use serenity::{
    all::{
        CreateAllowedMentions, CreateEmbed, CreateMessage, EditMessage, EditWebhookMessage,
        ExecuteWebhook, Mentionable, RoleId,
    },
    model::channel::Nonce,
};

use super::{cards::Cards, hire, job::Job, plan};
use crate::{
    language::Servers,
    listen_moe::{self, Occasion, OnAir},
};

/// What is on air, as each channel gets it.
pub(super) struct Messages<'a>(Cards<'a>);

impl<'a> Messages<'a> {
    pub(super) fn about(on_air: &'a OnAir, servers: &'a Servers) -> Self {
        Self(Cards::new(on_air, servers))
    }

    fn card(&self, job: &Job) -> CreateEmbed {
        self.0.of(&job.target, job.occasion)
    }

    pub(super) fn message(&self, job: &Job) -> CreateMessage {
        let message = CreateMessage::new()
            .embed(self.card(job))
            .nonce(Nonce::String(plan::nonce(
                job.target.channel,
                &job.occasion,
                job.target.message,
            )))
            .enforce_nonce(true);
        match mentioned(job) {
            Some(role) => message
                .content(role.mention().to_string())
                .allowed_mentions(CreateAllowedMentions::new().roles([role])),
            None => message.allowed_mentions(CreateAllowedMentions::new()),
        }
    }

    /// The same through a webhook, which takes no nonce.
    pub(super) fn message_through(&self, job: &Job) -> ExecuteWebhook {
        let message = ExecuteWebhook::new()
            .username(hire::name(job.target.station))
            .avatar_url(listen_moe::LOGO)
            .embed(self.card(job));
        match mentioned(job) {
            Some(role) => message
                .content(role.mention().to_string())
                .allowed_mentions(CreateAllowedMentions::new().roles([role])),
            None => message.allowed_mentions(CreateAllowedMentions::new()),
        }
    }

    pub(super) fn edit(&self, job: &Job) -> EditMessage {
        EditMessage::new()
            .embed(self.card(job))
            .allowed_mentions(CreateAllowedMentions::new())
    }

    pub(super) fn edit_through(&self, job: &Job) -> EditWebhookMessage {
        EditWebhookMessage::new()
            .embed(self.card(job))
            .allowed_mentions(CreateAllowedMentions::new())
    }
}

/// Who is told of it: a role, when a live event begins.
fn mentioned(job: &Job) -> Option<RoleId> {
    let role = job.target.style.role?;
    matches!(job.occasion, Occasion::Event { .. }).then_some(role)
}
