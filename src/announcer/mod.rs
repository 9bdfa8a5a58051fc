//! Announcements: each new song, or live event, once in each channel that asked for it.
//!
//! - `plan`: what to post where. Pure.
//! - `post`: one announcement to one channel, request by request, with retries.
//!
//! One task a station waits for the next play and posts it to every target, a few at a time. A play
//! is recorded with its target before it is posted, so that neither a repeated update nor a restart
//! posts it twice; and when a newer play comes, what is left of the old one has [`LAST_CALL`] and is
//! then dropped: a song that is long over is never posted.

mod plan;
mod post;
#[cfg(test)]
pub(crate) mod tests;

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use time::OffsetDateTime;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

pub(crate) use self::plan::occasion;
use self::{
    plan::Due,
    post::{Job, Poster, Step},
};
use crate::{
    discord::Rest,
    listen_moe::{OnAir, OnAirRx, PlayId, Plays, Stations},
    store::Store,
    telemetry::{AnnouncementResult, Metrics},
};

/// Messages under way at once, a station. Discord answers in about 200 ms, so these use up the
/// bot's requests a second.
const AT_ONCE: usize = 8;

/// For what is left to post of a play when the next one is on air. Songs skipped in quick
/// succession are all posted, and what Discord holds back for long is not.
const LAST_CALL: Duration = Duration::from_secs(10);

/// Posts the songs of both stations until the token is cancelled.
#[derive(Clone)]
pub struct Announcer {
    stations: Stations,
    store: Store,
    rest: Rest,
    metrics: Metrics,
}

impl Announcer {
    /// Nothing is posted before [`Announcer::run`].
    pub fn new(stations: Stations, store: Store, rest: Rest, metrics: Metrics) -> Self {
        Self {
            stations,
            store,
            rest,
            metrics,
        }
    }

    /// Posts each play of either station until the token is cancelled; then finishes the messages
    /// that are under way.
    pub async fn run(self, jpop: Plays, kpop: Plays, token: CancellationToken) {
        tokio::join!(self.follow(jpop, &token), self.follow(kpop, &token));
    }

    async fn follow(&self, mut plays: Plays, token: &CancellationToken) {
        while let Some(Some(play)) = token.run_until_cancelled(plays.recv()).await {
            let latest = self.stations.get(play.station);
            self.announce(&play, latest, token).await;
        }
    }

    /// Posts one play to every target that has not had it.
    async fn announce(&self, on_air: &OnAir, latest: &OnAirRx, token: &CancellationToken) {
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
        let due = plan::due(targets, on_air, now);
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
        info!(%play, channels, skipped, "announced");
    }

    /// Makes each announcement, until a newer play has been on air for [`LAST_CALL`] or the token is
    /// cancelled, and says how many were not made because of that.
    async fn post_all(
        &self,
        on_air: &OnAir,
        due: Vec<Due>,
        superseded: impl Future<Output = ()>,
        token: &CancellationToken,
    ) -> usize {
        let poster = Poster::new(self, on_air);
        let mut ready: VecDeque<Job> = due.into_iter().map(Job::new).collect();
        let mut under_way = FuturesUnordered::new();
        // Channels that have to wait keep none of the others waiting.
        let mut waiting: Vec<(Instant, Job)> = Vec::new();
        let mut last_call = None;
        let mut skipped = 0;
        let mut superseded = pin!(superseded);
        loop {
            let now = Instant::now();
            ready.extend(
                waiting
                    .extract_if(.., |(until, _)| *until <= now)
                    .map(|(_, job)| job),
            );
            while under_way.len() < AT_ONCE
                && let Some(job) = ready.pop_front()
            {
                match self.rest.held_until(job.route()) {
                    Some(until) => waiting.push((until, job)),
                    None => under_way.push(poster.attempt(job)),
                }
            }
            // Whose turn would come too late has none.
            let late = |until: Instant| last_call.is_some_and(|last| until > last);
            for (_, job) in waiting.extract_if(.., |(until, _)| late(*until)) {
                skipped += self.drop_job(&job);
            }
            if under_way.is_empty() && waiting.is_empty() {
                return skipped;
            }
            let turn = waiting.iter().map(|(until, _)| *until).min();
            tokio::select! {
                Some(step) = under_way.next() => match step {
                    Step::Ended(result) => self.metrics.announcement(result),
                    // What was begun is finished before another is begun.
                    Step::Next(job) => ready.push_front(job),
                    Step::Later(job, until) => waiting.push((until, job)),
                },
                () = at(turn) => {}
                () = &mut superseded, if last_call.is_none() => {
                    last_call = Some(Instant::now() + LAST_CALL);
                }
                () = at(last_call) => break,
                () = token.cancelled() => break,
            }
        }
        // What is on its way arrives, or not; nothing else begins.
        poster.end();
        let left = ready
            .into_iter()
            .chain(waiting.into_iter().map(|(_, job)| job));
        for job in left {
            skipped += self.drop_job(&job);
        }
        while let Some(step) = under_way.next().await {
            match step {
                Step::Ended(result) => self.metrics.announcement(result),
                Step::Next(job) if job.is_posted() => under_way.push(poster.attempt(job)),
                Step::Next(job) | Step::Later(job, _) => skipped += self.drop_job(&job),
            }
        }
        skipped
    }

    /// Gives up what is left of a job. How many channels do without an announcement because of it.
    fn drop_job(&self, job: &Job) -> usize {
        let result = if job.is_posted() {
            AnnouncementResult::Posted
        } else {
            AnnouncementResult::Skipped
        };
        self.metrics.announcement(result);
        usize::from(!job.is_posted())
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
