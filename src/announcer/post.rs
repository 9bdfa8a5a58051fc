//! One announcement to one channel: a few requests after each other, with retries.
//!
//! ```text
//!              ┌──> edit ──────────────┐
//! look ────────┤   (gone: create)      ├──> done
//!              └──> create ──> delete ─┘
//!          (pushed up)     (the one before)
//! ```
//!
//! A target that is kept current begins with `look`, any other with `create`; only what replaces
//! another message deletes one.

use std::time::Duration;

use serenity::{
    all::{CreateAllowedMentions, CreateEmbed, CreateMessage, EditMessage, Mentionable, MessageId},
    model::channel::Nonce,
};
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{
    Announcer,
    plan::{self, Due},
};
use crate::{
    discord::{NEWEST, RestError, Route, cards},
    link::Backoff,
    listen_moe::{Occasion, OnAir},
    store::{Detail, Mode, Target, Trouble},
    telemetry::AnnouncementResult,
};

/// How often a request is tried when Discord does not answer.
const ATTEMPTS: u32 = 4;
/// How often a request is tried when Discord says that it comes too soon.
const HELD_BACK: u32 = 8;

/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>
mod code {
    pub(super) const UNKNOWN_CHANNEL: u32 = 10_003;
    pub(super) const UNKNOWN_MESSAGE: u32 = 10_008;
    pub(super) const MISSING_ACCESS: u32 = 50_001;
    pub(super) const MISSING_PERMISSIONS: u32 = 50_013;
}

/// The request that comes next.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Is this message still among the newest of its channel?
    Look(MessageId),
    Edit(MessageId),
    Create {
        /// Deleted afterwards.
        instead_of: Option<MessageId>,
    },
    Delete(MessageId),
}

/// An announcement that is still to be made, or finished.
pub(super) struct Job {
    target: Target,
    occasion: Occasion,
    phase: Phase,
    /// Nothing is added to the channel.
    quietly: bool,
    /// Recorded as announced: whatever happens, nobody else posts it.
    claimed: bool,
    backoff: Backoff,
    held_back: u32,
}

impl Job {
    pub(super) fn new(due: Due) -> Self {
        let Due {
            target,
            occasion,
            quietly,
        } = due;
        let phase = match (target.style.mode, target.message) {
            (Mode::Edit, Some(message)) if quietly => Phase::Edit(message),
            (Mode::Edit, Some(message)) => Phase::Look(message),
            (Mode::Replace, message) => Phase::Create {
                instead_of: message,
            },
            _ => Phase::Create { instead_of: None },
        };
        Self {
            target,
            occasion,
            phase,
            quietly,
            claimed: false,
            backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(15)),
            held_back: 0,
        }
    }

    /// The request that comes next.
    pub(super) const fn route(&self) -> Route {
        let channel = self.target.channel;
        match self.phase {
            Phase::Look(message) => Route::After(channel, message),
            Phase::Edit(message) => Route::Edit(channel, message),
            Phase::Create { .. } => Route::Create(channel),
            Phase::Delete(message) => Route::Delete(channel, message),
        }
    }

    /// People see it; only tidying is left.
    pub(super) const fn is_posted(&self) -> bool {
        matches!(self.phase, Phase::Delete(_))
    }

    fn next(mut self, phase: Phase) -> Step {
        self.phase = phase;
        self.backoff.reset();
        self.held_back = 0;
        Step::Next(self)
    }
}

/// What came of an attempt.
pub(super) enum Step {
    /// There will be no other.
    Ended(AnnouncementResult),
    /// It worked, and another request follows.
    Next(Job),
    /// Try again at that time.
    Later(Job, Instant),
}

/// Posts what is on air.
pub(super) struct Poster<'a> {
    announcer: &'a Announcer,
    full: CreateEmbed,
    compact: CreateEmbed,
    event: CreateEmbed,
    ended: CancellationToken,
}

impl<'a> Poster<'a> {
    pub(super) fn new(announcer: &'a Announcer, on_air: &OnAir) -> Self {
        Self {
            announcer,
            full: cards::announcement::card(on_air),
            compact: cards::announcement::compact(on_air),
            event: cards::announcement::event(on_air),
            ended: CancellationToken::new(),
        }
    }

