//! The services that can fail, the ways in which they can, and which go together.

use std::{fmt, time::Duration};

use rand::{Rng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A service on which a fault can be put.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Discord's REST API.
    DiscordRest,
    /// Discord's gateway.
    DiscordGateway,
    /// Discord's voice gateway.
    VoiceGateway,
    /// The UDP side of voice.
    VoiceUdp,
    /// LISTEN.moe's gateway of the J-pop station.
    ListenMoeJpop,
    /// LISTEN.moe's gateway of the K-pop station.
    ListenMoeKpop,
    /// Lanyard, socket and REST.
    Lanyard,
    /// The audio of the J-pop station.
    StreamJpop,
    /// The audio of the K-pop station.
    StreamKpop,
}

/// What a target speaks, which decides what can go wrong with it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Http,
    WebSocket,
    Udp,
}

impl Target {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::DiscordRest,
        Self::DiscordGateway,
        Self::VoiceGateway,
        Self::VoiceUdp,
        Self::ListenMoeJpop,
        Self::ListenMoeKpop,
        Self::Lanyard,
        Self::StreamJpop,
        Self::StreamKpop,
    ];

    /// The service that answers on this path of the one TCP port; `None` for the page and the
    /// control API, which never fail on command.
    pub fn of_path(path: &str) -> Option<Self> {
        let under = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        Some(match path {
            "/listen.moe/gateway" | "/listen.moe/gateway_v2" => Self::ListenMoeJpop,
            "/listen.moe/kpop/gateway" | "/listen.moe/kpop/gateway_v2" => Self::ListenMoeKpop,
            _ if under("/listen.moe/kpop") => Self::StreamKpop,
            _ if under("/listen.moe") => Self::StreamJpop,
            _ if under("/lanyard") => Self::Lanyard,
            _ if under("/gateway") => Self::DiscordGateway,
            _ if under("/api") => Self::DiscordRest,
            _ => return None,
        })
    }

    /// Whether it is an audio stream, whose answer never ends.
    pub fn is_stream(self) -> bool {
        matches!(self, Self::StreamJpop | Self::StreamKpop)
    }

    fn kind(self) -> Kind {
        match self {
            Self::DiscordRest | Self::StreamJpop | Self::StreamKpop => Kind::Http,
            Self::VoiceUdp => Kind::Udp,
            _ => Kind::WebSocket,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DiscordRest => "discord-rest",
            Self::DiscordGateway => "discord-gateway",
            Self::VoiceGateway => "voice-gateway",
            Self::VoiceUdp => "voice-udp",
            Self::ListenMoeJpop => "listen-moe-jpop",
            Self::ListenMoeKpop => "listen-moe-kpop",
            Self::Lanyard => "lanyard",
            Self::StreamJpop => "stream-jpop",
            Self::StreamKpop => "stream-kpop",
        })
    }
}

/// A way to fail.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(
    tag = "fault",
    rename_all = "kebab-case",
    rename_all_fields = "snake_case",
    deny_unknown_fields
)]
pub enum Fault {
    /// New connections, and new requests on idle ones, are reset.
    Refuse {},
    /// Everything is accepted and nothing is said, until the fault is lifted.
    Silent {},
    /// What is open is reset; for as long as the fault lasts, what opens too.
    Cut {},
    /// Bytes vanish both ways; once the fault is lifted, what it touched is reset.
    HalfOpen {},
    /// WebSockets are closed with a code.
    Close {
        /// The code, 1000 to 4999.
        #[serde(default = "default_close_code")]
        code: u16,
        /// The reason, at most 123 bytes.
        #[serde(default)]
        reason: String,
    },
    /// What the service says arrives late.
    Delay(Delay),
    /// The service's bytes arrive slowly, on each connection by itself.
    Throttle {
        /// 1 or more.
        #[serde(alias = "rate", alias = "bandwidth")]
        bytes_per_second: u32,
    },
    /// A share of the UDP packets is lost, both ways.
    Drop {
        /// From 0 (none) to 1 (all).
        share: f64,
    },
    /// Messages that make no sense: among a WebSocket's messages, in place of a REST answer, in the
    /// middle of an audio stream.
    Garbage {
        /// Milliseconds from one to the next, where they come by themselves.
        #[serde(default = "default_every")]
        every_ms: u64,
        /// A WebSocket message of this many bytes instead of a small one, at most 100 MB.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<usize>,
    },
    /// Requests, WebSocket handshakes too, are answered with this status.
    Status {
        /// 400 to 599.
        status: u16,
        /// For 429 and 503: seconds until one may try again, as `Retry-After` and, for Discord, in
        /// the body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<f64>,
        /// For 429: the limit of the whole bot instead of the route's.
        #[serde(default)]
        global: bool,
        /// For 429: the limit of what is asked for, whoever asks.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        shared: bool,
    },
    /// A message is cut off in its middle: a WebSocket's message arrives by half, an HTTP answer's
    /// connection ends in the middle of the body.
    Truncate {},
}

