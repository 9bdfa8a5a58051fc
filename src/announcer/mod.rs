//! Announcements: each new song is posted once to each channel that asked for it.
//!
//! - `plan`: what to post where. Pure.
//! - `post`: one message to one channel, with retries.
//!
//! One task a station waits for the next play and posts it to every target, a few at a time. A play
//! is recorded with its target before it is posted, so that neither a repeated update nor a restart
//! posts it twice; and when a newer play comes, what is left of the old one has [`LAST_CALL`] and is
//! then dropped: a song that is long over is never posted.

mod plan;
mod post;
#[cfg(test)]
mod tests;

use std::{collections::VecDeque, pin::pin, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use time::OffsetDateTime;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use self::post::{Job, Poster, Step};
use crate::{
    discord::Rest,
    listen_moe::{OnAir, OnAirRx, PlayId, Stations},
    station::Station,
    store::{Store, Target},
    telemetry::{AnnouncementResult, Metrics},
};

/// Messages under way at once, a station. Discord answers in about 200 ms, so these use up the
/// bot's requests a second.
const AT_ONCE: usize = 8;

/// For what is left to post of a play when the next one is on air. Songs skipped in quick
/// succession are all posted, and what Discord holds back for long is not.
const LAST_CALL: Duration = Duration::from_secs(10);

/// Plays that wait for those before them. More are dropped: each would be late by minutes.
const BACKLOG: usize = 8;

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

    /// Posts until the token is cancelled; then finishes the messages that are under way.
    pub async fn run(self, token: CancellationToken) {
        let [jpop, kpop] = Station::ALL.map(|station| self.follow(station, &token));
        tokio::join!(jpop, kpop);
    }

    async fn follow(&self, station: Station, token: &CancellationToken) {
        let on_air = self.stations.get(station);
        let (sender, mut plays) = mpsc::channel(BACKLOG);
        let collect = async {
            tokio::select! {
                () = self.collect(on_air.clone(), sender) => {}
                () = token.cancelled() => {}
            }
        };
        let post = async {
            while let Some(play) = plays.recv().await
                && !token.is_cancelled()
            {
                self.announce(play, on_air, token).await;
            }
        };
        tokio::join!(collect, post);
    }

    /// Takes each play as it comes, while those before it are still being posted.
    async fn collect(&self, mut on_air: OnAirRx, plays: mpsc::Sender<Arc<OnAir>>) {
        let mut last = None;
        loop {
            let current = on_air.borrow_and_update().clone();
            if let Some(current) = current
                && last != Some(current.play_id())
            {
                last = Some(current.play_id());
                if plays.try_send(current).is_err() {
                    self.metrics.announcement(AnnouncementResult::Skipped);
                }
            }
            if on_air.changed().await.is_err() {
                // The station's task has ended; the supervisor knows why.
                return;
            }
        }
    }

    /// Posts one play to every target that has not had it.
    async fn announce(&self, on_air: Arc<OnAir>, latest: &OnAirRx, token: &CancellationToken) {
        let play = on_air.play_id();
        let targets = match self.store.targets(on_air.station).await {
            Ok(targets) => targets,
            Err(error) => {
                warn!(%play, "the channels to announce it in could not be read: {error}");
                self.metrics.announcement(AnnouncementResult::Failed);
                return;
            }
        };
        let due = plan::due(targets, &play);
        if due.is_empty() {
            return;
        }
        if plan::is_over(&on_air, OffsetDateTime::now_utc()) {
            debug!(%play, "over before it could be announced");
            return;
        }
        let channels = due.len();
        let superseded = superseded(latest.clone(), play);
        let skipped = self.post_all(&on_air, due, superseded, token).await;
        for _ in 0..skipped {
            self.metrics.announcement(AnnouncementResult::Skipped);
        }
        info!(%play, channels, skipped, "announced");
    }

    /// Posts to each target, until a newer play has been on air for [`LAST_CALL`] or the token is
    /// cancelled, and says how many were not posted to because of that.
    async fn post_all(
        &self,
        on_air: &OnAir,
        due: Vec<Target>,
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
                match self.rest.held_until(job.channel()) {
                    Some(until) => waiting.push((until, job)),
                    None => under_way.push(poster.attempt(job)),
                }
            }
            // Whose turn would come too late has none.
            let some = waiting.len();
            waiting.retain(|(until, _)| last_call.is_none_or(|last| *until <= last));
            skipped += some - waiting.len();
            if under_way.is_empty() && waiting.is_empty() {
                return skipped;
            }
            let turn = waiting.iter().map(|(until, _)| *until).min();
            tokio::select! {
                Some(step) = under_way.next() => match step {
                    Step::Ended(result) => self.metrics.announcement(result),
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
        skipped += ready.len() + waiting.len();
        while let Some(step) = under_way.next().await {
            match step {
                Step::Ended(result) => self.metrics.announcement(result),
                Step::Later(..) => skipped += 1,
            }
        }
        skipped
    }

    /// A target cannot be posted to, or can again: what `/announce show` says of it.
    async fn note(&self, target: &Target, trouble: Option<&str>) {
        if target.trouble.as_deref() == trouble {
            return;
        }
        let noted = self
            .store
            .set_trouble(target.channel, target.station, trouble)
            .await;
        if let Err(error) = noted {
            warn!(channel = %target.channel, "its trouble could not be noted: {error}");
        }
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
