//! The owner of one server's call: takes in facts, asks the plan, does what it says.
//!
//! - `build`: the call is built, changed and given up.
//! - `answers`: who waits for what.
//! - `tell`: what others may know, and the song beside the channel.

mod answers;
mod build;
mod tell;

use std::{pin::Pin, sync::Arc};

use serenity::all::{ChannelId, GuildId, Permissions};
use time::OffsetDateTime;
use tokio::{
    select,
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tracing::{info, warn};

use self::answers::Waiting;
use super::{
    caption::{Caption, Captions, Written},
    evidence::Evidence,
    message::{Connection, Message, VoiceState},
    plan::{Plan, Sound, Step, Target, Verdict},
    shared::{CallState, Past, Shared},
    stage,
    voice::Voice,
    witnesses::Witnesses,
};
use crate::{
    listen_moe::OnAirRx,
    radio::{Audience, Ended, Ending, Obstacle, RadioError, Trouble, room},
    station::Station,
    store::RadioSettings,
};

pub(super) struct Actor {
    guild: GuildId,
    shared: Arc<Shared>,
    inbox: mpsc::Receiver<Message>,
    /// For songbird's reports.
    outbox: mpsc::Sender<Message>,
    state: watch::Sender<CallState>,
    settings: RadioSettings,
    plan: Plan,
    voice: Option<Voice>,
    /// What it was built to play.
    built: Option<Sound>,
    /// Of the present [`Voice`]: reports of former ones are not about it.
    number: u64,
    work: Option<Work>,
    waiting: Vec<Waiting>,
    /// Requests beside the call; they end by themselves.
    asides: JoinSet<Aside>,
    /// The stage on which speaking was asked for.
    stage: Option<ChannelId>,
    suppressed: bool,
    muted: bool,
    /// The latest attempt to build a call failed.
    failing: bool,
    evidence: Evidence,
    witnesses: Witnesses,
    /// The channel they speak of.
    witnessed: Option<ChannelId>,
    /// Tells of each song of the station that plays.
    songs: (Station, OnAirRx),
    captions: Captions,
    past: Past,
}

/// What is under way: at most one thing.
type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;

enum Outcome {
    /// The gateway's rate limit permits to go on.
    Admitted(Target),
    /// The call was built, or not.
    Joined(Target, Result<(), RadioError>),
}

/// What came of a request beside the call.
enum Aside {
    Done,
    Captioned(Caption, Option<Permissions>, Written),
}

impl Actor {
    pub(super) fn new(
        guild: GuildId,
        shared: Arc<Shared>,
        inbox: mpsc::Receiver<Message>,
        outbox: mpsc::Sender<Message>,
        state: watch::Sender<CallState>,
        stored: Option<Target>,
        past: Past,
    ) -> Self {
        let voice = shared.gateway.voice(guild);
        let station = Station::default();
        let songs = (station, shared.songs.watch(station));
        Self {
            guild,
            shared,
            inbox,
            outbox,
            state,
            settings: RadioSettings::default(),
            plan: Plan::new(stored, voice),
            voice: None,
            built: None,
            number: 0,
            work: None,
            waiting: Vec::new(),
            asides: JoinSet::new(),
            stage: None,
            suppressed: false,
            muted: false,
            failing: false,
            evidence: Evidence::default(),
            witnesses: Witnesses::default(),
            witnessed: None,
            songs,
            captions: Captions::default(),
            past,
        }
    }

    /// Lives until nothing is wanted and nothing is left to do.
    pub(super) async fn run(mut self) {
        self.read_settings().await;
        let closing = self.shared.closing.clone();
        let mut stopping = false;
        // Whoever began this sent a first message: nothing is done before it is known.
        let mut due = None;
        loop {
            select! {
                // Messages first: they tell what the work is worth.
                biased;
                Some(message) = self.inbox.recv() => self.receive(message).await,
                outcome = build::finish(&mut self.work) => self.outcome(outcome).await,
                () = closing.cancelled(), if !stopping => {
                    stopping = true;
                    self.plan.stop();
                    self.refuse(RadioError::Stopping);
                }
                Some(aside) = self.asides.join_next() => self.aside(aside),
                Ok(()) = self.songs.1.changed() => {}
                () = at(due) => {}
            }
            due = loop {
                let now = Instant::now();
                self.look(now);
                let step = self.plan.next(now);
                self.end_of_plan();
                self.publish();
                self.answer();
                match step {
                    Step::Wait(until) => {
                        let caption = self.caption(now);
                        break [until, caption].into_iter().flatten().min();
                    }
                    Step::Done if self.shared.retire(self.guild, &self.inbox, self.past) => {
                        self.answer_leavers(Ok(true));
                        return;
                    }
                    // Somebody wrote meanwhile.
                    Step::Done => break None,
                    Step::Leave => self.leave(now).await,
                    Step::Join(target) => self.join(now, target),
                    Step::Play(sound) => self.play(now, sound),
                    Step::Store(target) => self.store(target).await,
                }
            };
        }
    }

    /// Takes in what can be seen without being told.
    fn look(&mut self, now: Instant) {
        let heard = self.voice.as_ref().and_then(Voice::heard);
        if let Some(heard) = heard {
            self.plan.polled(now, heard.polls);
            if self.plan.since().is_some() {
                self.evidence.look(now, heard);
            }
        }
        let audience = self
            .plan
            .place()
            .and_then(|channel| Audience::look(self.shared.cache.get()?, self.guild, channel));
        self.plan.audience(now, audience);
        self.hear_witnesses(now);
    }

    fn hear_witnesses(&mut self, now: Instant) {
        let place = self.plan.since().and(self.plan.place());
        if place != self.witnessed {
            self.witnessed = place;
            self.witnesses.begin_anew();
        }
        let present =
            place.and_then(|place| room::others_in(self.shared.cache.get()?, self.guild, place));
        if let Some(present) = present {
            self.witnesses.present(now, present);
        }
        if self.witnesses.is_deaf(now) {
            self.witnesses.begin_anew();
            self.plan.deaf();
        }
    }

    async fn receive(&mut self, message: Message) {
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
            Message::Report(reply) => {
                let _ = reply.send(self.report(Instant::now()));
            }
            Message::Settings => self.read_settings().await,
            Message::Restore(target) => {
                self.past.ended = None;
                self.plan.want(Some(target));
            }
            Message::VoiceState(state) => self.voice_state(state),
            Message::VoiceServer { endpoint, token } => {
                if let Some(voice) = &mut self.voice {
                    voice.voice_server(endpoint, token);
                }
            }
            Message::SessionReplaced => self.plan.session_replaced(),
            Message::Outage => self.plan.outage(),
            Message::OutageOver { channel } => self.plan.outage_over(channel),
            Message::Deleted(channel) => {
                self.plan.deleted(channel);
                self.past.channel_deleted(self.guild, channel);
            }
            Message::Left { number, user } if number == self.number => {
                self.witnesses.left(Instant::now(), user);
            }
            Message::Driver { number, connection } if number == self.number => {
                self.witnesses.begin_anew();
                if connection == Connection::Restored {
                    self.trouble(Trouble::Lost);
                }
                self.plan.connection(Instant::now(), connection);
            }
            // That there is an owner now is all it takes; the audience is looked at all the time;
            // and a former call is of no interest.
            Message::Vacate | Message::Audience | Message::Driver { .. } | Message::Left { .. } => {
            }
        }
    }

    async fn read_settings(&mut self) {
        match self.shared.store.radio_settings(self.guild).await {
            Ok(settings) => self.settings = settings,
            Err(error) => {
                warn!(guild = %self.guild, "how this server wants its radio is not known: {error}");
            }
        }
        self.plan
            .settings(self.settings.volume, self.settings.patience());
    }

    fn voice_state(&mut self, state: VoiceState) {
        let VoiceState {
            channel,
            session,
            suppressed,
            muted,
        } = state;
        let verdict = self.plan.voice_state(channel);
        (self.suppressed, self.muted) = (suppressed, muted);
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
            let shared = Arc::clone(&self.shared);
            self.asides.spawn(async move {
                stage::speak(&shared.rest, &shared.http, guild, channel).await;
                Aside::Done
            });
        }
    }

    /// Takes note of why nothing is wanted any more.
    fn end_of_plan(&mut self) {
        let Some(mut why) = self.plan.take_ending() else {
            return;
        };
        let Some(channel) = self.state.borrow().target.map(|target| target.channel) else {
            return;
        };
        // Whoever deletes a channel disconnects those who are in it.
        let cache = self.shared.cache.get();
        let obstacle = cache.and_then(|cache| room::obstacle(cache, self.guild, channel));
        if why == Ending::Disconnected && obstacle == Some(Obstacle::Gone) {
            why = Ending::Hopeless(Obstacle::Gone);
        }
        info!(guild = %self.guild, %channel, ?why, "the radio is off");
        self.past.ended = Some(Ended {
            why,
            at: OffsetDateTime::now_utc(),
            channel,
        });
    }

    fn trouble(&mut self, trouble: Trouble) {
        self.past.trouble = Some((trouble, OffsetDateTime::now_utc()));
    }
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
