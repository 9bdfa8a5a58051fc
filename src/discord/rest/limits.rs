//! When the next message may be sent: a value, told the time and the answers.
//!
//! <https://discord.com/developers/docs/topics/rate-limits>

use std::{collections::HashMap, time::Duration};

use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::route::Bucket;

/// Discord allows a bot 50 requests a second. Ten of them are left to everything else.
const INTERVAL: Duration = Duration::from_millis(25);
/// So many may follow each other at once after a pause.
const BURST: u32 = 10;
/// Buckets whose limit has passed are forgotten when there are more entries than this.
const REMEMBERED: usize = 1024;
/// No wait is longer: a nonsensical header must not silence the bot for good.
const LONGEST: Duration = Duration::from_mins(10);

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

    /// Adds what a body says, which is more precise than the headers.
    pub(super) fn with_body(mut self, retry_after: Option<f64>, global: bool) -> Self {
        self.retry_after = retry_after.and_then(seconds).or(self.retry_after);
        self.global |= global;
        self
    }
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .map(|wait| wait.min(LONGEST))
}

/// The generic cell rate algorithm for all messages together, and what is known of each bucket.
#[derive(Debug)]
pub(super) struct Limiter {
    /// When the messages sent so far would have been sent at an even pace.
    paced: Instant,
    /// Nothing is sent before: Discord said so.
    paused: Instant,
    buckets: HashMap<Bucket, Instant>,
}

impl Limiter {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            paced: now,
            paused: now,
            buckets: HashMap::new(),
        }
    }

    /// Takes the next turn and says when it comes.
    pub(super) fn take_turn(&mut self, now: Instant) -> Instant {
        let mut at = now.max(self.paused);
        if let Some(earliest) = self.paced.checked_sub(INTERVAL * BURST) {
            at = at.max(earliest);
        }
        self.paced = self.paced.max(at) + INTERVAL;
        at
    }

    /// Until when Discord holds this bucket back, if it does.
    pub(super) fn held_until(&self, now: Instant, bucket: Bucket) -> Option<Instant> {
        self.buckets
            .get(&bucket)
            .copied()
            .filter(|until| *until > now)
    }

    /// Takes note of what an answer said.
    pub(super) fn learn(&mut self, now: Instant, bucket: Bucket, limits: &Limits) {
        if let Some(wait) = limits.retry_after {
            if limits.global {
                self.paused = self.paused.max(now + wait);
            } else {
                self.hold(now, bucket, wait);
            }
        } else if limits.remaining == Some(0)
            && let Some(wait) = limits.reset_after
        {
            self.hold(now, bucket, wait);
        }
    }

    fn hold(&mut self, now: Instant, bucket: Bucket, wait: Duration) {
        if self.buckets.len() >= REMEMBERED {
            self.buckets.retain(|_, until| *until > now);
        }
        self.buckets.insert(bucket, now + wait);
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;
    use serenity::all::ChannelId;

    use super::*;
    use crate::discord::rest::Route;

    const ONE: Bucket = Route::Create(ChannelId::new(1)).bucket();
    const TWO: Bucket = Route::Create(ChannelId::new(2)).bucket();

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn no_second_has_more_messages_than_allowed() {
        let start = Instant::now();
        let mut limiter = Limiter::new(start);
        let turns: Vec<Instant> = (0..500).map(|_| limiter.take_turn(start)).collect();
        for turn in &turns {
            let second = turns
                .iter()
                .filter(|other| *other >= turn && **other < *turn + Duration::from_secs(1))
                .count();
            assert!(second <= 50, "{second}");
        }
        let all = *turns.last().unwrap() - start;
        assert!(all < Duration::from_secs(13), "{all:?}");
    }

    #[test]
    fn an_empty_bucket_holds_itself_only() {
        let now = Instant::now();
        let mut limiter = Limiter::new(now);
        let limits = Limits::of(&headers(&[
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset-after", "4.5"),
        ]));
        limiter.learn(now, ONE, &limits);
        let until = now + Duration::from_millis(4500);
        assert_eq!(limiter.held_until(now, ONE), Some(until));
        assert_eq!(limiter.held_until(until, ONE), None);
        assert_eq!(limiter.held_until(now, TWO), None);
        assert_eq!(limiter.take_turn(now), now);
    }

    #[test]
    fn a_global_limit_holds_everything() {
        let now = Instant::now();
        let mut limiter = Limiter::new(now);
        let limits = Limits::of(&headers(&[
            ("retry-after", "2"),
            ("x-ratelimit-global", "true"),
        ]));
        limiter.learn(now, ONE, &limits.with_body(Some(1.25), true));
        assert_eq!(limiter.held_until(now, ONE), None);
        assert_eq!(limiter.take_turn(now), now + Duration::from_millis(1250));
    }

    #[test]
    fn nonsense_in_headers_is_ignored_or_bounded() {
        let now = Instant::now();
        for value in ["-1", "NaN", "soon", "1e300"] {
            let mut limiter = Limiter::new(now);
            let mut map = HeaderMap::new();
            map.insert("retry-after", HeaderValue::from_str(value).unwrap());
            limiter.learn(now, ONE, &Limits::of(&map));
            assert!(
                limiter
                    .held_until(now, ONE)
                    .is_none_or(|until| until <= now + LONGEST)
            );
            assert_eq!(limiter.take_turn(now), now);
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let start = Instant::now();
        let mut limiter = Limiter::new(start);
        for n in 1..=10_000_u64 {
            let now = start + Duration::from_secs(n);
            let limits = Limits {
                retry_after: Some(Duration::from_secs(1)),
                ..Limits::default()
            };
            limiter.learn(now, Route::Create(ChannelId::new(n)).bucket(), &limits);
        }
        assert!(limiter.buckets.len() <= REMEMBERED);
    }
}
