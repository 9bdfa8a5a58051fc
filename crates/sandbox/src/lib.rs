//! Discord, LISTEN.moe, Lanyard and the radio stream, simulated strictly.
