//! One announcement to one channel: a few requests after each other, with retries.
//!
//! ```text
//!               ┌──> edit ──────────────┐
//! hire ─ look ──┤   (gone: create)      ├──> done
//!               └──> create ──> delete ─┘
//!           (pushed up)     (the one before)
//! ```
//!
//! Where a webhook is wanted and not there yet, `hire` finds or makes it. A target that is kept
//! current goes on with `look`, any other with `create`; only what replaces another message deletes
//! one. A message of the bot's own has a nonce, so that a retry makes no second; one of a webhook has
//! none, and without an answer it is looked for (`check`) before it is sent again. A webhook that is
//! gone leaves its work to the bot itself.

use serenity::all::{MessageId, WebhookId};
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{
    Announcer,
    dismiss::dismiss_unused,
    hire::Hiring,
    job::{Job, Phase, Step},
    message::Messages,
    plan,
};
use crate::{
    discord::{NEWEST, RestError, Turn},
    listen_moe::OnAir,
    store::{Reason, Target, Trouble, Webhook},
    telemetry::AnnouncementResult,
};

/// How often a request is tried when Discord does not answer.
const ATTEMPTS: u32 = 4;
/// How often a request is tried when Discord says that it comes too soon.
const HELD_BACK: u32 = 8;

/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>
pub(super) mod code {
    pub(in super::super) const UNKNOWN_CHANNEL: u32 = 10_003;
    pub(in super::super) const UNKNOWN_MESSAGE: u32 = 10_008;
    pub(in super::super) const UNKNOWN_WEBHOOK: u32 = 10_015;
    pub(in super::super) const TOO_MANY_WEBHOOKS: u32 = 30_007;
    pub(in super::super) const MISSING_ACCESS: u32 = 50_001;
    pub(in super::super) const ANOTHERS_MESSAGE: u32 = 50_005;
    pub(in super::super) const MISSING_PERMISSIONS: u32 = 50_013;
    pub(in super::super) const INVALID_WEBHOOK_TOKEN: u32 = 50_027;
}

/// Posts what is on air.
pub(super) struct Poster<'a> {
    announcer: &'a Announcer,
    messages: Messages<'a>,
    hiring: Hiring,
    ended: CancellationToken,
}

impl<'a> Poster<'a> {
    pub(super) fn new(announcer: &'a Announcer, on_air: &'a OnAir) -> Self {
        Self {
            announcer,
            messages: Messages::about(on_air, &announcer.servers),
            hiring: Hiring::default(),
            ended: CancellationToken::new(),
        }
    }

    /// Nothing new is posted from now on.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    /// Makes one request, or hires a webhook.
    pub(super) async fn attempt(&self, mut job: Job) -> Step {
        if matches!(job.phase, Phase::Hire) {
            tokio::select! {
                biased;
                () = self.ended.cancelled() => return Step::Dropped(job),
                webhook = self.hiring.hire(self.announcer, &job.target) => {
                    job.target.webhook = webhook;
                }
            }
            let first = job.first();
            return job.next(first);
        }
        let turn = tokio::select! {
            biased;
            () = self.ended.cancelled(), if !job.is_posted() => return Step::Dropped(job),
            turn = self.announcer.rest.turn_in(job.lane()) => turn,
        };
        // Recorded as late as possible, and before the message can exist.
        if matches!(job.phase, Phase::Create { .. } | Phase::Edit(_)) && job.claimed.is_none() {
            match self.claim(&job).await {
                Some(true) => job.claimed = Some(OffsetDateTime::now_utc()),
                Some(false) => return Step::Ended(AnnouncementResult::Skipped),
                None => return Step::Ended(AnnouncementResult::Failed),
            }
        }
        match self.request(turn, &job).await {
            Ok(Some(phase)) => job.next(phase),
            Ok(None) => Step::Ended(AnnouncementResult::Posted),
            Err(Failure::Missing) => {
                // As often as anything without an answer: the phases take turns.
                job.phase = Phase::Create {
                    instead_of: job.replaced(),
                };
                Step::Next(job)
            }
            Err(Failure::Unknown) => {
                let why = Reason::Unreachable;
                self.note(&job.target, why, false).await;
                Step::Ended(AnnouncementResult::Failed)
            }
            Err(Failure::Rest(error)) => self.failed(job, error).await,
        }
    }

