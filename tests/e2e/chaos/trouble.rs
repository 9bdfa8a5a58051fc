//! What can happen, drawn at random: every fault that the sandbox knows of what a call needs, and
//! what Discord does to sessions and voice servers by itself.

use rand::{Rng, rngs::StdRng, seq::IndexedRandom as _};
use serde_json::{Value, json};

/// Close codes after which a client may come back; the others are meant to end it.
/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>
const GATEWAY_CODES: [u16; 11] = [
    1000, 1001, 1011, 4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009,
];
/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#voice-voice-close-event-codes>
const VOICE_CODES: [u16; 13] = [
    1000, 1001, 1011, 4001, 4002, 4003, 4005, 4006, 4009, 4011, 4014, 4015, 4022,
];
const STREAMS: [&str; 2] = ["stream-jpop", "stream-kpop"];
const TARGETS: [&str; 5] = [
    "stream-jpop",
    "stream-kpop",
    "voice-gateway",
    "voice-udp",
    "discord-gateway",
];

/// One thing that happens.
#[derive(Debug)]
pub enum Trouble {
    /// A fault, as it is put on, with the seconds it lasts.
    Fault(Value),
    /// Something that happens to all sessions with Discord's gateway.
    Gateway(Value),
    /// A voice connection of one server: closed with a code.
    Close(usize, u16),
    /// The voice session of one server is forgotten.
    Expire(usize),
    /// The voice server of one server moves.
    Move(usize),
    /// One server is not available for a while.
    Outage(usize),
    /// The song ends.
    Song(&'static str),
}

impl Trouble {
    /// Draws one, for so many servers.
    pub fn draw(random: &mut StdRng, servers: usize) -> Self {
        let server = random.random_range(0..servers);
        match random.random_range(0..20) {
            0 | 1 => Self::Gateway(session(random)),
            2 | 3 => Self::Close(server, pick(random, &VOICE_CODES)),
            4 => Self::Expire(server),
            5 | 6 => Self::Move(server),
            7 => Self::Outage(server),
            8 => Self::Song(pick(random, &["jpop", "kpop"])),
            _ => Self::Fault(fault(random)),
        }
    }
}

fn pick<T: Copy>(random: &mut StdRng, from: &[T]) -> T {
    *from.choose(random).expect("one of some")
}

/// What Discord does to sessions.
fn session(random: &mut StdRng) -> Value {
    match random.random_range(0..6) {
        0 => json!({"action": "reconnect"}),
        1 => json!({"action": "invalidate", "resumable": true}),
        2 => json!({"action": "invalidate", "resumable": false}),
        3 => json!({"action": "close", "code": pick(random, &GATEWAY_CODES)}),
        4 => json!({"action": "drop"}),
        _ => json!({"action": "silence"}),
    }
}

/// A fault of a service, for some seconds.
fn fault(random: &mut StdRng) -> Value {
    let target = pick(random, &TARGETS);
    let stream = STREAMS.contains(&target);
    let mut kinds = vec!["silent", "half-open", "delay"];
    if target == "voice-udp" {
        kinds.push("drop");
    } else {
        kinds.extend(["refuse", "cut", "throttle", "garbage", "truncate"]);
        if target != "voice-gateway" {
            kinds.push("status");
        }
        if !stream {
            kinds.push("close");
        }
    }
    let kind = pick(random, &kinds);
    let mut fault = match kind {
        "delay" => match random.random_range(0..3) {
            0 => json!({"ms": random.random_range(10..2000)}),
            1 => json!({"min_ms": 0, "max_ms": random.random_range(1..1000)}),
            _ => json!({"mean_ms": random.random_range(10..500), "deviation_ms": 100}),
        },
        "throttle" => json!({"bytes_per_second": random.random_range(200..20_000)}),
        "drop" => json!({"share": f64::from(random.random_range(1..=10_u8)) / 10.0}),
        "garbage" => json!({"every_ms": random.random_range(20..500)}),
        "status" => json!({"status": pick(random, &[404, 429, 500, 502, 503])}),
        "close" if target == "voice-gateway" => json!({"code": pick(random, &VOICE_CODES)}),
        "close" => json!({"code": pick(random, &GATEWAY_CODES)}),
        _ => json!({}),
    };
    fault["target"] = target.into();
    fault["fault"] = kind.into();
    // A cut or a close may be a matter of a moment.
    let momentary = matches!(kind, "cut" | "close") && random.random_bool(0.5);
    if !momentary {
        // Longer than the cushion, songbird's retries and the supervision, now and then.
        fault["seconds"] = (f64::from(random.random_range(2..=120_u8)) / 10.0).into();
    }
    fault
}
