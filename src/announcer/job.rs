//! One announcement to one channel, as a value: what is left of it to do.

use std::time::Duration;

use serenity::all::MessageId;
use time::OffsetDateTime;
use tokio::time::Instant;

use super::plan::{self, Due};
use crate::{
    discord::{Lane, Route},
    link::Backoff,
    listen_moe::{Occasion, OnAir},
    store::{Mode, Target, Webhook},
    telemetry::AnnouncementResult,
};

/// The request that comes next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    /// Find the webhook that is wanted, or make it.
    Hire,
    /// Is this message still among the newest of its channel?
    Look(MessageId),
    Edit(MessageId),
    Create {
        /// Deleted afterwards.
        instead_of: Option<MessageId>,
    },
    /// Has the message arrived that a webhook was to post?
    Check {
        /// Deleted afterwards.
        instead_of: Option<MessageId>,
    },
    Delete(MessageId),
}

/// An announcement that is still to be made, or finished.
pub(super) struct Job {
    pub(super) target: Target,
    pub(super) occasion: Occasion,
    pub(super) phase: Phase,
    /// Nothing is added to the channel.
    pub(super) quietly: bool,
    /// When it was recorded as announced: whatever happens, nobody else posts it.
    pub(super) claimed: Option<OffsetDateTime>,
    pub(super) backoff: Backoff,
    pub(super) held_back: u32,
}

impl Job {
    pub(super) fn new(due: Due, now: OffsetDateTime) -> Self {
        let Due {
            target,
            occasion,
            quietly,
        } = due;
        let mut job = Self {
            phase: Phase::Hire,
            target,
            occasion,
            quietly,
            claimed: None,
            backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(15)),
            held_back: 0,
        };
        if quietly || !plan::wants_webhook(&job.target, now) {
            job.phase = job.first();
        }
        job
    }

    /// To show once more, as it is to look now, what a channel that keeps a message current shows
    /// already. `None` where it shows something else, or no such message.
    pub(super) fn again(target: Target, on_air: &OnAir, now: OffsetDateTime) -> Option<Self> {
        let keeps = matches!(target.style.mode, Mode::Edit | Mode::Replace);
        let message = target
            .message
            .filter(|_| keeps && target.trouble.is_none())?;
        let occasion = plan::occasion(target.style.mode, on_air)?;
        if target.last != Some(occasion) {
            return None;
        }
        let is_quiet = target.style.quiet.is_some_and(|quiet| quiet.is_on(now));
        // Only who wrote a message can change it; where another is to write, it gives way.
        let changes = is_quiet || target.author == target.webhook;
        let due = Due {
            target,
            occasion,
            quietly: changes,
        };
        Some(Self {
            phase: if changes {
                Phase::Edit(message)
            } else {
                let instead_of = Some(message);
                Phase::Create { instead_of }
            },
            claimed: Some(now),
            ..Self::new(due, now)
        })
    }

    /// What comes first once it is known who writes.
    pub(super) fn first(&self) -> Phase {
        let target = &self.target;
        // Only who wrote a message can change it; a webhook that is new here takes its place.
        let same = target.author == target.webhook;
        match (target.style.mode, target.message) {
            (Mode::Edit, Some(message)) if self.quietly => Phase::Edit(message),
            (Mode::Edit, Some(message)) if same => Phase::Look(message),
            _ => Phase::Create {
                instead_of: self.replaced(),
            },
        }
    }

    /// The message that gives way to the one that is posted.
    pub(super) fn replaced(&self) -> Option<MessageId> {
        let replaces = matches!(self.target.style.mode, Mode::Edit | Mode::Replace);
        self.target.message.filter(|_| replaces)
    }

    /// The webhook that makes the next request; `None` when the bot itself does.
    pub(super) const fn through(&self) -> Option<&Webhook> {
        match self.phase {
            Phase::Create { .. } => self.target.webhook.as_ref(),
            // These are about the message before.
            Phase::Edit(_) | Phase::Delete(_) => self.target.author.as_ref(),
            Phase::Hire | Phase::Look(_) | Phase::Check { .. } => None,
        }
    }

    /// The request that comes next.
    pub(super) fn route(&self) -> Route {
        let channel = self.target.channel;
        let through = self
            .through()
            .map(|webhook| (webhook.id, webhook.thread(channel)));
        match (self.phase, through) {
            (Phase::Hire, _) => {
                Route::Webhooks(self.target.style.webhook.unwrap_or(self.target.channel))
            }
            (Phase::Look(message), _) => Route::After(channel, message),
            (Phase::Check { .. }, _) => Route::Newest(channel),
            (Phase::Edit(message), None) => Route::Edit(channel, message),
            (Phase::Edit(message), Some((webhook, thread))) => {
                Route::EditThrough(webhook, thread, message)
            }
            (Phase::Create { .. }, None) => Route::Create(channel),
            (Phase::Create { .. }, Some((webhook, thread))) => Route::Execute(webhook, thread),
            (Phase::Delete(message), None) => Route::Delete(channel, message),
            (Phase::Delete(message), Some((webhook, thread))) => {
                Route::DeleteThrough(webhook, thread, message)
            }
        }
    }

    /// Whose limit the next request counts for.
    pub(super) fn lane(&self) -> Lane {
        self.route().lane()
    }

    /// People see it; only tidying is left.
    pub(super) const fn is_posted(&self) -> bool {
        matches!(self.phase, Phase::Delete(_))
    }

    pub(super) fn next(mut self, phase: Phase) -> Step {
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
    /// There was no time left for it.
    Dropped(Job),
}
