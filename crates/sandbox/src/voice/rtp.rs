//! The header of an RTP packet, as far as the transport encryption leaves it readable.
//!
//! The `rtpsize` modes authenticate, but do not encrypt, the fixed header, the CSRC list and the
//! four bytes that open a header extension; the extension's own words are part of the ciphertext.
//!
//! Sources: [RFC 3550](https://www.rfc-editor.org/rfc/rfc3550#section-5.1) and
//! [Discord](https://discord.com/developers/docs/topics/voice-connections#transport-encryption-modes).

/// The payload type of Opus on Discord.
pub const PAYLOAD_TYPE_OPUS: u8 = 0x78;

const FIXED_HEADER: usize = 12;
const EXTENSION_PREAMBLE: usize = 4;

/// A packet, split where its encryption begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Counts the packets of a sender, modulo 2^16.
    pub sequence: u16,
    /// Counts samples at 48 kHz, modulo 2^32.
    pub timestamp: u32,
    /// The synchronisation source: who sends.
    pub ssrc: u32,
    /// The authenticated but unencrypted bytes.
    pub header: &'a [u8],
    /// What follows: ciphertext, tag and nonce.
    pub body: &'a [u8],
    /// Bytes of header extension at the beginning of the decrypted body.
    pub extension: usize,
    /// Whether the decrypted body ends with padding.
    pub padding: bool,
}

impl<'a> Packet<'a> {
    /// Splits an Opus packet; `None` when it is none, or is shorter than its own header says.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (first, second) = (*bytes.first()?, *bytes.get(1)?);
        if first >> 6 != 2 || second & 0x7F != PAYLOAD_TYPE_OPUS {
            return None;
        }
        let has_extension = first & 0x10 != 0;
        let contributors = usize::from(first & 0x0F) * 4;
        let length =
            FIXED_HEADER + contributors + if has_extension { EXTENSION_PREAMBLE } else { 0 };
        let (header, body) = bytes.split_at_checked(length)?;
        let extension = if has_extension {
            usize::from(u16::from_be_bytes(header[length - 2..].try_into().ok()?)) * 4
        } else {
            0
        };
        Some(Self {
            sequence: u16::from_be_bytes(header[2..4].try_into().ok()?),
            timestamp: u32::from_be_bytes(header[4..8].try_into().ok()?),
            ssrc: u32::from_be_bytes(header[8..12].try_into().ok()?),
            header,
            body,
            extension,
            padding: first & 0x20 != 0,
        })
    }

    /// The Opus frame within the decrypted body; `None` when extension or padding overrun it.
    pub fn frame<'b>(&self, decrypted: &'b [u8]) -> Option<&'b [u8]> {
        let frame = decrypted.get(self.extension..)?;
        if !self.padding {
            return Some(frame);
        }
        let padding = usize::from(*frame.last()?);
        frame.get(..frame.len().checked_sub(padding.max(1))?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain() -> Vec<u8> {
        let mut bytes = vec![0x80, 0x78, 0, 7, 0, 0, 3, 0xC0, 0, 0, 0, 42];
        bytes.extend([1, 2, 3]);
        bytes
    }

    #[test]
    fn a_plain_header_is_twelve_bytes() {
        let bytes = plain();
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(
            (packet.sequence, packet.timestamp, packet.ssrc),
            (7, 960, 42)
        );
        assert_eq!((packet.header.len(), packet.body), (12, &[1, 2, 3][..]));
        assert_eq!(packet.frame(&[9, 8]), Some(&[9, 8][..]));
    }

    #[test]
    fn an_extension_opens_in_the_clear_and_goes_on_encrypted() {
        let mut bytes = vec![0x91, 0x78, 0, 7, 0, 0, 3, 0xC0, 0, 0, 0, 42];
        bytes.extend([0, 0, 0, 1]); // one contributor
        bytes.extend([0xBE, 0xDE, 0, 1]); // extension of one word
        bytes.extend([5, 5, 5, 5, 9]);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!((packet.header.len(), packet.extension), (20, 4));
        assert_eq!(packet.frame(packet.body), Some(&[9][..]));
        assert_eq!(packet.frame(&[1, 2]), None);
    }

    #[test]
    fn padding_is_cut_off() {
        let mut bytes = plain();
        bytes[0] |= 0x20;
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.frame(&[7, 0, 2]), Some(&[7][..]));
        assert_eq!(packet.frame(&[7, 0, 9]), None);
        assert_eq!(packet.frame(&[]), None);
    }

    #[test]
    fn other_payloads_and_versions_are_refused() {
        for (at, value) in [(0, 0x40), (1, 0x60)] {
            let mut bytes = plain();
            bytes[at] = value;
            assert_eq!(Packet::parse(&bytes), None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>, mut head in prop::array::uniform16(any::<u8>())) {
            head[1] = 0x78;
            for bytes in [bytes.clone(), [&head[..], &bytes].concat()] {
                if let Some(packet) = Packet::parse(&bytes) {
                    let _ = packet.frame(packet.body);
                }
            }
        }
    }
}
