//! When the next message may be sent: a value, told the time and the answers.
//!
//! <https://discord.com/developers/docs/topics/rate-limits>

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::route::{Bucket, Lane, Route};

/// Discord allows a bot 50 requests a second, and as many without its token. Some of them are left to
/// everything else.
const INTERVAL: Duration = Duration::from_millis(25);
/// So many may follow each other at once after a pause.
const BURST: u32 = 4;
/// A second has no more requests than this, however late those arrive that a disk or a network holds
/// up: whatever has its turn counts until a [`SECOND`] after it is over. What is left of the 50 is for
/// the few requests that take no turn, such as those of a login.
const PLACES: usize = 48;
const SECOND: Duration = Duration::from_secs(1);
/// What is let out of a bucket in [`UNTOLD_WINDOW`], until an answer says what may be: as few as
/// Discord has been seen to allow.
const UNTOLD: u32 = 5;
const UNTOLD_WINDOW: Duration = Duration::from_secs(2);
/// Buckets whose limit has passed are forgotten when there are more entries than this.
const REMEMBERED: usize = 1024;
/// No wait is longer: a nonsensical header must not silence the bot for good.
const LONGEST: Duration = Duration::from_mins(10);

/// After a 429 no wait is shorter, whatever it says.
const SHORTEST: Duration = Duration::from_millis(250);

/// What an answer says about limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Limits {
    /// Requests left in the bucket.
    remaining: Option<u32>,
    /// Until the bucket is full again.
    reset_after: Option<Duration>,
    /// Only with 429: how long to wait.
    retry_after: Option<Duration>,
    /// Whether that wait is for every request.
    global: bool,
}

impl Limits {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self {
            remaining: text("x-ratelimit-remaining").and_then(|text| text.parse().ok()),
            reset_after: text("x-ratelimit-reset-after")
                .and_then(|text| text.parse().ok())
                .and_then(seconds),
            retry_after: text("retry-after")
                .and_then(|text| text.parse().ok())
                .and_then(seconds),
            global: text("x-ratelimit-global").is_some()
                || text("x-ratelimit-scope") == Some("global"),
        }
    }

    /// Adds what the body of a 429 says, which is more precise than the headers. One without a wait
    /// is waited after as well: whoever asks again at once is refused again.
    pub(super) fn with_body(mut self, retry_after: Option<f64>, global: bool) -> Self {
        let wait = retry_after.and_then(seconds).or(self.retry_after);
        self.retry_after = Some(wait.unwrap_or_default().max(SHORTEST));
        self.global |= global;
        self
    }
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .map(|wait| wait.min(LONGEST))
}

/// The generic cell rate algorithm for the requests of a lane, and what is known of each bucket.
#[derive(Debug)]
pub(super) struct Limiter {
    bot: Pace,
    webhooks: Pace,
    buckets: HashMap<Bucket, Known>,
}

#[derive(Clone, Debug)]
struct Pace {
    /// When the requests sent so far would have been sent at an even pace.
    paced: Instant,
    /// Nothing is sent before: Discord said so.
    paused: Instant,
    /// Turns that are not over: Discord may count their requests now, or has counted them long ago.
    under_way: usize,
    /// When those were over that Discord may have counted within the last [`SECOND`].
    over: VecDeque<Instant>,
}

/// What is known of a bucket until it is full again.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Requests left, without those that are on their way.
    left: u32,
    until: Instant,
    /// By an answer.
    told: bool,
}

impl Limiter {
    pub(super) fn new(now: Instant) -> Self {
        let pace = Pace {
            paced: now,
            paused: now,
            under_way: 0,
            over: VecDeque::new(),
        };
        Self {
            bot: pace.clone(),
            webhooks: pace,
            buckets: HashMap::new(),
        }
    }

    fn pace(&mut self, lane: Lane) -> &mut Pace {
        match lane {
            Lane::Bot => &mut self.bot,
            Lane::Webhooks => &mut self.webhooks,
        }
    }

