//! Rate limits: <https://discord.com/developers/docs/topics/rate-limits>.
//!
//! Discord does not publish the size of its buckets; these are what it has been seen to send.
//! A bucket belongs to a route and its major parameter (channel, guild, webhook with its token).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::Id;

/// Requests that a bot may make within a second, all routes together.
const GLOBAL: u32 = 50;
/// Sessions that an application may start in a [`DAY`].
pub const SESSIONS: u32 = 1_000;
/// From the first of them on.
const DAY: Duration = Duration::from_hours(24);
/// How often a bot may ask for all members of a guild.
const ALL_MEMBERS: Duration = Duration::from_secs(30);
/// Buckets that are remembered before the stale ones are dropped.
const BUCKETS: usize = 20_000;

/// A route as rate limits see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The method and the path with `:id` for ids, the major parameter left out.
    pub template: String,
    /// The major parameter.
    pub major: String,
    /// Requests within `window`.
    pub limit: u32,
    /// The window.
    pub window: Duration,
    /// Whether the route counts against the global limit.
    pub global: bool,
    /// Whether answers tell of the bucket.
    pub told: bool,
}

impl Route {
    /// The route of a request; `path` begins after `/api/v10`.
    pub fn of(method: &Method, path: &str) -> Self {
        let mut template = method.as_str().to_owned();
        let mut major = String::new();
        let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        for (index, part) in segments.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|i| segments.get(i)).copied();
            let is_code = before == Some("invites");
            let is_id = is_code || part.bytes().all(|byte| byte.is_ascii_digit());
            let is_token = index == 2 && matches!(segments[0], "webhooks" | "interactions");
            let is_major = index == 1 && matches!(before, Some("channels" | "guilds" | "webhooks"));
            template.push('/');
            if is_token && segments[0] == "webhooks" || is_major && is_id {
                major.push_str(part);
                major.push('/');
                template.push_str(":major");
            } else if is_id || is_token {
                template.push_str(":id");
            } else {
                template.push_str(part);
            }
        }
        // All that is done to reactions of a channel is one bucket, whatever the emoji.
        let reacts = matches!(
            segments.as_slice(),
            ["channels", _, "messages", _, "reactions", ..]
        );
        if reacts {
            let kind = if *method == Method::GET { "GET" } else { "PUT" };
            template = format!("{kind}/channels/:major/messages/:id/reactions");
        }
        let seconds = |limit, seconds| (limit, Duration::from_secs(seconds));
        let (limit, window) = match (method.as_str(), segments.as_slice()) {
            ("PUT" | "DELETE", ["channels", _, "messages", _, "reactions", ..]) => {
                (1, Duration::from_millis(250))
            }
            ("DELETE", ["channels", _, "messages", _])
            | ("POST", ["channels", _, "messages", "bulk-delete"]) => seconds(5, 1),
            ("POST", ["channels", _, "messages" | "typing"])
            | ("PATCH", ["channels", _, "messages", _] | ["guilds", _, "voice-states", _])
            | ("PUT", ["channels", _, "voice-status"])
            | ("GET", ["channels", _, "messages", ..])
            | ("POST" | "PATCH" | "DELETE", ["webhooks", ..]) => seconds(5, 5),
            ("POST", ["channels", _, "messages", _, "crosspost"]) => seconds(10, 3_600),
            ("GET", ["gateway", "bot"]) => seconds(2, 5),
            ("PUT" | "POST" | "PATCH" | "DELETE", ["applications", ..]) => seconds(5, 20),
            ("POST", ["users", "@me", "channels"]) | ("GET", ["guilds", _, "members", ..]) => {
                seconds(10, 10)
            }
            ("POST", ["interactions", ..]) => seconds(1_000_000, 1),
            _ => seconds(50, 1),
        };
        let is_interaction = matches!(segments.first(), Some(&"interactions"));
        Self {
            template,
            major,
            limit,
            window,
            global: !is_interaction,
            told: !is_interaction,
        }
    }

    /// The webhook and whether its token is in the path; interactions are answered with the
    /// application as the webhook.
    pub fn webhook(path: &str) -> Option<Id> {
        let mut segments = path.split('/').filter(|part| !part.is_empty());
        let is_webhook = segments.next() == Some("webhooks");
        let webhook = segments.next()?.parse().ok()?;
        segments.next().filter(|_| is_webhook).map(|_| webhook)
    }

    /// The bucket's name, as opaque as Discord's.
    fn name(&self) -> String {
        // FNV-1a: short, and the same in every run.
        let hash = self
            .template
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        format!("{hash:016x}{:016x}", hash.rotate_left(29) ^ 0x5bd1_e995)
    }
}

#[derive(Debug, Clone, Copy)]
struct Window {
    used: u32,
    ends: Instant,
}

