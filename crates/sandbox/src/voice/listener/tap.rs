//! The decoded audio of a guild, for those who want to listen along.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::broadcast;

/// Stereo samples of one 20 ms frame at 48 kHz.
pub const FRAME: usize = 2 * 960;

/// Frames a receiver may be behind before it misses the oldest: 2 s.
const BACKLOG: usize = 100;

/// A speaker that was silent this long makes room for another one.
const YIELD: Duration = Duration::from_millis(500);

/// One guild's loudspeaker. When several bots speak at once, the one who began is heard.
#[derive(Debug)]
pub struct Tap {
    sender: broadcast::Sender<Arc<[i16]>>,
    speaker: Mutex<Option<(u32, Instant)>>,
}

impl Default for Tap {
    fn default() -> Self {
        Self {
            sender: broadcast::channel(BACKLOG).0,
            speaker: Mutex::default(),
        }
    }
}

impl Tap {
    /// Everything from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<[i16]>> {
        self.sender.subscribe()
    }

    /// Whether anybody listens.
    pub fn is_used(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    /// Interleaved stereo from a sender. What is left after the last whole frame is dropped:
    /// Discord's clients send whole frames.
    pub fn play(&self, ssrc: u32, now: Instant, samples: &[i16]) {
        if !self.is_used() {
            return;
        }
        {
            let mut speaker = self.speaker.lock().unwrap_or_else(PoisonError::into_inner);
            match *speaker {
                Some((other, at)) if other != ssrc && now.saturating_duration_since(at) < YIELD => {
                    return;
                }
                _ => *speaker = Some((ssrc, now)),
            }
        }
        for frame in samples.chunks_exact(FRAME) {
            // The last receiver may have gone meanwhile.
            let _ = self.sender.send(frame.into());
        }
    }
}

/// The loudspeakers of the guilds in which somebody calls or listens along.
#[derive(Debug, Default)]
pub struct Taps {
    taps: Mutex<HashMap<u64, Arc<Tap>>>,
}

impl Taps {
    /// Lets `act` take a guild's loudspeaker. One that no call holds and nobody listens to is
    /// forgotten when another guild needs one.
    pub fn with<R>(&self, guild: u64, act: impl FnOnce(&Arc<Tap>) -> R) -> R {
        let mut taps = self.taps.lock().unwrap_or_else(PoisonError::into_inner);
        if !taps.contains_key(&guild) {
            taps.retain(|_, tap| Arc::strong_count(tap) > 1 || tap.is_used());
        }
        act(taps.entry(guild).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guilds_that_nobody_calls_from_are_forgotten() {
        let taps = Taps::default();
        let called = taps.with(1, Arc::clone);
        let mut heard = taps.with(2, |tap| tap.subscribe());
        for guild in 3..100 {
            taps.with(guild, |_| ());
        }
        assert_eq!(taps.taps.lock().unwrap().len(), 3);
        assert!(Arc::ptr_eq(&called, &taps.with(1, Arc::clone)));
        taps.with(2, |tap| tap.play(1, Instant::now(), &[7; FRAME]));
        assert_eq!(heard.try_recv().unwrap()[0], 7);
    }

    #[test]
    fn frames_are_whole_and_one_speaker_is_heard_at_a_time() {
        let tap = Tap::default();
        let mut receiver = tap.subscribe();
        let now = Instant::now();
        tap.play(1, now, &[1; 2 * FRAME + 5]);
        tap.play(2, now, &[2; FRAME]);
        tap.play(2, now + YIELD, &[3; FRAME]);
        let heard: Vec<i16> =
            std::iter::from_fn(|| receiver.try_recv().ok().map(|f| f[0])).collect();
        assert_eq!(heard, [1, 1, 3]);
    }
}
