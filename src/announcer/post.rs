//! One message to one channel, with retries.

use std::time::Duration;

use serenity::{
    all::{ChannelId, CreateAllowedMentions, CreateEmbed, CreateMessage},
    model::channel::Nonce,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Announcer, plan};
use crate::{
    discord::{RestError, cards},
    link::Backoff,
    listen_moe::{OnAir, PlayId},
    store::Target,
    telemetry::AnnouncementResult,
};

/// How often a message is tried when Discord does not answer.
const ATTEMPTS: u32 = 4;
/// How often a message is tried when Discord says that it comes too soon.
const HELD_BACK: u32 = 8;

/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>
mod code {
    pub(super) const UNKNOWN_CHANNEL: u32 = 10_003;
    pub(super) const MISSING_ACCESS: u32 = 50_001;
    pub(super) const MISSING_PERMISSIONS: u32 = 50_013;
}

/// A message that is still to be posted.
pub(super) struct Job {
    target: Target,
    /// Recorded as announced: whatever happens, nobody else posts it.
    claimed: bool,
    backoff: Backoff,
    held_back: u32,
}

impl Job {
    pub(super) const fn new(target: Target) -> Self {
        Self {
            target,
            claimed: false,
            backoff: Backoff::new(Duration::from_secs(1), Duration::from_secs(15)),
            held_back: 0,
        }
    }

    pub(super) const fn channel(&self) -> ChannelId {
        self.target.channel
    }
}

/// What came of an attempt.
pub(super) enum Step {
    /// There will be no other.
    Ended(AnnouncementResult),
    /// Try again at that time.
    Later(Job, Instant),
}

/// Posts one play.
pub(super) struct Poster<'a> {
    announcer: &'a Announcer,
    play: PlayId,
    card: CreateEmbed,
    ended: CancellationToken,
}

impl<'a> Poster<'a> {
    pub(super) fn new(announcer: &'a Announcer, on_air: &OnAir) -> Self {
        Self {
            announcer,
            play: on_air.play_id(),
            card: cards::announcement::card(on_air),
            ended: CancellationToken::new(),
        }
    }

    /// Nothing is sent from now on.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    /// Posts to one target, once.
    pub(super) async fn attempt(&self, mut job: Job) -> Step {
        tokio::select! {
            biased;
            () = self.ended.cancelled() => return Step::Ended(AnnouncementResult::Skipped),
            () = self.announcer.rest.turn() => {}
        }
        // Recorded as late as possible, and before the message can exist.
        if !job.claimed {
            match self.claim(&job.target).await {
                Some(true) => job.claimed = true,
                Some(false) => return Step::Ended(AnnouncementResult::Skipped),
                None => return Step::Ended(AnnouncementResult::Failed),
            }
        }
        let message = self.message(&job.target);
        let channel = job.channel();
        match self.announcer.rest.create_message(channel, &message).await {
            Ok(()) => {
                self.announcer.note(&job.target, None).await;
                Step::Ended(AnnouncementResult::Posted)
            }
            Err(error) => self.failed(job, error).await,
        }
    }

    /// Whether to try again, and what to tell people when not.
    async fn failed(&self, mut job: Job, error: RestError) -> Step {
        let channel = job.channel();
        let trouble = match error {
            RestError::RateLimited if job.held_back < HELD_BACK => {
                job.held_back += 1;
                let until = self.announcer.rest.held_until(channel);
                return Step::Later(job, until.unwrap_or_else(Instant::now));
            }
            RestError::RateLimited => Some("Discord holds this channel back".to_owned()),
            RestError::Unavailable(why) if job.backoff.attempts() + 1 < ATTEMPTS => {
                let wait = job.backoff.next(&mut rand::rng());
                warn!(%channel, retry_in = ?wait, "not announced yet: {why}");
                return Step::Later(job, Instant::now() + wait);
            }
            RestError::Unavailable(_) => Some("Discord could not be reached".to_owned()),
            RestError::Refused {
                status,
                code,
                message,
            } => {
                info!(%channel, status, code, "announcement refused: {message}");
                self.refused(&job.target, code).await
            }
        };
        if let Some(trouble) = trouble {
            self.announcer.note(&job.target, Some(&trouble)).await;
        }
        Step::Ended(AnnouncementResult::Failed)
    }

    /// Whether the play was not recorded for the target before; `None` when that failed, in which
    /// case it must not be posted.
    async fn claim(&self, target: &Target) -> Option<bool> {
        let claim = self
            .announcer
            .store
            .claim(target.channel, target.station, &self.play);
        claim
            .await
            .inspect_err(|error| warn!(channel = %target.channel, "not announced: {error}"))
            .ok()
    }

    /// What to tell people about a refusal; `None` when the target is gone and with it anybody to
    /// tell.
    async fn refused(&self, target: &Target, code: u32) -> Option<String> {
        match code {
            code::UNKNOWN_CHANNEL => {
                let removed = self
                    .announcer
                    .store
                    .remove_target(target.guild, target.channel);
                if let Err(error) = removed.await {
                    warn!(channel = %target.channel, "could not be forgotten: {error}");
                }
                None
            }
            code::MISSING_ACCESS => {
                Some("I cannot see this channel: give me View Channel there".to_owned())
            }
            code::MISSING_PERMISSIONS => Some(
                "I may not post here: give me Send Messages and Embed Links in this channel"
                    .to_owned(),
            ),
            code => Some(format!("Discord refuses my messages here (code {code})")),
        }
    }

    fn message(&self, target: &Target) -> CreateMessage {
        CreateMessage::new()
            .embed(self.card.clone())
            .allowed_mentions(CreateAllowedMentions::new())
            .nonce(Nonce::String(plan::nonce(target.channel, &self.play)))
            .enforce_nonce(true)
    }
}