    /// Makes all requests of a job, each once. False when Discord holds one back, or does not answer
    /// it.
    pub(super) async fn finish(&self, mut job: Job) -> bool {
        loop {
            if self.announcer.rest.held_until(job.route()).is_some() {
                return false;
            }
            match self.attempt(job).await {
                Step::Next(next) => job = next,
                Step::Ended(_) => return true,
                Step::Later(..) | Step::Dropped(_) => return false,
            }
        }
    }

    /// Makes the request of a phase, and says which comes next.
    async fn request(&self, turn: Turn, job: &Job) -> Result<Option<Phase>, Failure> {
        let (rest, channel, through) = (&self.announcer.rest, job.target.channel, job.through());
        match job.phase {
            Phase::Hire => Ok(None),
            Phase::Look(message) => {
                let after = rest.count_after(turn, channel, message).await?;
                Ok(Some(if after < NEWEST {
                    Phase::Edit(message)
                } else {
                    let instead_of = Some(message);
                    Phase::Create { instead_of }
                }))
            }
            Phase::Edit(message) => {
                match through {
                    None => {
                        let edit = self.messages.edit(job);
                        rest.edit(turn, channel, message, &edit).await?;
                    }
                    Some(webhook) => {
                        let edit = self.messages.edit_through(job);
                        rest.edit_through(turn, webhook, channel, message, &edit)
                            .await?;
                    }
                }
                self.arrived(job, message, through).await;
                Ok(None)
            }
            Phase::Create { instead_of } => {
                let message = match through {
                    None => {
                        let message = self.messages.message(job);
                        rest.create(turn, channel, &message).await?
                    }
                    Some(webhook) => {
                        let message = self.messages.message_through(job);
                        rest.execute(turn, webhook, channel, &message).await?
                    }
                };
                self.arrived(job, message, through).await;
                Ok(instead_of.map(Phase::Delete))
            }
            Phase::Check { instead_of } => {
                let newest = rest.newest(turn, channel).await?;
                let writer = job.target.webhook.as_ref();
                match arrived(job, writer.map(|webhook| webhook.id), &newest) {
                    Some(message) => {
                        self.arrived(job, message, writer).await;
                        Ok(instead_of.map(Phase::Delete))
                    }
                    // Not even others' messages: perhaps they may not be read.
                    None if newest.is_empty() => Err(Failure::Unknown),
                    None => Err(Failure::Missing),
                }
            }
            Phase::Delete(message) => {
                match through {
                    None => rest.delete(turn, channel, message).await?,
                    Some(webhook) => {
                        rest.delete_through(turn, webhook, channel, message).await?;
                        if job.target.webhook.as_ref() != Some(webhook) {
                            let (store, guild) = (&self.announcer.store, job.target.guild);
                            dismiss_unused(store, rest, Some(guild)).await;
                        }
                    }
                }
                Ok(None)
            }
        }
    }

    /// Whether to try again, and what to tell people when not.
    async fn failed(&self, mut job: Job, error: RestError) -> Step {
        let channel = job.target.channel;
        if let RestError::Refused {
            code: code::UNKNOWN_WEBHOOK | code::INVALID_WEBHOOK_TOKEN,
            ..
        } = error
            && let Some(webhook) = job.through().map(|webhook| webhook.id)
        {
            return self.without(job, webhook).await;
        }
        let (why, refused) = match error {
            RestError::RateLimited if job.held_back < HELD_BACK => {
                job.held_back += 1;
                let until = self.announcer.rest.held_until(job.route());
                return Step::Later(job, until.unwrap_or_else(Instant::now));
            }
            RestError::RateLimited => (Reason::HeldBack, false),
            RestError::Unavailable(why) if job.backoff.attempts() + 1 < ATTEMPTS => {
                let wait = job.backoff.next(&mut rand::rng());
                warn!(%channel, retry_in = ?wait, "not announced yet: {why}");
                if let Phase::Create { instead_of } = job.phase
                    && job.through().is_some()
                {
                    job.phase = Phase::Check { instead_of };
                }
                return Step::Later(job, Instant::now() + wait);
            }
            RestError::Unavailable(_) => (Reason::Unreachable, false),
            // Somebody has deleted the message that was to be kept current, or it was written by a
            // webhook that is gone.
            RestError::Refused {
                code: code::UNKNOWN_MESSAGE | code::ANOTHERS_MESSAGE,
                ..
            } if matches!(job.phase, Phase::Look(_) | Phase::Edit(_)) => {
                if job.quietly {
                    return Step::Ended(AnnouncementResult::Skipped);
                }
                return job.next(Phase::Create { instead_of: None });
            }
            RestError::Refused {
                status,
                code,
                message,
            } => {
                if job.is_posted() {
                    debug!(%channel, status, code, "the message before stays: {message}");
                    return Step::Ended(AnnouncementResult::Posted);
                }
                info!(%channel, status, code, "announcement refused: {message}");
                if code == code::UNKNOWN_CHANNEL {
                    self.forget(&job.target).await;
                    return Step::Ended(AnnouncementResult::Failed);
                }
                (explain(code), true)
            }
        };
        if job.is_posted() {
            return Step::Ended(AnnouncementResult::Posted);
        }
        self.note(&job.target, why, refused).await;
        Step::Ended(AnnouncementResult::Failed)
    }

