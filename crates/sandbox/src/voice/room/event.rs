//! What can happen in a voice channel.

use std::sync::Arc;

use crate::voice::call::Call;
use crate::voice::crypto::{KEY_LEN, Mode};

/// Something that happened in a channel.
#[derive(Debug)]
pub enum Event {
    /// A call has chosen its encryption; it is to be described and let in.
    Join {
        /// The call.
        call: Arc<Call>,
        /// What it chose.
        mode: Mode,
        /// Its key.
        secret_key: [u8; KEY_LEN],
    },
    /// A call has ended.
    Leave {
        /// Whose.
        user: u64,
        /// Which: a newer one of the same user stays.
        id: u64,
    },
    /// Somebody speaks, or stops.
    Speaking {
        /// Who.
        user: u64,
        /// How, 0 for not at all.
        flags: u8,
    },
    /// Op 26.
    KeyPackage {
        /// From whom.
        user: u64,
        /// The MLS key package.
        payload: Vec<u8>,
    },
    /// Op 28.
    CommitWelcome {
        /// From whom.
        user: u64,
        /// The MLS commit and perhaps a welcome.
        payload: Vec<u8>,
    },
    /// Op 23.
    Ready {
        /// Who is ready.
        user: u64,
        /// For what.
        transition_id: u16,
    },
    /// Op 31.
    Invalid {
        /// Who could not follow.
        user: u64,
        /// Which transition.
        transition_id: u16,
    },
}
