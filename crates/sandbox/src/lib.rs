//! Discord, LISTEN.moe, Lanyard and the radio stream, simulated strictly.

pub mod events;
pub mod voice;