impl Window {
    fn take(entry: &mut Option<Self>, limit: u32, length: Duration, now: Instant) -> Taken {
        let window = match entry {
            Some(window) if window.ends > now => window,
            _ => entry.insert(Self {
                used: 0,
                ends: now + length,
            }),
        };
        let allowed = window.used < limit;
        if allowed {
            window.used += 1;
        }
        Taken {
            allowed,
            remaining: limit - window.used,
            reset_after: window.ends - now,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Taken {
    allowed: bool,
    remaining: u32,
    reset_after: Duration,
}

/// What came of a request.
#[derive(Debug)]
pub enum Verdict {
    /// Go on; these headers go with the answer.
    Fine(HeaderMap),
    /// 429.
    Limited {
        /// The headers of the answer.
        headers: HeaderMap,
        /// Its body.
        body: Value,
        /// `user` or `global`.
        scope: &'static str,
    },
}

#[derive(Debug, Default)]
struct State {
    buckets: HashMap<(String, String, String), Option<Window>>,
    global: HashMap<String, Option<Window>>,
    identifies: HashMap<(Id, u64), Instant>,
    starts: HashMap<Id, Option<Window>>,
    all_members: HashMap<(Id, Id), Option<Window>>,
    counts: Counts,
}

#[derive(Debug, Default, Clone)]
struct Counts {
    requests: u64,
    errors: u64,
    unauthorized: u64,
    forbidden: u64,
    limited_user: u64,
    limited_global: u64,
    by_code: HashMap<u32, u64>,
}

/// All buckets, and the counters.
#[derive(Debug, Default)]
pub struct RateLimits(Mutex<State>);

impl RateLimits {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one request of `who` (a token, or nobody's) out of its buckets.
    pub fn take(&self, who: &str, route: &Route, unix_now: Duration) -> Verdict {
        let now = Instant::now();
        let mut state = self.lock();
        state.counts.requests += 1;
        if state.buckets.len() > BUCKETS {
            state
                .buckets
                .retain(|_, window| window.is_some_and(|window| window.ends > now));
        }
        if route.global {
            let entry = state.global.entry(who.to_owned()).or_default();
            let taken = Window::take(entry, GLOBAL, Duration::from_secs(1), now);
            if !taken.allowed {
                state.counts.limited_global += 1;
                return limited(HeaderMap::new(), "global", taken.reset_after);
            }
        }
        let key = (who.to_owned(), route.template.clone(), route.major.clone());
        let entry = state.buckets.entry(key).or_default();
        let taken = Window::take(entry, route.limit, route.window, now);
        let mut headers = HeaderMap::new();
        let mut put = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        };
        if route.told {
            put("x-ratelimit-limit", route.limit.to_string());
            put("x-ratelimit-remaining", taken.remaining.to_string());
            let reset = unix_now + taken.reset_after;
            put("x-ratelimit-reset", format!("{:.3}", reset.as_secs_f64()));
            put(
                "x-ratelimit-reset-after",
                format!("{:.3}", taken.reset_after.as_secs_f64()),
            );
            put("x-ratelimit-bucket", route.name());
        }
        if taken.allowed {
            return Verdict::Fine(headers);
        }
        state.counts.limited_user += 1;
        limited(headers, "user", taken.reset_after)
    }

    /// Counts an answer that is no success.
    pub fn count_error(&self, status: u16) {
        let mut state = self.lock();
        state.counts.errors += 1;
        match status {
            401 => state.counts.unauthorized += 1,
            403 => state.counts.forbidden += 1,
            _ => {}
        }
    }

    /// Counts one of Discord's error codes.
    pub fn count_code(&self, code: u32) {
        *self.lock().counts.by_code.entry(code).or_default() += 1;
    }

    /// One IDENTIFY of a bucket; false when the last was less than `window` ago, or when the day's
    /// sessions are used up.
    pub fn identify(&self, bucket: (Id, u64), window: Duration) -> bool {
        let now = Instant::now();
        let mut state = self.lock();
        let last = state.identifies.get(&bucket);
        if last.is_some_and(|last| now - *last < window) {
            return false;
        }
        state.identifies.insert(bucket, now);
        let starts = state.starts.entry(bucket.0).or_default();
        Window::take(starts, SESSIONS, DAY, now).allowed
    }

    /// A request for all members of a guild, which a bot may make every 30 s; how long it has to
    /// wait when it may not.
    pub fn all_members(&self, application: Id, guild: Id) -> Option<Duration> {
        let mut state = self.lock();
        let asked = state.all_members.entry((application, guild)).or_default();
        let taken = Window::take(asked, 1, ALL_MEMBERS, Instant::now());
        (!taken.allowed).then_some(taken.reset_after)
    }

    /// Sessions that an application may still start, and when there are [`SESSIONS`] again.
    pub fn session_starts(&self, application: Id) -> (u32, Duration) {
        let now = Instant::now();
        let window = self.lock().starts.get(&application).copied().flatten();
        match window.filter(|window| window.ends > now) {
            Some(window) => (SESSIONS - window.used, window.ends - now),
            None => (SESSIONS, Duration::ZERO),
        }
    }

    /// The counters, for the control API. Invalid requests are those that Discord bans an
    /// address for, at 10,000 in ten minutes: 401, 403 and 429.
    pub fn report(&self) -> Value {
        let counts = self.lock().counts.clone();
        let limited = counts.limited_global + counts.limited_user;
        json!({
            "requests": counts.requests,
            "errors": counts.errors,
            "unauthorized": counts.unauthorized,
            "rate_limited": {"global": counts.limited_global, "user": counts.limited_user, "shared": 0},
            "invalid_requests": counts.unauthorized + counts.forbidden + limited,
            "codes": counts.by_code.iter().map(|(code, n)| (code.to_string(), json!(n))).collect::<serde_json::Map<_, _>>(),
        })
    }
}

fn limited(mut headers: HeaderMap, scope: &'static str, after: Duration) -> Verdict {
    let whole = after.as_secs() + 1;
    headers.insert("retry-after", HeaderValue::from(whole));
    headers.insert("x-ratelimit-scope", HeaderValue::from_static(scope));
    if scope == "global" {
        headers.insert("x-ratelimit-global", HeaderValue::from_static("true"));
    }
    let body = json!({
        "message": "You are being rate limited.",
        "code": 0,
        "retry_after": (after.as_secs_f64() * 1000.0).ceil() / 1000.0,
        "global": scope == "global",
    });
    Verdict::Limited {
        headers,
        body,
        scope,
    }
}

#[cfg(test)]
mod tests;