    /// Goes on without a webhook that somebody has deleted: what it was to write, the bot writes
    /// itself.
    async fn without(&self, mut job: Job, webhook: WebhookId) -> Step {
        let channel = job.target.channel;
        info!(%channel, %webhook, "the webhook is gone, announcing as myself");
        if let Err(error) = self.announcer.store.webhook_deleted(webhook).await {
            warn!(%channel, "that its webhook is gone could not be noted: {error}");
        }
        if job.is_posted() {
            return Step::Ended(AnnouncementResult::Posted);
        }
        if job.quietly {
            return Step::Ended(AnnouncementResult::Skipped);
        }
        let target = &mut job.target;
        let is_it = |other: &Option<Webhook>| other.as_ref().is_some_and(|it| it.id == webhook);
        if is_it(&target.webhook) {
            target.webhook = None;
        }
        if is_it(&target.author) {
            // Nobody can change its messages any more.
            (target.author, target.message) = (None, None);
        }
        let instead_of = job.replaced();
        job.next(Phase::Create { instead_of })
    }

    /// Whether this was not recorded for the target before; `None` when that cannot be known, in
    /// which case it must not be posted.
    async fn claim(&self, job: &Job) -> Option<bool> {
        let Target {
            channel, station, ..
        } = job.target;
        let claim = self.announcer.store.claim(channel, station, &job.occasion);
        claim
            .await
            .inspect_err(|error| warn!(%channel, "not announced: {error}"))
            .ok()
    }

    async fn arrived(&self, job: &Job, message: MessageId, author: Option<&Webhook>) {
        let target = &job.target;
        if target.message == Some(message) && target.trouble.is_none() {
            return;
        }
        let store = &self.announcer.store;
        let author = author.map(|webhook| webhook.id);
        let noted = store.set_message(target.channel, target.station, message, author);
        if let Err(error) = noted.await {
            warn!(channel = %target.channel, "its message could not be noted: {error}");
        }
    }

    /// What `/announce show` says of a target, and when it is tried again.
    async fn note(&self, target: &Target, why: Reason, refused: bool) {
        let before = target
            .trouble
            .as_ref()
            .map_or(0, |trouble| trouble.refusals);
        let refusals = before.saturating_add(refused.into());
        let trouble = Trouble {
            why,
            refusals,
            retry_at: refused.then(|| plan::retry_at(refusals, OffsetDateTime::now_utc())),
        };
        let store = &self.announcer.store;
        let noted = store.set_trouble(target.channel, target.station, &trouble);
        if let Err(error) = noted.await {
            warn!(channel = %target.channel, "its trouble could not be noted: {error}");
        }
    }

    /// The channel is gone, and with it anybody to tell.
    async fn forget(&self, target: &Target) {
        let store = &self.announcer.store;
        if let Err(error) = store.remove_target(target.guild, target.channel).await {
            warn!(channel = %target.channel, "could not be forgotten: {error}");
        }
    }
}

/// Why a phase was not done.
enum Failure {
    Rest(RestError),
    /// The message is not there.
    Missing,
    /// Nobody can say whether it is.
    Unknown,
}

impl From<RestError> for Failure {
    fn from(error: RestError) -> Self {
        Self::Rest(error)
    }
}

/// The message of this announcement among the newest of its channel.
fn arrived(
    job: &Job,
    writer: Option<WebhookId>,
    newest: &[(MessageId, Option<WebhookId>)],
) -> Option<MessageId> {
    let claimed = job.claimed? - plan::TOLERANCE;
    newest
        .iter()
        .filter(|(id, author)| {
            *author == writer && Some(*id) > job.target.message && plan::posted(*id) >= claimed
        })
        .map(|(id, _)| *id)
        .max()
}

/// What people are told about a refusal.
const fn explain(code: u32) -> Reason {
    match code {
        code::MISSING_ACCESS => Reason::Access,
        code::MISSING_PERMISSIONS => Reason::Permissions,
        code => Reason::Refused(code),
    }
}
