//! What fuzzing starts from: each function takes any bytes, and panics where a promise is broken.
//!
//! Not a part of the bot. `fuzz/` hands these functions to libFuzzer (`make fuzz`); the tests here
//! run them over `fuzz/seeds` and what chance makes of those.

#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::{lanyard, link::RawFrame, listen_moe, radio::fuzzing as radio};

pub use radio::{icy, mp3, ogg, packet, transcode};

/// A frame of LISTEN.moe's gateway.
pub fn listen_moe(data: &[u8]) {
    let _ = listen_moe::decode(data);
}

/// A frame of Lanyard's socket, and the presence in it. The first byte says whether it is text.
pub fn lanyard(data: &[u8]) {
    let Some((kind, payload)) = data.split_first() else {
        return;
    };
    let frame = RawFrame {
        payload: Bytes::copy_from_slice(payload),
        binary: kind % 2 == 1,
    };
    let _ = lanyard::decode(&frame);
    let _ = lanyard::presence(1, payload);
}
