//! One connection to a station's gateway, as a state machine.

use std::{sync::Arc, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use tokio::time::Instant;

use super::{
    OnAir, Timing,
    frame::{Frame, Track},
    timing::{self, Arrival},
};
use crate::{
    link::{Action, Fault, Moment, Session, Step},
    station::Station,
};

/// The welcome comes at once, or not at all.
const WELCOME_WITHIN: Duration = Duration::from_secs(5);

/// What today's gateway asks for, when it does not say.
const HEARTBEAT: Duration = Duration::from_secs(35);

/// More often would be a nuisance, more seldom would be taken for dead.
const HEARTBEAT_BOUNDS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(2));

/// The first song comes by itself right after the welcome; if it does not, we ask.
const ASK_AFTER: Duration = Duration::from_secs(3);

/// While no song comes, we ask again this often.
const ASK_EVERY: Duration = Duration::from_secs(30);

/// One connection's worth of the protocol.
pub struct Gateway {
    station: Station,
    token: Option<SecretString>,
    /// The newest song known, also from earlier connections.
    current: Option<Arc<OnAir>>,
    /// Whether this connection has brought a song.
    has_track: bool,
    welcome_by: Option<Instant>,
    heartbeat: Option<Heartbeat>,
    ask_at: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Heartbeat {
    every: Duration,
    next: Instant,
}

impl Gateway {
    /// A connection that has just been opened. `current` is the newest song known.
    pub(super) fn new(
        station: Station,
        token: Option<SecretString>,
        current: Option<Arc<OnAir>>,
        now: Moment,
    ) -> Self {
        Self {
            station,
            token,
            current,
            has_track: false,
            welcome_by: Some(now.clock + WELCOME_WITHIN),
            heartbeat: None,
            ask_at: None,
        }
    }

    fn welcome(&mut self, now: Moment, heartbeat: Option<Duration>) {
        let (least, most) = HEARTBEAT_BOUNDS;
        let every = heartbeat.unwrap_or(HEARTBEAT).clamp(least, most);
        self.welcome_by = None;
        self.heartbeat = Some(Heartbeat {
            every,
            next: now.clock + every,
        });
        if !self.has_track {
            self.ask_at = Some(now.clock + ASK_AFTER);
        }
    }

    fn track(&mut self, now: Moment, track: Track) -> Arc<OnAir> {
        let mut on_air = OnAir {
            station: self.station,
            song: track.song,
            requester: track.requester,
            event: track.event,
            timing: Timing::default(),
            last_played: track.last_played,
            listeners: track.listeners,
            queue: track.queue,
            start_time: track.start_time,
            received_at: now.utc,
        };
        // The first song of a connection has been playing for a while, whatever its `t` says.
        let arrival = if track.unasked && self.has_track {
            Arrival::AtStart
        } else {
            Arrival::During
        };
        let same_play = self
            .current
            .as_ref()
            .filter(|current| current.play_id() == on_air.play_id());
        on_air.timing = match same_play {
            // More about the same play: what was read at its beginning holds.
            Some(current) if current.timing != Timing::default() => current.timing,
            Some(_) => timing::read(
                track.start_time,
                on_air.song.duration,
                Arrival::During,
                now.utc,
            ),
            None => timing::read(track.start_time, on_air.song.duration, arrival, now.utc),
        };
        let on_air = Arc::new(on_air);
        self.current = Some(Arc::clone(&on_air));
        self.has_track = true;
        self.ask_at = None;
        on_air
    }
}

impl Session for Gateway {
    type Frame = Frame;
    type Event = Arc<OnAir>;

    fn on_open(&mut self, _now: Moment) -> Vec<Action<Self::Event>> {
        let auth = self.token.as_ref().map_or_else(String::new, |token| {
            format!("Bearer {}", token.expose_secret())
        });
        vec![Action::Send(
            json!({"op": 0, "d": {"auth": auth}}).to_string(),
        )]
    }

    fn on_frame(&mut self, now: Moment, frame: Frame) -> Step<Self::Event> {
        Ok(match frame {
            Frame::Welcome { heartbeat } => {
                self.welcome(now, heartbeat);
                vec![Action::Up]
            }
            Frame::Track(track) => vec![Action::Emit(self.track(now, *track))],
            Frame::Nothing => vec![],
            Frame::Unknown => vec![Action::Ignored],
        })
    }

    fn on_deadline(&mut self, now: Moment) -> Step<Self::Event> {
        let due = |deadline: Option<Instant>| deadline.is_some_and(|at| at <= now.clock);
        if due(self.welcome_by) {
            return Err(Fault::Late("welcome"));
        }
        let mut actions = vec![];
        if let Some(heartbeat) = &mut self.heartbeat
            && due(Some(heartbeat.next))
        {
            heartbeat.next = now.clock + heartbeat.every;
            actions.push(Action::Send(json!({"op": 9}).to_string()));
        }
        if due(self.ask_at) {
            self.ask_at = Some(now.clock + ASK_EVERY);
            actions.push(Action::Send(json!({"op": 2}).to_string()));
        }
        Ok(actions)
    }

    fn next_deadline(&self) -> Option<Instant> {
        let heartbeat = self.heartbeat.map(|heartbeat| heartbeat.next);
        [self.welcome_by, heartbeat, self.ask_at]
            .into_iter()
            .flatten()
            .min()
    }
}
