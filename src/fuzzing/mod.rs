//! What fuzzing starts from: each function takes any bytes, and panics where a promise is broken.
//!
//! Not a part of the bot. `fuzz/` hands these functions to libFuzzer (`make fuzz`); the tests here
//! run them over `fuzz/seeds` and what chance makes of those.

#[cfg(test)]
mod tests;

use crate::{lanyard, link, listen_moe, radio::fuzzing as radio};

pub use radio::{icy, mp3, ogg, packet, transcode};

/// A frame of LISTEN.moe's gateway.
pub fn listen_moe(data: &[u8]) {
    let _ = listen_moe::decode(data);
}

/// A message of Lanyard's socket, up to the presences in it. The first byte says whether it is
/// binary, and in pieces of what size it comes.
pub fn lanyard(data: &[u8]) {
    if let Some((kind, message)) = data.split_first() {
        lanyard::fuzzing::message(message, kind % 2 == 1, usize::from(kind / 2) + 1);
    }
}

/// What a server sends over a WebSocket. The first byte says in pieces of what size it comes.
pub fn web_socket(data: &[u8]) {
    if let Some((size, bytes)) = data.split_first() {
        link::fuzzing::frames(bytes, usize::from(*size) + 1);
    }
}