/// How late: exactly one of a constant, a uniform and a normal distribution.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// Constant, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<f64>,
    /// Uniform, from this many milliseconds...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_ms: Option<f64>,
    /// ...to this many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_ms: Option<f64>,
    /// Normal, around this many milliseconds...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_ms: Option<f64>,
    /// ...with this standard deviation; never below 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation_ms: Option<f64>,
}

impl Delay {
    /// A delay drawn from the distribution.
    pub fn draw(&self, random: &mut StdRng) -> Duration {
        let ms = match (self.ms, self.min_ms, self.max_ms, self.mean_ms) {
            (Some(ms), ..) => ms,
            (_, Some(min), Some(max), _) => random.random_range(min..=max),
            (.., Some(mean)) => mean + self.deviation_ms.unwrap_or(0.0) * normal(random),
            _ => 0.0,
        };
        Duration::from_secs_f64(ms.clamp(0.0, MAX_DELAY_MS) / 1000.0)
    }

    fn check(&self) -> Result<(), String> {
        let all = [
            self.ms,
            self.min_ms,
            self.max_ms,
            self.mean_ms,
            self.deviation_ms,
        ];
        if all
            .iter()
            .flatten()
            .any(|ms| !(0.0..=MAX_DELAY_MS).contains(ms))
        {
            return Err(format!("a delay is from 0 to {MAX_DELAY_MS} milliseconds"));
        }
        match all {
            [Some(_), None, None, None, None] | [None, None, None, Some(_), _] => Ok(()),
            [None, Some(min), Some(max), None, None] if min <= max => Ok(()),
            _ => Err(
                "`delay` needs `ms`, or `min_ms` and `max_ms`, or `mean_ms` and `deviation_ms`"
                    .into(),
            ),
        }
    }
}

const MAX_DELAY_MS: f64 = 600_000.0;
const MAX_GARBAGE: usize = 100_000_000;

