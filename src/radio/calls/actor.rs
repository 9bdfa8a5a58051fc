//! The owner of one server's call: takes in facts, asks the plan, does what it says.

use std::{future::pending, pin::Pin, sync::Arc};

use serenity::all::{ChannelId, GuildId};
use tokio::{
    select,
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tracing::{debug, info, warn};

use super::{
    CallState, Message, Shared,
    budget::Urgency,
    plan::{Plan, Step, Target, Verdict},
    stage,
    voice::Voice,
};
use crate::radio::{Joined, error::RadioError};

pub(super) struct Actor {
    guild: GuildId,
    shared: Arc<Shared>,
    inbox: mpsc::Receiver<Message>,
    /// For songbird's reports.
    outbox: mpsc::Sender<Message>,
    state: watch::Sender<CallState>,
    plan: Plan,
    voice: Option<Voice>,
    /// Of the present [`Voice`]: reports of former ones are not about it.
    number: u64,
    work: Option<Work>,
    waiting: Vec<Waiting>,
    /// Requests beside the call; they end by themselves.
    asides: JoinSet<()>,
    /// The stage on which speaking was asked for.
    stage: Option<ChannelId>,
    /// The latest attempt to build a call failed.
    failing: bool,
}

/// What is under way: at most one thing.
type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;

enum Outcome {
    /// The gateway's rate limit permits to go on.
    Admitted(Target),
    /// The call was built, or not.
    Joined(Target, Result<(), RadioError>),
}

/// Somebody who waits for an answer.
enum Waiting {
    Join {
        target: Target,
        reply: oneshot::Sender<Result<Joined, RadioError>>,
    },
    Leave(oneshot::Sender<Result<bool, RadioError>>),
}

impl Actor {
    pub(super) fn new(
        guild: GuildId,
        shared: Arc<Shared>,
        inbox: mpsc::Receiver<Message>,
        outbox: mpsc::Sender<Message>,
        state: watch::Sender<CallState>,
        stored: Option<Target>,
    ) -> Self {
        let voice = shared.gateway.voice(guild);
        Self {
            guild,
            shared,
            inbox,
            outbox,
            state,
            plan: Plan::new(stored, voice),
            voice: None,
            number: 0,
            work: None,
            waiting: Vec::new(),
            asides: JoinSet::new(),
            stage: None,
            failing: false,
        }
    }

    /// Lives until nothing is wanted and nothing is left to do.
    pub(super) async fn run(mut self) {
        let closing = self.shared.closing.clone();
        let mut stopping = false;
        // Whoever began this sent a first message: nothing is done before it is known.
        let mut due = None;
        loop {
            select! {
                // Messages first: they tell what the work is worth.
                biased;
                Some(message) = self.inbox.recv() => self.receive(message),
                outcome = finish(&mut self.work) => self.outcome(outcome).await,
                () = closing.cancelled(), if !stopping => {
                    stopping = true;
                    self.plan.stop();
                    self.refuse(RadioError::Stopping);
                }
                Some(_) = self.asides.join_next() => {}
                () = at(due) => {}
            }
            due = loop {
                let now = Instant::now();
                if let Some(voice) = &self.voice {
                    self.plan.polled(now, voice.heard().polls);
                }
                self.publish();
                self.answer();
                match self.plan.next(now) {
                    Step::Wait(until) => break until,
                    Step::Done if self.shared.retire(self.guild, &self.inbox) => {
                        self.answer_leavers(Ok(true));
                        return;
                    }
                    // Somebody wrote meanwhile.
                    Step::Done => break None,
                    Step::Leave => self.leave(now),
                    Step::Join(target) => self.join(target),
                    Step::Play(station) => self.play(station),
                    Step::Store(target) => self.store(target).await,
                }
            };
        }
    }

    fn receive(&mut self, message: Message) {
        match message {
            Message::Join {
                channel,
                station,
                reply,
            } => self.want(Target { channel, station }, reply),
            Message::Switch { station, reply } => match self.plan.wanted() {
                Some(Target { channel, .. }) => self.want(Target { channel, station }, reply),
                None => {
                    let _ = reply.send(Err(RadioError::NoCall));
                }
            },
            Message::Leave(reply) => {
                if self.plan.wanted().is_none() {
                    let _ = reply.send(Ok(false));
                } else {
                    self.plan.want(None);
                    self.waiting.push(Waiting::Leave(reply));
                }
            }
            Message::Restore(target) => self.plan.want(Some(target)),
            Message::VoiceState {
                channel,
                session,
                suppressed,
            } => self.voice_state(channel, session, suppressed),
            Message::VoiceServer { endpoint, token } => {
                if let Some(voice) = &mut self.voice {
                    voice.voice_server(endpoint, token);
                }
            }
            Message::SessionReplaced => self.plan.session_replaced(),
            Message::Driver { number, connection } if number == self.number => {
                self.plan.connection(Instant::now(), connection);
            }
            // That there is an owner now is all it takes; and a former call is of no interest.
            Message::Vacate | Message::Driver { .. } => {}
        }
    }

    fn want(&mut self, target: Target, reply: oneshot::Sender<Result<Joined, RadioError>>) {
        if self.shared.closing.is_cancelled() {
            let _ = reply.send(Err(RadioError::Stopping));
            return;
        }
        if self.plan.standing() == Some(target) && self.plan.wanted() == Some(target) {
            let _ = reply.send(Ok(joined(target, true)));
            return;
        }
        self.plan.want(Some(target));
        self.waiting.push(Waiting::Join { target, reply });
    }

    fn voice_state(&mut self, channel: Option<ChannelId>, session: String, suppressed: bool) {
        let verdict = self.plan.voice_state(channel);
        let guild = self.guild;
        match (verdict, channel) {
            (Verdict::Kicked, _) => info!(%guild, "disconnected by somebody: staying away"),
            (Verdict::Moved, Some(channel)) => info!(%guild, %channel, "moved by somebody"),
            _ => {}
        }
        let (Some(channel), Some(voice)) = (channel, &mut self.voice) else {
            return;
        };
        if verdict == Verdict::Stale {
            return;
        }
        voice.voice_state(channel, session);
        if !suppressed {
            self.stage = None;
        } else if self.stage != Some(channel) {
            self.stage = Some(channel);
            let http = Arc::clone(&self.shared.http);
            self.asides
                .spawn(async move { stage::speak(&http, guild, channel).await });
        }
    }

    fn join(&mut self, target: Target) {
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

    async fn outcome(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Admitted(target) => {
                if let Err(error) = self.connect(target).await {
                    self.join_failed(target, error);
                }
            }
            Outcome::Joined(target, Ok(())) => {
                info!(guild = %self.guild, channel = %target.channel, station = %target.station, "playing");
                self.failing = false;
                self.plan.joined(Instant::now());
            }
            Outcome::Joined(target, Err(error)) => self.join_failed(target, error),
        }
    }

    async fn connect(&mut self, target: Target) -> Result<(), RadioError> {
        self.number += 1;
        // What is left of a former call goes first.
        self.voice = None;
        let voice = self.voice.insert(Voice::new(
            self.guild,
            &self.shared.gateway,
            self.shared.config.clone(),
            self.shared.feeds.get(target.station),
            &self.outbox,
            self.number,
        )?);
        // Only a message into serenity's queue: does not wait.
        let join = voice.join(target.channel).await?;
        self.work = Some(Box::pin(async move { Outcome::Joined(target, join.await) }));
        Ok(())
    }

    /// The plan gives up what there is of the call, and tries again. Where somebody waited for it,
    /// they are told, and what is wanted again is what was so before they asked: the setting.
    fn join_failed(&mut self, failed: Target, error: RadioError) {
        // It may be so for days: a channel that is full, a permission that was taken away.
        if self.failing {
            debug!(guild = %self.guild, channel = %failed.channel, "still cannot join: {error}");
        } else {
            warn!(guild = %self.guild, channel = %failed.channel, "cannot join, and goes on trying: {error}");
        }
        self.failing = true;
        self.plan.join_failed();
        let waiting = self.waiting.len();
        self.answer_where(|waiting| match waiting {
            Waiting::Join { target, reply } if target.channel == failed.channel => {
                let _ = reply.send(Err(error));
                None
            }
            other => Some(other),
        });
        if self.waiting.len() < waiting {
            self.plan.want(self.plan.setting());
        }
    }

    fn leave(&mut self, now: Instant) {
        self.work = None;
        self.voice = None;
        self.number += 1;
        self.shared.gateway.send_leave(self.guild);
        self.plan.left(now, &mut rand::rng());
    }

    fn play(&mut self, station: crate::station::Station) {
        if let Some(voice) = &self.voice {
            voice.play(self.shared.feeds.get(station));
        }
        self.plan.plays(station);
    }

    async fn store(&mut self, target: Option<Target>) {
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

    fn publish(&self) {
        let state = CallState {
            target: self.plan.wanted(),
            standing: self.plan.standing().is_some(),
        };
        let before = self.state.send_replace(state);
        self.shared.count(before.standing, state.standing);
    }

    /// Answers those whose wish has come true, or was overtaken.
    fn answer(&mut self) {
        let (wanted, standing) = (self.plan.wanted(), self.plan.standing());
        self.answer_where(|waiting| match waiting {
            Waiting::Join { target, reply } if standing == Some(target) => {
                let _ = reply.send(Ok(joined(target, false)));
                None
            }
            Waiting::Join { target, reply } if wanted != Some(target) => {
                let _ = reply.send(Err(RadioError::Superseded));
                None
            }
            Waiting::Leave(reply) if wanted.is_some() => {
                let _ = reply.send(Err(RadioError::Superseded));
                None
            }
            other => Some(other),
        });
    }

    fn answer_leavers(&mut self, answer: Result<bool, RadioError>) {
        self.answer_where(|waiting| match waiting {
            Waiting::Leave(reply) => {
                let _ = reply.send(answer);
                None
            }
            other @ Waiting::Join { .. } => Some(other),
        });
    }

    /// `answer` gives back those whom it did not answer.
    fn answer_where(&mut self, answer: impl FnMut(Waiting) -> Option<Waiting>) {
        self.waiting = std::mem::take(&mut self.waiting)
            .into_iter()
            .filter_map(answer)
            .collect();
    }

    fn refuse(&mut self, error: RadioError) {
        for waiting in self.waiting.drain(..) {
            match waiting {
                Waiting::Join { reply, .. } => drop(reply.send(Err(error))),
                Waiting::Leave(reply) => drop(reply.send(Err(error))),
            }
        }
    }
}

const fn joined(target: Target, already: bool) -> Joined {
    Joined {
        channel: target.channel,
        station: target.station,
        already,
    }
}

/// The end of the work; never when there is none.
async fn finish(work: &mut Option<Work>) -> Outcome {
    let Some(future) = work else {
        return pending().await;
    };
    let outcome = future.await;
    *work = None;
    outcome
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}