    /// Nothing new is posted from now on.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    /// Makes one request.
    pub(super) async fn attempt(&self, mut job: Job) -> Step {
        tokio::select! {
            biased;
            () = self.ended.cancelled(), if !job.is_posted() => {
                return Step::Ended(AnnouncementResult::Skipped);
            }
            () = self.announcer.rest.turn() => {}
        }
        // Recorded as late as possible, and before the message can exist.
        if matches!(job.phase, Phase::Create { .. } | Phase::Edit(_)) && !job.claimed {
            match self.claim(&job).await {
                Some(true) => job.claimed = true,
                Some(false) => return Step::Ended(AnnouncementResult::Skipped),
                None => return Step::Ended(AnnouncementResult::Failed),
            }
        }
        let (rest, channel) = (&self.announcer.rest, job.target.channel);
        let outcome = match job.phase {
            Phase::Look(message) => rest.count_after(channel, message).await.map(|after| {
                let next = if after < NEWEST {
                    Phase::Edit(message)
                } else {
                    let instead_of = Some(message);
                    Phase::Create { instead_of }
                };
                Some(next)
            }),
            Phase::Edit(message) => {
                let edit = rest.edit(channel, message, &self.edit(&job)).await;
                if edit.is_ok() {
                    self.arrived(&job, message).await;
                }
                edit.map(|()| None)
            }
            Phase::Create { instead_of } => {
                let created = rest.create(channel, &self.message(&job)).await;
                if let Ok(message) = created {
                    self.arrived(&job, message).await;
                }
                created.map(|_| instead_of.map(Phase::Delete))
            }
            Phase::Delete(message) => rest.delete(channel, message).await.map(|()| None),
        };
        match outcome {
            Ok(Some(phase)) => job.next(phase),
            Ok(None) => Step::Ended(AnnouncementResult::Posted),
            Err(error) => self.failed(job, error).await,
        }
    }

    /// Whether to try again, and what to tell people when not.
    async fn failed(&self, mut job: Job, error: RestError) -> Step {
        let channel = job.target.channel;
        let (why, refused) = match error {
            RestError::RateLimited if job.held_back < HELD_BACK => {
                job.held_back += 1;
                let until = self.announcer.rest.held_until(job.route());
                return Step::Later(job, until.unwrap_or_else(Instant::now));
            }
            RestError::RateLimited => ("Discord holds this channel back".to_owned(), false),
            RestError::Unavailable(why) if job.backoff.attempts() + 1 < ATTEMPTS => {
                let wait = job.backoff.next(&mut rand::rng());
                warn!(%channel, retry_in = ?wait, "not announced yet: {why}");
                return Step::Later(job, Instant::now() + wait);
            }
            RestError::Unavailable(_) => ("Discord could not be reached".to_owned(), false),
            // Somebody has deleted the message that was to be kept current.
            RestError::Refused {
                code: code::UNKNOWN_MESSAGE,
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

    async fn arrived(&self, job: &Job, message: MessageId) {
        let target = &job.target;
        if target.message == Some(message) && target.trouble.is_none() {
            return;
        }
        let store = &self.announcer.store;
        let noted = store.set_message(target.channel, target.station, message);
        if let Err(error) = noted.await {
            warn!(channel = %target.channel, "its message could not be noted: {error}");
        }
    }

    /// What `/announce show` says of a target, and when it is tried again.
    async fn note(&self, target: &Target, why: String, refused: bool) {
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

    fn card(&self, job: &Job) -> CreateEmbed {
        match (job.occasion, job.target.style.detail) {
            (Occasion::Event { .. }, _) => self.event.clone(),
            (Occasion::Play(_), Detail::Full) => self.full.clone(),
            (Occasion::Play(_), Detail::Compact) => self.compact.clone(),
        }
    }

    fn message(&self, job: &Job) -> CreateMessage {
        let message = CreateMessage::new()
            .embed(self.card(job))
            .nonce(Nonce::String(plan::nonce(
                job.target.channel,
                &job.occasion,
            )))
            .enforce_nonce(true);
        match (job.occasion, job.target.style.role) {
            (Occasion::Event { .. }, Some(role)) => message
                .content(role.mention().to_string())
                .allowed_mentions(CreateAllowedMentions::new().roles([role])),
            _ => message.allowed_mentions(CreateAllowedMentions::new()),
        }
    }

    fn edit(&self, job: &Job) -> EditMessage {
        EditMessage::new()
            .embed(self.card(job))
            .allowed_mentions(CreateAllowedMentions::new())
    }
}

/// What people are told about a refusal.
fn explain(code: u32) -> String {
    match code {
        code::MISSING_ACCESS => "I cannot see this channel: give me View Channel there".to_owned(),
        code::MISSING_PERMISSIONS => {
            "I may not post here: give me Send Messages and Embed Links in this channel".to_owned()
        }
        code => format!("Discord refuses my messages here (code {code})"),
    }
}