    /// Takes a turn if there is one now, and else says when to ask again. Nobody has one before its
    /// time: who gives up leaves it to others, and who is late does not come together with them.
    pub(super) fn try_turn(&mut self, now: Instant, lane: Lane) -> Result<(), Instant> {
        let pace = self.pace(lane);
        let earliest = pace.paced.checked_sub(INTERVAL * BURST);
        let at = earliest.map_or(pace.paused, |earliest| earliest.max(pace.paused));
        if at > now {
            return Err(at);
        }
        if let Some(free) = pace.full_until(now) {
            return Err(free);
        }
        pace.paced = pace.paced.max(now) + INTERVAL;
        pace.under_way += 1;
        Ok(())
    }

    /// The same for a request that Discord may hold back by itself. It takes no turn meanwhile.
    pub(super) fn try_turn_for(&mut self, now: Instant, route: Route) -> Result<(), Instant> {
        match self.held_until(now, route.bucket()) {
            Some(until) => Err(until),
            None => self.try_turn(now, route.lane()),
        }
    }

    /// A turn is over: its request is answered, or will not be made.
    pub(super) fn end_turn(&mut self, now: Instant, lane: Lane) {
        let pace = self.pace(lane);
        pace.under_way = pace.under_way.saturating_sub(1);
        pace.over.push_back(now);
    }

    /// How many turns are not over.
    #[cfg(test)]
    pub(super) fn under_way(&mut self, lane: Lane) -> usize {
        self.pace(lane).under_way
    }

    /// Until when this bucket is empty, if it is.
    pub(super) fn held_until(&self, now: Instant, bucket: Bucket) -> Option<Instant> {
        let known = self.known(now, bucket)?;
        (known.left == 0).then_some(known.until)
    }

    /// Takes a request out of its bucket. False when it is empty, or when Discord wants nothing of
    /// this lane since its turn began: nothing may be sent before [`held_until`](Self::held_until) and
    /// another turn.
    pub(super) fn take(&mut self, now: Instant, route: Route) -> bool {
        if self.pace(route.lane()).paused > now {
            return false;
        }
        let bucket = route.bucket();
        let known = self.known(now, bucket).unwrap_or(Known {
            left: UNTOLD,
            until: now + UNTOLD_WINDOW,
            told: false,
        });
        let Some(left) = known.left.checked_sub(1) else {
            return false;
        };
        self.note(now, bucket, Known { left, ..known });
        true
    }

    /// Takes note of what an answer said.
    pub(super) fn learn(&mut self, now: Instant, route: Route, limits: &Limits) {
        let bucket = route.bucket();
        if let Some(wait) = limits.retry_after {
            let until = now + wait;
            if limits.global {
                let pace = self.pace(route.lane());
                pace.paused = pace.paused.max(until);
            } else {
                let told = true;
                self.note(
                    now,
                    bucket,
                    Known {
                        left: 0,
                        until,
                        told,
                    },
                );
            }
        } else if let (Some(left), Some(wait)) = (limits.remaining, limits.reset_after) {
            let answer = Known {
                left,
                until: now + wait,
                told: true,
            };
            // The answer does not know of requests that were sent after its own.
            let known = self.known(now, bucket).map_or(answer, |known| {
                if known.told {
                    Known {
                        left: known.left.min(left),
                        until: known.until.max(answer.until),
                        ..answer
                    }
                } else {
                    let others = (UNTOLD - known.left).saturating_sub(1);
                    Known {
                        left: left.saturating_sub(others),
                        ..answer
                    }
                }
            });
            self.note(now, bucket, known);
        }
    }

    fn known(&self, now: Instant, bucket: Bucket) -> Option<Known> {
        let known = self.buckets.get(&bucket).copied();
        known.filter(|known| known.until > now)
    }

    fn note(&mut self, now: Instant, bucket: Bucket, known: Known) {
        if self.buckets.len() >= REMEMBERED {
            self.buckets.retain(|_, known| known.until > now);
        }
        self.buckets.insert(bucket, known);
    }
}

impl Pace {
    /// When to ask again, if there are as many requests as a second may have.
    fn full_until(&mut self, now: Instant) -> Option<Instant> {
        while let Some(&over) = self.over.front()
            && now.saturating_duration_since(over) >= SECOND
        {
            self.over.pop_front();
        }
        let is_full = self.under_way + self.over.len() >= PLACES;
        // Nobody knows when an answer comes.
        let free = || self.over.front().map_or(now, |over| *over + SECOND);
        is_full.then(|| free().max(now + INTERVAL))
    }
}
