//! Ogg, as much of it as a radio stream needs: bytes -> pages -> packets of one logical stream
//! after another ([RFC 3533](https://www.rfc-editor.org/rfc/rfc3533)).
//!
//! Written here because the readers at hand stop where a radio goes on: symphonia ends a chained
//! stream at each song with an error, and the `ogg` crate refuses a serial number that is used
//! again and remembers every stream that ended. This one takes arbitrary bytes for ever, in bounded
//! memory: what is damaged is skipped and counted.
//!
//! - [`page`]: finds whole, undamaged pages in a stream of bytes.
//! - [`packet`]: puts packets together from pages and notices where a new logical stream begins.

mod crc;
mod packet;
mod page;

pub(crate) use self::{
    packet::{Assembler, Packet},
    page::PageReader,
};

#[cfg(test)]
pub(crate) mod mux;
