//! Announcements: each new song, or live event, once in each channel that asked for it.
//!
//! - `plan`: what to post where. Pure.
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
//! left: a song that is long over is never posted.

mod cards;
mod dismiss;
mod hire;
mod job;
mod message;
mod plan;
mod post;
mod redraw;
#[cfg(test)]
pub(crate) mod tests;

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

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
    plan::{Due, Waits},
    post::Poster,
};
use crate::{
    discord::{Lane, Rest},
    language::Servers,
    listen_moe::{OnAir, OnAirRx, PlayId, Plays, Stations},
    station::Station,
    store::Store,
    telemetry::{AnnouncementResult, Metrics},
};

/// Requests under way at once, a station and a lane. Discord answers in about 200 ms, so these use
/// up the lane's requests a second.
const AT_ONCE: usize = 8;

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
        let mut waits = Waits::default();
        let latest = self.stations.get(station);
        loop {
            tokio::select! {
                biased;
                () = token.cancelled() => return,
                play = plays.recv() => match play {
                    Some(play) => self.announce(&play, latest, &mut waits, token).await,
                    None => return,
                },
                guilds = self.redraws.take(station) => self.redraw(station, guilds).await,
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
        waits: &mut Waits,
        token: &CancellationToken,
    ) {
        let play = on_air.play_id();
        let targets = match self.store.targets(on_air.station).await {
            Ok(targets) => targets,
            Err(error) => {
                warn!(%play, "the channels to announce it in could not be read: {error}");
                self.metrics.announcement(AnnouncementResult::Failed);
                return;
            }
        };
        let now = OffsetDateTime::now_utc();
        let due = plan::due(targets, on_air, now, waits);
        if due.is_empty() {
            return;
        }
        if plan::is_over(on_air, now) {
            debug!(%play, "over before it could be announced");
            return;
        }
        let channels = due.len();
        let superseded = superseded(latest.clone(), play);
        let skipped = self.post_all(on_air, due, superseded, token).await;
        info!(%play, channels, skipped = skipped.len(), "announced");
        waits.count(&skipped);
    }

    /// Makes each announcement, until a newer play has been on air for [`LAST_CALL`] or the token is
    /// cancelled, and gives the channels that do without one because of that.
    async fn post_all(
        &self,
        on_air: &OnAir,
        due: Vec<Due>,
        superseded: impl Future<Output = ()>,
        token: &CancellationToken,
    ) -> Vec<ChannelId> {
        let poster = Poster::new(self, on_air);
        let now = OffsetDateTime::now_utc();
        let mut ready = Ready::default();
        ready.extend(due.into_iter().map(|due| Job::new(due, now)));
        let mut under_way = FuturesUnordered::new();
        let attempt = |job: Job| {
            let poster = &poster;
            async move { (job.lane(), poster.attempt(job).await) }
        };
        // Channels that have to wait keep none of the others waiting.
        let mut waiting: Vec<(Instant, Job)> = Vec::new();
        let mut last_call = None;
        let mut skipped = Vec::new();
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
                skipped.extend(self.drop_job(&job));
            }
            if under_way.is_empty() && waiting.is_empty() {
                return skipped;
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
                        Step::Dropped(job) => skipped.extend(self.drop_job(&job)),
                    }
                }
                () = at(turn) => {}
                () = &mut superseded, if last_call.is_none() => {
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
            skipped.extend(self.drop_job(&job));
        }
        while let Some((_, step)) = under_way.next().await {
            match step {
                Step::Ended(result) => self.metrics.announcement(result),
                Step::Next(job) if job.is_posted() => under_way.push(attempt(job)),
                Step::Next(job) | Step::Later(job, _) | Step::Dropped(job) => {
                    skipped.extend(self.drop_job(&job));
                }
            }
        }
        skipped
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

/// The jobs that wait for nothing but their turn, by the lane of their next request: who has to wait
/// for the bot's limit keeps no webhook waiting.
#[derive(Default)]
struct Ready {
    lanes: [Queue; 2],
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    under_way: usize,
}

impl Ready {
    const fn lane(&mut self, lane: Lane) -> &mut Queue {
        match lane {
            Lane::Bot => &mut self.lanes[0],
            Lane::Webhooks => &mut self.lanes[1],
        }
    }

    /// What was begun, and is finished before another is begun.
    fn push_front(&mut self, job: Job) {
        self.lane(job.lane()).jobs.push_front(job);
    }

    fn extend(&mut self, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            self.lane(job.lane()).jobs.push_back(job);
        }
    }

    /// The job whose request is to be made next, unless [`AT_ONCE`] are under way.
    fn begin(&mut self, lane: Lane) -> Option<Job> {
        let queue = self.lane(lane);
        let job = (queue.under_way < AT_ONCE).then(|| queue.jobs.pop_front());
        let job = job.flatten()?;
        queue.under_way += 1;
        Some(job)
    }

    /// A request is answered.
    const fn end(&mut self, lane: Lane) {
        let queue = self.lane(lane);
        queue.under_way = queue.under_way.saturating_sub(1);
    }

    fn len(&self) -> usize {
        self.lanes.iter().map(|queue| queue.jobs.len()).sum()
    }

    fn into_jobs(self) -> impl Iterator<Item = Job> {
        self.lanes.into_iter().flat_map(|queue| queue.jobs)
    }
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
