//! What participants are told.

/// What a participant is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Op 21.
    PrepareTransition {
        /// 0 for none.
        protocol_version: u16,
        /// 0 takes effect at once.
        transition_id: u16,
    },
    /// Op 22.
    ExecuteTransition {
        /// Which.
        transition_id: u16,
    },
    /// Op 24.
    PrepareEpoch {
        /// 1 to begin anew.
        epoch: u64,
    },
    /// Op 25, with the external sender.
    ExternalSender(Vec<u8>),
    /// Op 27, without its opcode.
    Proposals(Vec<u8>),
    /// Op 29.
    AnnounceCommit {
        /// Which transition it begins.
        transition_id: u16,
        /// The MLS message.
        commit: Vec<u8>,
    },
    /// Op 30.
    Welcome {
        /// Which transition it begins.
        transition_id: u16,
        /// The MLS welcome.
        welcome: Vec<u8>,
    },
}

/// Messages, each with the user it is for, in the order in which they are to be sent.
pub type Outgoing = Vec<(u64, Message)>;

/// Why something from a participant was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub &'static str);
