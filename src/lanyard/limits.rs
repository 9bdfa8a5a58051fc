//! What is asked of Lanyard, and what is taken of it.

/// How much is taken. All of them are far beyond what is ever needed: they keep a broken server, or
/// somebody in its place, from filling the memory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Bytes of a message as it comes over the wire.
    pub message: u64,
    /// Bytes of JSON in a message.
    pub inflated: u64,
    /// Bytes of one presence without its key-values, at most 16 MB.
    pub presence: usize,
    /// Objects and lists in each other.
    pub nesting: usize,
    /// Bytes of memory that all presences take together. What comes beyond is not held.
    pub memory: usize,
}

impl Default for Limits {
    /// Measured: everyone's presence is 0.74 GB of JSON for a million users, 0.12 GB compressed;
    /// a presence is 400 to 1,500 bytes.
    fn default() -> Self {
        Self {
            message: 2_048_000_000,
            inflated: 8_192_000_000,
            presence: 64_000,
            nesting: 64,
            memory: 1_024_000_000,
        }
    }
}

/// Whose presences are asked for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Subscription {
    /// Everyone on Lanyard.
    #[default]
    Everyone,
    /// These users.
    Users(Vec<u64>),
}
