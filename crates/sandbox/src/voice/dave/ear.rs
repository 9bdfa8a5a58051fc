//! Hearing end-to-end encrypted audio through a simulated listener's membership of the group.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use davey::{DaveSession, MediaType, errors::DecryptError};

/// The last two bytes of every encrypted frame.
const MAGIC: [u8; 2] = [0xFA, 0xFA];

/// What became of a frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is not encrypted and need not be.
    Plain,
    /// The Opus frame within.
    Decrypted(Vec<u8>),
    /// The listener could not decrypt it, or it should have been encrypted and was not.
    Refused,
    /// It is encrypted, and no listener is in the sender's group.
    NobodyThere,
}

/// One channel's listener, when it has one.
#[derive(Default)]
pub struct Ear {
    session: RwLock<Option<Arc<Mutex<DaveSession>>>>,
}

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ear").finish_non_exhaustive()
    }
}

impl Ear {
    /// From now on, hear through this session.
    pub fn lend(&self, session: Option<Arc<Mutex<DaveSession>>>) {
        *self.session.write().unwrap_or_else(PoisonError::into_inner) = session;
    }

    /// Whether a frame ends like an encrypted one
    /// ([white paper](https://daveprotocol.com/#protocol-frame-check)).
    pub fn is_encrypted(frame: &[u8]) -> bool {
        frame.len() > 11 && frame.ends_with(&MAGIC)
    }

    /// Hears a frame of `user`.
    pub fn hear(&self, user: u64, frame: &[u8]) -> Heard {
        let session = self
            .session
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let outside_a_group = || {
            if Self::is_encrypted(frame) {
                Heard::NobodyThere
            } else {
                Heard::Plain
            }
        };
        let Some(session) = session else {
            return outside_a_group();
        };
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        match session.decrypt(user, MediaType::AUDIO, frame) {
            Ok(frame) => Heard::Decrypted(frame),
            Err(DecryptError::NoDecryptorForUser) => outside_a_group(),
            Err(_) => Heard::Refused,
        }
    }
}
