//! When the next message may be sent: a value, told the time and the answers.
//!
//! <https://discord.com/developers/docs/topics/rate-limits>

use std::{collections::HashMap, time::Duration};

use reqwest::header::HeaderMap;
use tokio::time::Instant;

use super::route::{Bucket, Lane, Route};

/// Discord allows a bot 50 requests a second, and as many without its token. Some of them are left to
/// everything else, and to requests that a busy machine or network brings closer together.
const INTERVAL: Duration = Duration::from_millis(25);
/// So many may follow each other at once after a pause.
const BURST: u32 = 4;
/// What a webhook may do in [`WEBHOOK_WINDOW`], until Discord says otherwise: its headers have not
/// always told all of it. <https://github.com/discord/discord-api-docs/issues/367>
const WEBHOOK_LIMIT: u32 = 5;
const WEBHOOK_WINDOW: Duration = Duration::from_secs(2);
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

/// The generic cell rate algorithm for the requests of a lane, and what is known of each bucket.
#[derive(Debug)]
pub(super) struct Limiter {
    bot: Pace,
    webhooks: Pace,
    buckets: HashMap<Bucket, Known>,
}

#[derive(Clone, Copy, Debug)]
struct Pace {
    /// When the requests sent so far would have been sent at an even pace.
    paced: Instant,
    /// Nothing is sent before: Discord said so.
    paused: Instant,
}

/// What is known of a bucket until it is full again.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Requests left, without those that are on their way.
    left: u32,
    until: Instant,
}

impl Limiter {
    pub(super) fn new(now: Instant) -> Self {
        let pace = Pace {
            paced: now,
            paused: now,
        };
        Self {
            bot: pace,
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
        pace.paced = pace.paced.max(now) + INTERVAL;
        Ok(())
    }

    /// Until when this bucket is empty, if it is.
    pub(super) fn held_until(&self, now: Instant, bucket: Bucket) -> Option<Instant> {
        let known = self.known(now, bucket)?;
        (known.left == 0).then_some(known.until)
    }

    /// Takes a request out of its bucket. False when it is empty: nothing may be sent before
    /// [`held_until`](Self::held_until).
    pub(super) fn take(&mut self, now: Instant, bucket: Bucket) -> bool {
        let presumed = bucket.is_webhook().then(|| Known {
            left: WEBHOOK_LIMIT,
            until: now + WEBHOOK_WINDOW,
        });
        let Some(known) = self.known(now, bucket).or(presumed) else {
            return true;
        };
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
                self.note(now, bucket, Known { left: 0, until });
            }
        } else if let (Some(left), Some(wait)) = (limits.remaining, limits.reset_after) {
            let told = Known {
                left,
                until: now + wait,
            };
            // The answer does not know of requests that were sent after its own.
            let known = self.known(now, bucket).map_or(told, |known| Known {
                left: known.left.min(left),
                until: known.until.max(told.until),
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

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;
    use serenity::all::{ChannelId, WebhookId};

    use super::*;

    const ONE: Route = Route::Create(ChannelId::new(1));
    const TWO: Route = Route::Create(ChannelId::new(2));

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
        let mut now = start;
        let mut turns = Vec::new();
        while turns.len() < 500 {
            match limiter.try_turn(now, Lane::Bot) {
                Ok(()) => turns.push(now),
                Err(at) => now = at,
            }
        }
        for turn in &turns {
            let second = turns
                .iter()
                .filter(|other| *other >= turn && **other < *turn + Duration::from_secs(1))
                .count();
            assert!(second <= 46, "{second}");
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
        assert_eq!(limiter.held_until(now, ONE.bucket()), Some(until));
        assert_eq!(limiter.held_until(until, ONE.bucket()), None);
        assert_eq!(limiter.held_until(now, TWO.bucket()), None);
        assert_eq!(limiter.try_turn(now, Lane::Bot), Ok(()));
    }

    #[test]
    fn requests_under_way_at_once_do_not_share_the_last_one() {
        let now = Instant::now();
        let mut limiter = Limiter::new(now);
        let one_left = Limits::of(&headers(&[
            ("x-ratelimit-remaining", "1"),
            ("x-ratelimit-reset-after", "3"),
        ]));
        assert!(limiter.take(now, ONE.bucket()));
        limiter.learn(now, ONE, &one_left);
        assert!(limiter.take(now, ONE.bucket()));
        assert!(!limiter.take(now, ONE.bucket()));
        // An answer from before does not bring it back.
        limiter.learn(now, ONE, &one_left);
        assert!(!limiter.take(now, ONE.bucket()));
        assert!(limiter.take(now + Duration::from_secs(3), ONE.bucket()));
    }

    #[test]
    fn a_webhook_is_used_five_times_in_two_seconds_unless_told_otherwise() {
        let now = Instant::now();
        let mut limiter = Limiter::new(now);
        let webhook = Route::Execute(WebhookId::new(5), None);
        let times = |limiter: &mut Limiter, now| {
            let taken = |_: &usize| limiter.take(now, webhook.bucket());
            (0..20).take_while(taken).count()
        };
        assert_eq!(times(&mut limiter, now), 5);
        let until = now + WEBHOOK_WINDOW;
        assert_eq!(limiter.held_until(now, webhook.bucket()), Some(until));
        let other = Route::Execute(WebhookId::new(6), None);
        assert!(limiter.take(now, other.bucket()));
        let limits = Limits::of(&headers(&[
            ("x-ratelimit-remaining", "2"),
            ("x-ratelimit-reset-after", "1"),
        ]));
        assert!(limiter.take(until, webhook.bucket()));
        limiter.learn(until, webhook, &limits);
        assert_eq!(times(&mut limiter, until), 2);
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
        assert_eq!(limiter.held_until(now, ONE.bucket()), None);
        let paused = now + Duration::from_millis(1250);
        assert_eq!(limiter.try_turn(now, Lane::Bot), Err(paused));
        // What does not bear the bot's token is another's limit.
        assert_eq!(limiter.try_turn(now, Lane::Webhooks), Ok(()));
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
                    .held_until(now, ONE.bucket())
                    .is_none_or(|until| until <= now + LONGEST)
            );
            assert_eq!(limiter.try_turn(now, Lane::Bot), Ok(()));
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
            limiter.learn(now, Route::Create(ChannelId::new(n)), &limits);
        }
        assert!(limiter.buckets.len() <= REMEMBERED);
    }
}
