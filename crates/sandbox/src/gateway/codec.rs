//! Compression: of single payloads (`compress` in IDENTIFY) and of the whole transport
//! (`zlib-stream`): <https://discord.com/developers/docs/events/gateway#encoding-and-compression>.

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
}

impl Codec {
    /// One zlib stream for the life of the connection.
    pub(super) fn stream() -> Self {
        Self::Stream(Box::new(Compress::new(Compression::fast(), true)))
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
