//! The call is built, changed and given up.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::time::{Instant, timeout};
use tracing::{debug, info, warn};

use super::{Actor, Outcome, Work};
use crate::radio::{
    RadioError, Trouble,
    calls::{
        budget::Urgency,
        plan::{Sound, Target},
        shared::Shared,
        voice::Voice,
    },
    room,
};

/// How long the bot's leaving waits for what was written beside the channel to be taken away.
const FAREWELL: Duration = Duration::from_secs(1);

impl Actor {
    pub(super) fn join(&mut self, now: Instant, target: Target) {
        let cache = self.shared.cache.get();
        let obstacle = cache.and_then(|cache| room::obstacle(cache, self.guild, target.channel));
        if let Some(obstacle) = obstacle {
            self.plan.obstructed(now, obstacle);
            self.failed(target, RadioError::Obstacle(obstacle));
            return;
        }
        let shared = Arc::clone(&self.shared);
        let guild = self.guild;
        let urgency = if self.waiting.is_empty() {
            Urgency::Unasked
        } else {
            Urgency::Asked
        };
        self.stage = None;
        self.work = Some(Box::pin(async move {
            shared.gateway.admit(guild, urgency).await;
            Outcome::Admitted(target)
        }));
    }

    pub(super) async fn outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Admitted(target) => {
                if let Err(error) = self.connect(target).await {
                    self.join_failed(target, error);
                }
            }
            Outcome::Joined(target, Ok(())) => {
                info!(guild = %self.guild, channel = %target.channel, station = %target.station, "playing");
                self.failing = false;
                self.captions.arrived();
                let sound = self
                    .built
                    .unwrap_or_else(|| self.plan.sound(target.station));
                self.plan.joined(Instant::now(), sound);
                self.evidence.clear();
            }
            Outcome::Joined(target, Err(error)) => self.join_failed(target, error),
        }
    }

    async fn connect(&mut self, target: Target) -> Result<(), RadioError> {
        self.number += 1;
        // What is left of a former call goes first.
        self.voice = None;
        let sound = self.plan.sound(target.station);
        let voice = self.voice.insert(Voice::new(
            self.guild,
            &self.shared.gateway,
            self.shared.config.clone(),
            &self.outbox,
            self.number,
        )?);
        voice.play(self.shared.feeds.get(sound.station), sound)?;
        self.built = Some(sound);
        // Only a message into serenity's queue: does not wait.
        let join = voice.join(target.channel).await?;
        self.work = Some(Box::pin(async move { Outcome::Joined(target, join.await) }));
        Ok(())
    }

    /// The plan gives up what there is of the call, and tries again.
    fn join_failed(&mut self, target: Target, error: RadioError) {
        self.plan.join_failed();
        self.failed(target, error);
    }

    fn failed(&mut self, target: Target, error: RadioError) {
        // It may be so for days: a channel that is full, a permission that was taken away.
        if self.failing {
            debug!(guild = %self.guild, channel = %target.channel, "still cannot join: {error}");
        } else {
            warn!(guild = %self.guild, channel = %target.channel, "cannot join, and goes on trying: {error}");
        }
        self.failing = true;
        self.trouble(Trouble::Join(error));
        self.answer_failed(target, error);
    }

    pub(super) async fn leave(&mut self, now: Instant) {
        if let Some(trouble) = self.plan.fault(now) {
            warn!(guild = %self.guild, ?trouble, "the call is built anew");
            self.trouble(trouble);
        } else if let Some(caption) = self.captions.farewell() {
            // While the bot is still there: it may not write from outside.
            let Shared { rest, http, .. } = &*self.shared;
            let _ = timeout(FAREWELL, caption.write(rest, http)).await;
        }
        self.work = None;
        self.voice = None;
        self.built = None;
        self.number += 1;
        (self.suppressed, self.muted) = (false, false);
        self.shared.gateway.send_leave(self.guild);
        self.plan.left(now, &mut rand::rng());
    }

    pub(super) fn play(&mut self, now: Instant, sound: Sound) {
        let feed = self.shared.feeds.get(sound.station);
        let played = match &mut self.voice {
            Some(voice) => voice.play(feed, sound),
            None => Err(RadioError::NoCall),
        };
        if self.plan.playing().map(|sound| sound.silent) != Some(sound.silent) {
            // Another reader, or none.
            self.evidence.clear();
        }
        match played {
            Ok(()) => self.plan.plays(now, sound),
            // Never seen; the call is built anew.
            Err(_) => self.plan.session_replaced(),
        }
    }

    pub(super) async fn store(&mut self, target: Option<Target>) {
        let store = &self.shared.store;
        let stored = match target {
            Some(target) => {
                store
                    .set_radio(self.guild, target.channel, target.station)
                    .await
            }
            None => store.clear_radio(self.guild).await,
        };
        match stored {
            Ok(()) => self.plan.stored(target),
            Err(error) => {
                warn!(guild = %self.guild, "a restart would not keep the radio's channel: {error}");
                self.plan.store_failed(Instant::now());
                self.answer_leavers(Err(RadioError::Store));
            }
        }
    }
}

/// The end of the work; never when there is none.
pub(super) async fn finish(work: &mut Option<Work>) -> Outcome {
    let Some(future) = work else {
        return pending().await;
    };
    let outcome = future.await;
    *work = None;
    outcome
}
