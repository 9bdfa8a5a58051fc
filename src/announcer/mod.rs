//! Announcements: each new song, or live event, once in each channel that asked for it.
//!
//! - `plan`: what to post where. Pure.
//! - `ready`: in which order.
//! - `job`: what is left to do of one announcement to one channel.
//! - `cards`: how it looks to those who read it.
//! - `post`: does it, request by request, with retries.
//! - `message`: what is sent.
//! - `hire`: the webhooks that some channels want it posted through.
//! - `dismiss`: the end of those that nobody wants any more.
//! - `redraw`: what is kept current is drawn anew when it is to look otherwise.
//!
//! One task a station waits for the next play and posts it to every target, a few at a time. A play
//! is recorded with its target before it is posted, so that neither a repeated update nor a restart
//! posts it twice; and when a newer play comes, the old one is dropped, unless only a few channels are
//! left: a song that is long over is never posted. Thousands of targets take a while to be read: it
//! begins with a few whose turn it is.

mod cards;
mod dismiss;
mod hire;
mod job;
mod message;
mod plan;
mod post;
mod ready;
mod redraw;
#[cfg(test)]
pub(crate) mod tests;

use std::{collections::HashSet, pin::pin, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use serenity::all::ChannelId;
use time::OffsetDateTime;
use tokio::{
    sync::watch,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

pub use self::redraw::Redraws;
pub(crate) use self::{dismiss::dismiss_unused, plan::occasion};
use self::{
    job::{Job, Step},
    plan::Turns,
    post::Poster,
    ready::Ready,
};
use crate::{
    discord::{Lane, Rest},
    language::Servers,
    listen_moe::{OnAir, OnAirRx, PlayId, Plays, Stations},
    station::Station,
    store::{Store, StoreError, Target},
    telemetry::{AnnouncementResult, Metrics},
};

/// For what is left to post of a play when the next one is on air, if that are no more than [`FEW`]
/// channels. Songs skipped in quick succession are all posted, and what Discord holds back for long is
/// not.
const LAST_CALL: Duration = Duration::from_secs(10);
/// Between two looks for webhooks that nobody uses.
const SWEEP: Duration = Duration::from_hours(1);
/// As many as are posted to in a second. More would keep the new song waiting for one that is over.
const FEW: usize = 40;

/// Posts the songs of both stations until the token is cancelled.
#[derive(Clone)]
pub struct Announcer {
    stations: Stations,
    store: Store,
    rest: Rest,
    metrics: Metrics,
    servers: Servers,
    redraws: Redraws,
}

impl Announcer {
    /// Nothing is posted before [`Announcer::run`].
    pub fn new(
        stations: Stations,
        store: Store,
        rest: Rest,
        metrics: Metrics,
        servers: Servers,
    ) -> Self {
        Self {
            stations,
            store,
            rest,
            metrics,
            servers,
            redraws: Redraws::default(),
        }
    }

    /// Where to say that messages which are kept current are to look otherwise.
    pub fn redraws(&self) -> Redraws {
        self.redraws.clone()
    }

    /// Posts each play of either station until the token is cancelled; then finishes the messages
    /// that are under way.
    pub async fn run(self, jpop: Plays, kpop: Plays, token: CancellationToken) {
        tokio::join!(
            self.follow(Station::Jpop, jpop, &token),
            self.follow(Station::Kpop, kpop, &token),
            self.sweep(&token),
        );
    }

    async fn follow(&self, station: Station, mut plays: Plays, token: &CancellationToken) {
        let mut turns = Turns::default();
        let latest = self.stations.get(station);
        loop {
            tokio::select! {
                biased;
                () = token.cancelled() => return,
                play = plays.recv() => match play {
                    Some(play) => {
                        self.announce(&play, latest, &mut turns, token).await;
                        // Of too many at once the last has found no room.
                        let newest = latest.borrow().clone().filter(|_| plays.is_empty());
                        if let Some(newest) = newest
                            && newest.play_id() != play.play_id()
                        {
                            self.announce(&newest, latest, &mut turns, token).await;
                        }
                    }
                    None => return,
                },
                guilds = self.redraws.take(station) => self.redraw(station, guilds, token).await,
            }
        }
    }

    /// Webhooks are deleted when nobody wants them any more; this finds those that could not be, and
    /// those whose last message has given way to another since then.
    async fn sweep(&self, token: &CancellationToken) {
        let mut turns = interval(SWEEP);
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while token.run_until_cancelled(turns.tick()).await.is_some() {
            let sweep = dismiss_unused(&self.store, &self.rest, None);
            token.run_until_cancelled(sweep).await;
        }
    }

    /// Posts one play to every target that has not had it; those who had to do without the last
    /// ones come first.
    async fn announce(
        &self,
        on_air: &OnAir,
        latest: &OnAirRx,
        turns: &mut Turns,
        token: &CancellationToken,
    ) {
        let play = on_air.play_id();
        if plan::is_over(on_air, OffsetDateTime::now_utc()) {
            debug!(%play, "over before it could be announced");
            return;
        }
        let first = match turns.first() {
            [] => Vec::new(),
            first => {
                let targets = self.store.targets_among(on_air.station, first).await;
                self.known(play, targets)
            }
        };
        let all = async {
            let targets = self.store.targets(on_air.station).await;
            self.known(play, targets)
        };
        let superseded = superseded(latest.clone(), play);
        let outcome = self
            .post_all(on_air, turns, first, all, superseded, token)
            .await;
        if outcome.due > 0 {
            let skipped = outcome.skipped.len();
            info!(%play, channels = outcome.due, skipped, "announced");
        }
        turns.count(&outcome.known, &outcome.skipped);
    }

    /// None, when they cannot be read.
    fn known(&self, play: PlayId, targets: Result<Vec<Target>, StoreError>) -> Vec<Target> {
        targets.unwrap_or_else(|error| {
            warn!(%play, "the channels to announce it in could not be read: {error}");
            self.metrics.announcement(AnnouncementResult::Failed);
            Vec::new()
        })
    }

    /// Makes each announcement, until a newer play has been on air for [`LAST_CALL`] or the token is
    /// cancelled: those to the `first` targets while `all` of them are being read.
    async fn post_all(
        &self,
        on_air: &OnAir,
        turns: &Turns,
        first: Vec<Target>,
        all: impl Future<Output = Vec<Target>>,
        superseded: impl Future<Output = ()>,
        token: &CancellationToken,
    ) -> Outcome {
        let poster = Poster::new(self, on_air);
        let mut ready = Ready::default();
        let mut outcome = Outcome::default();
        let begin = |targets: Vec<Target>, ready: &mut Ready, outcome: &mut Outcome| {
            let now = OffsetDateTime::now_utc();
            let before: HashSet<ChannelId> = outcome.known.iter().copied().collect();
            outcome.known = targets.iter().map(|target| target.channel).collect();
            let mut due = plan::due(targets, on_air, now, turns);
            due.retain(|due| !before.contains(&due.target.channel));
            outcome.due += due.len();
            ready.extend(due.into_iter().map(|due| Job::new(due, now)));
        };
        begin(first, &mut ready, &mut outcome);
        let (mut all, mut all_read) = (pin!(all), false);
        let mut under_way = FuturesUnordered::new();
        let attempt = |job: Job| {
            let poster = &poster;
            async move { (job.lane(), poster.attempt(job).await) }
        };
        // Channels that have to wait keep none of the others waiting.
        let mut waiting: Vec<(Instant, Job)> = Vec::new();
        let mut last_call = None;
        let mut superseded = pin!(superseded);
        loop {
            let now = Instant::now();
            ready.extend(
                waiting
                    .extract_if(.., |(until, _)| *until <= now)
                    .map(|(_, job)| job),
            );
            for lane in Lane::ALL {
                while let Some(job) = ready.begin(lane) {
                    match self.rest.held_until(job.route()) {
                        Some(until) => {
                            ready.end(lane);
                            waiting.push((until, job));
                        }
                        None => under_way.push(attempt(job)),
                    }
                }
            }
            // Whose turn would come too late has none.
            let late = |until: Instant| last_call.is_some_and(|last| until > last);
            for (_, job) in waiting.extract_if(.., |(until, _)| late(*until)) {
                outcome.skipped.extend(self.drop_job(&job));
            }
            if all_read && under_way.is_empty() && waiting.is_empty() {
                return outcome;
            }
            let turn = waiting.iter().map(|(until, _)| *until).min();
            tokio::select! {
                Some((lane, step)) = under_way.next() => {
                    ready.end(lane);
                    match step {
                        Step::Ended(result) => self.metrics.announcement(result),
                        // What was begun is finished before another is begun.
                        Step::Next(job) => ready.push_front(job),
                        Step::Later(job, until) => waiting.push((until, job)),
                        Step::Dropped(job) => outcome.skipped.extend(self.drop_job(&job)),
                    }
                }
                targets = &mut all, if !all_read => {
                    all_read = true;
                    if !targets.is_empty() {
                        begin(targets, &mut ready, &mut outcome);
                    }
                }
                () = at(turn) => {}
                // Only then it is known how many are left.
                () = &mut superseded, if all_read && last_call.is_none() => {
                    let few = ready.len() + waiting.len() <= FEW;
                    let left = if few { LAST_CALL } else { Duration::ZERO };
                    last_call = Some(Instant::now() + left);
                }
                () = at(last_call) => break,
                () = token.cancelled() => break,
            }
        }
        // What is on its way arrives, or not; nothing else begins.
        poster.end();
        let left = ready
            .into_jobs()
            .chain(waiting.into_iter().map(|(_, job)| job));
        for job in left {
            outcome.skipped.extend(self.drop_job(&job));
        }
        while let Some((_, step)) = under_way.next().await {
            match step {
                Step::Ended(result) => self.metrics.announcement(result),
                Step::Next(job) if job.is_posted() => under_way.push(attempt(job)),
                Step::Next(job) | Step::Later(job, _) | Step::Dropped(job) => {
                    outcome.skipped.extend(self.drop_job(&job));
                }
            }
        }
        outcome
    }

    /// Gives up what is left of a job. The channel, if it does without an announcement because of it.
    fn drop_job(&self, job: &Job) -> Option<ChannelId> {
        let result = if job.is_posted() {
            AnnouncementResult::Posted
        } else {
            AnnouncementResult::Skipped
        };
        self.metrics.announcement(result);
        (!job.is_posted()).then_some(job.target.channel)
    }
}

/// What came of a play.
#[derive(Default)]
struct Outcome {
    /// The channels that were read.
    known: Vec<ChannelId>,
    /// How many of them were to get it.
    due: usize,
    /// Those of them that do without it because Discord held the bot back.
    skipped: Vec<ChannelId>,
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Waits until another play than `play` is on air.
async fn superseded(mut latest: watch::Receiver<Option<Arc<OnAir>>>, play: PlayId) {
    let other = |on_air: &Option<Arc<OnAir>>| {
        on_air
            .as_ref()
            .is_some_and(|on_air| on_air.play_id() != play)
    };
    if latest.wait_for(other).await.is_err() {
        // Nothing newer can come.
        std::future::pending::<()>().await;
    }
}