/// A draw from the standard normal distribution (Box-Muller).
fn normal(random: &mut StdRng) -> f64 {
    let (radius, angle): (f64, f64) = (random.random(), random.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

fn default_close_code() -> u16 {
    1011
}

fn default_every() -> u64 {
    250
}

impl Fault {
    /// The name in the control API.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Refuse {} => "refuse",
            Self::Silent {} => "silent",
            Self::Cut {} => "cut",
            Self::HalfOpen {} => "half-open",
            Self::Close { .. } => "close",
            Self::Delay(_) => "delay",
            Self::Throttle { .. } => "throttle",
            Self::Drop { .. } => "drop",
            Self::Garbage { .. } => "garbage",
            Self::Status { .. } => "status",
            Self::Truncate {} => "truncate",
        }
    }

    /// Whether it acts on what is open and is over at once, unless a time or a count is given.
    pub fn is_momentary(&self) -> bool {
        matches!(self, Self::Cut {} | Self::Close { .. })
    }

    /// Says, for a person, why this fault cannot be put on that target, if so.
    fn check(&self, target: Target) -> Result<(), String> {
        let fits = match self {
            Self::Refuse {}
            | Self::Cut {}
            | Self::Throttle { .. }
            | Self::Garbage { .. }
            | Self::Truncate {} => target.kind() != Kind::Udp,
            Self::Silent {} | Self::HalfOpen {} | Self::Delay(_) => true,
            Self::Close { .. } => target.kind() == Kind::WebSocket,
            Self::Drop { .. } => target.kind() == Kind::Udp,
            // The voice gateway is a listener of its own, with nothing but its WebSocket.
            Self::Status { .. } => target.kind() != Kind::Udp && target != Target::VoiceGateway,
        };
        if !fits {
            return Err(format!(
                "`{}` cannot be put on `{target}`: {}",
                self.name(),
                match self {
                    Self::Close { .. } => "only WebSockets are closed with a code",
                    Self::Drop { .. } => "only `voice-udp` has packets to lose",
                    Self::Status { .. } => "it answers no HTTP requests",
                    _ => "it has no connections",
                }
            ));
        }
        match self {
            Self::Close { code, .. } if !(1000..=4999).contains(code) => {
                Err("`code` is from 1000 to 4999".into())
            }
            Self::Close { reason, .. } if reason.len() > 123 => {
                Err("`reason` is at most 123 bytes".into())
            }
            Self::Delay(delay) => delay.check(),
            Self::Throttle {
                bytes_per_second: 0,
            } => Err("`bytes_per_second` is at least 1".into()),
            Self::Drop { share } if !(0.0..=1.0).contains(share) => {
                Err("`share` is from 0 to 1".into())
            }
            Self::Garbage { every_ms: 0, .. } => Err("`every_ms` is at least 1".into()),
            Self::Garbage {
                bytes: Some(bytes), ..
            } if *bytes > MAX_GARBAGE => Err(format!("`bytes` is at most {MAX_GARBAGE}")),
            Self::Status { status, .. } if !(400..=599).contains(status) => {
                Err("`status` is from 400 to 599".into())
            }
            Self::Status {
                retry_after: Some(seconds),
                ..
            } if !(0.0..=86_400.0).contains(seconds) => {
                Err("`retry_after` is from 0 to 86400 seconds".into())
            }
            Self::Status {
                global: true,
                shared: true,
                ..
            } => Err("a limit is `global` or `shared`, not both".into()),
            _ => Ok(()),
        }
    }
}

/// An order to put a fault on a target, as `POST /control/faults` gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Where.
    pub target: Target,
    /// What.
    pub fault: Fault,
    /// Lifted after this long.
    pub lasting: Option<Duration>,
    /// Lifted after it has struck this often: a connection, request, message or packet each.
    pub count: Option<u64>,
}

impl Order {
    /// Reads `{target, fault, seconds?, count?, ...}`.
    ///
    /// # Errors
    /// A sentence for a person: an unknown target or fault, a field that is missing, wrong or
    /// unknown, or a fault that the target cannot have.
    pub fn parse(mut body: Map<String, Value>) -> Result<Self, String> {
        let target = body
            .remove("target")
            .ok_or("`target` is missing".to_owned())
            .and_then(|value| {
                serde_json::from_value(value).map_err(|error| format!("`target`: {error}"))
            })?;
        let lasting = match body.remove("seconds") {
            None | Some(Value::Null) => None,
            Some(value) => Some(
                value
                    .as_f64()
                    .filter(|seconds| *seconds > 0.0 && *seconds <= 86_400.0)
                    .map(Duration::from_secs_f64)
                    .ok_or("`seconds` is a number above 0, at most 86400")?,
            ),
        };
        let count = match body.remove("count") {
            None | Some(Value::Null) => None,
            Some(value) => Some(
                value
                    .as_u64()
                    .filter(|count| *count > 0)
                    .ok_or("`count` is a whole number above 0")?,
            ),
        };
        if !body.contains_key("fault") {
            return Err("`fault` is missing".into());
        }
        let fault: Fault =
            serde_json::from_value(Value::Object(body)).map_err(|error| error.to_string())?;
        fault.check(target)?;
        Ok(Self {
            target,
            fault,
            lasting,
            count,
        })
    }
}

#[cfg(test)]
mod tests;
