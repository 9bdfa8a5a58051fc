//! Hearing end-to-end encrypted audio through a simulated listener's membership of the group.

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use davey::{DaveSession, MediaType, OPUS_SILENCE_PACKET as SILENCE, errors::DecryptError};

/// The last two bytes of every encrypted frame.
const MAGIC: [u8; 2] = [0xFA, 0xFA];

/// How long after a change of the group frames may still be under way that were made before it.
const UNDER_WAY: Duration = Duration::from_secs(2);

/// What became of a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is not encrypted and need not be.
    Plain,
    /// The Opus frame within.
    Decrypted(Vec<u8>),
    /// The listener could not decrypt it, or it should have been encrypted and was not.
    Refused,
    /// Nobody could hear it, and that is not the sender's fault: no listener is there, or sender
    /// and listener are not yet in the same group.
    Nobody,
}

/// One channel's listener, when it has one.
#[derive(Default)]
pub struct Ear {
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    session: Option<Arc<Mutex<DaveSession>>>,
    /// Listeners are there who want everything encrypted.
    strict: bool,
    changed: Option<Instant>,
}

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ear").finish_non_exhaustive()
    }
}

impl Ear {
    /// From now on, hear through this session. Without one, what is not encrypted is heard unless
    /// `strict`: a listener whose call is encrypted plays nothing else. `changed` tells that the
    /// group has moved on.
    pub fn lend(&self, session: Option<Arc<Mutex<DaveSession>>>, strict: bool, changed: bool) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.session = session;
        state.strict = strict;
        if changed {
            state.changed = Some(Instant::now());
        }
    }

    /// Whether a frame ends like an encrypted one
    /// ([white paper](https://daveprotocol.com/#protocol-frame-check)).
    pub fn is_encrypted(frame: &[u8]) -> bool {
        frame.len() > 11 && frame.ends_with(&MAGIC)
    }

    /// Hears a frame of `user`.
    pub fn hear(&self, user: u64, frame: &[u8]) -> Heard {
        let (session, strict, changed) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            (state.session.clone(), state.strict, state.changed)
        };
        let Some(session) = session else {
            return if strict || Self::is_encrypted(frame) {
                Heard::Nobody
            } else {
                Heard::Plain
            };
        };
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        let refused = if changed.is_some_and(|at| at.elapsed() < UNDER_WAY) {
            Heard::Nobody
        } else {
            Heard::Refused
        };
        if Self::is_encrypted(frame) {
            return match session.decrypt(user, MediaType::AUDIO, frame) {
                Ok(frame) => Heard::Decrypted(frame),
                Err(DecryptError::NoDecryptorForUser) => Heard::Nobody,
                Err(DecryptError::DecryptionFailed(_)) => refused,
            };
        }
        // What is plain is decided here: davey logs each such frame as an error.
        let in_group = session.get_decryption_stats(user, MediaType::AUDIO).is_ok();
        if !in_group {
            Heard::Nobody
        } else if frame == SILENCE || session.can_passthrough(user) {
            Heard::Plain
        } else {
            refused
        }
    }
}
