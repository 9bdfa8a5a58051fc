//! Compression: of single payloads (`compress` in IDENTIFY) and of the whole transport
//! (`zlib-stream`, `zstd-stream`):
//! <https://discord.com/developers/docs/events/gateway#encoding-and-compression>.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compress, Compression, FlushCompress};

use crate::ws::Message;

/// Payloads smaller than this are sent as text even with payload compression.
const WORTH_IT: usize = 1024;

/// How messages to one client are written.
#[derive(Debug)]
pub(super) enum Codec {
    /// As text.
    Plain,
    /// Large ones as a complete zlib stream each.
    Payload,
    /// All in one zlib stream, flushed after each message: ends with `00 00 FF FF`.
    Stream(Box<Compress>),
    /// All in one Zstandard frame, each message in blocks of its own.
    Zstd(Zstd),
}

impl Codec {
    /// One zlib stream for the life of the connection.
    pub(super) fn stream() -> Self {
        Self::Stream(Box::new(Compress::new(Compression::fast(), true)))
    }

    /// One Zstandard frame for the life of the connection.
    pub(super) fn zstd() -> Self {
        Self::Zstd(Zstd { begun: false })
    }

    /// The WebSocket message for a payload.
    pub(super) fn encode(&mut self, text: &str) -> std::io::Result<Message> {
        match self {
            Self::Payload if text.len() >= WORTH_IT => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(text.as_bytes())?;
                Ok(Message::binary(encoder.finish()?))
            }
            Self::Plain | Self::Payload => Ok(Message::text(text)),
            Self::Zstd(stream) => Ok(Message::binary(stream.encode(text.as_bytes()))),
            Self::Stream(stream) => {
                let mut out = Vec::with_capacity(text.len() / 4 + 64);
                let start = stream.total_in();
                loop {
                    let done = usize::try_from(stream.total_in() - start).unwrap_or(usize::MAX);
                    let rest = text.as_bytes().get(done..).unwrap_or_default();
                    out.reserve(rest.len() / 2 + 256);
                    stream.compress_vec(rest, &mut out, FlushCompress::Sync)?;
                    let done = usize::try_from(stream.total_in() - start).unwrap_or(usize::MAX);
                    // Room left over means that everything has been flushed.
                    if done >= text.len() && out.len() < out.capacity() {
                        return Ok(Message::binary(out));
                    }
                }
            }
        }
    }
}

/// A Zstandard frame (RFC 8878) whose blocks are stored rather than compressed: every decoder
/// reads it, and on one machine nothing is gained by more work.
#[derive(Debug)]
pub(super) struct Zstd {
    begun: bool,
}

impl Zstd {
    /// The magic number, a header without size, checksum and dictionary, and a window of
    /// 128 KiB, which is also the largest block (section 3.1.1).
    const HEADER: [u8; 6] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38];
    const LARGEST_BLOCK: usize = 128 << 10;

    fn encode(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + 16);
        if !self.begun {
            self.begun = true;
            out.extend(Self::HEADER);
        }
        for block in bytes.chunks(Self::LARGEST_BLOCK) {
            // Not the last block, of type raw: only the size is left (section 3.1.1.2).
            out.extend(&(block.len() << 3).to_le_bytes()[..3]);
            out.extend(block);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::{Decompress, FlushDecompress};

    use super::*;

    #[test]
    fn a_stream_decodes_message_by_message() {
        let mut codec = Codec::stream();
        let mut decoder = Decompress::new(true);
        let long = "あいう".repeat(20_000);
        for text in ["{\"op\":10}", long.as_str(), "{}"] {
            let Message::Binary(bytes) = codec.encode(text).unwrap() else {
                panic!("not binary");
            };
            assert!(bytes.ends_with(&[0, 0, 0xFF, 0xFF]));
            let mut out = Vec::with_capacity(1 << 20);
            decoder
                .decompress_vec(&bytes, &mut out, FlushDecompress::Sync)
                .unwrap();
            assert_eq!(out, text.as_bytes());
        }
    }

    #[test]
    fn a_zstandard_frame_stores_message_by_message() {
        let mut codec = Codec::zstd();
        let mut encode = |text: &str| {
            let Message::Binary(bytes) = codec.encode(text).unwrap() else {
                panic!("not binary");
            };
            bytes.to_vec()
        };
        let first = encode("{\"op\":10}");
        assert_eq!(first[..6], [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]);
        assert_eq!(first[6..9], [9 << 3, 0, 0]);
        assert_eq!(&first[9..], b"{\"op\":10}");
        // The header is there once.
        assert_eq!(encode("{}"), [2 << 3, 0, 0, b'{', b'}']);
        // A long message is cut into blocks of at most 128 KiB.
        let long = encode(&"x".repeat((128 << 10) + 1));
        assert_eq!(long.len(), (128 << 10) + 1 + 2 * 3);
        assert_eq!(long[..4], [0, 0, 0x10, b'x']);
        assert_eq!(long[(128 << 10) + 3..], [1 << 3, 0, 0, b'x']);
    }

    #[test]
    fn only_large_payloads_are_compressed() {
        let mut codec = Codec::Payload;
        assert!(matches!(codec.encode("{}").unwrap(), Message::Text(_)));
        let long = "x".repeat(5000);
        let Message::Binary(bytes) = codec.encode(&long).unwrap() else {
            panic!("not binary");
        };
        let mut out = String::new();
        flate2::read::ZlibDecoder::new(&bytes[..])
            .read_to_string(&mut out)
            .unwrap();
        assert_eq!(out, long);
    }
}
