//! Opus as far as a relay must understand it: its header in Ogg
//! ([RFC 7845](https://www.rfc-editor.org/rfc/rfc7845)) and the length of a packet
//! ([RFC 6716 §3](https://www.rfc-editor.org/rfc/rfc6716#section-3)).

/// Samples at 48 kHz in the packets that Discord is sent: 20 ms.
pub(crate) const FRAME_SAMPLES: u16 = 960;
/// The longest packet that is relayed: the longest frame that Opus knows (RFC 6716 §3.2.1). A
/// packet that does not fit into songbird's buffer costs the whole mixer thread.
pub(crate) const MAX_FRAME_BYTES: usize = 1275;
/// A frame of silence, as Discord's documentation has it.
pub(crate) const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];

/// Whether a logical stream that begins with this packet is Opus.
pub(crate) fn is_head(packet: &[u8]) -> bool {
    // The major version is the upper half of the ninth byte; only 0 is known (RFC 7845 §5.1).
    packet.starts_with(b"OpusHead") && packet.get(8).is_some_and(|version| version >> 4 == 0)
}

/// What an identification header says (RFC 7845 §5.1), as far as it goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Head {
    /// What to change the volume by, in 256ths of a dB.
    pub(crate) gain: i16,
    /// A packet is one mono or stereo stream, as everywhere but in surround sound.
    pub(crate) is_plain: bool,
}

/// Reads an identification header.
pub(crate) fn head(packet: &[u8]) -> Head {
    Head {
        gain: match packet.get(16..18) {
            Some(&[low, high]) => i16::from_le_bytes([low, high]),
            _ => 0,
        },
        is_plain: match packet.get(18) {
            // The channel mapping family, and for all but the first the count of streams.
            None | Some(0) => true,
            Some(_) => packet.get(19) == Some(&1),
        },
    }
}

/// What the comment header begins with (RFC 7845 §5.2).
pub(crate) const TAGS: &[u8] = b"OpusTags";

/// Whether the packet is the comment header.
pub(crate) fn is_tags(packet: &[u8]) -> bool {
    packet.starts_with(TAGS)
}

/// Whether Discord can be sent the packet untouched: one that is not empty, not malformed, lasts
/// exactly 20 ms and fits into songbird's buffer.
pub(crate) fn is_relayable(packet: &[u8]) -> bool {
    packet.len() <= MAX_FRAME_BYTES && samples(packet) == Some(FRAME_SAMPLES)
}

/// Samples at 48 kHz that a packet decodes to, `None` when it is malformed (RFC 6716 §3.1).
pub(crate) fn samples(packet: &[u8]) -> Option<u16> {
    let toc = *packet.first()?;
    let frame: u16 = match toc >> 3 {
        // SILK: 10, 20, 40, 60 ms
        config @ 0..=11 => [480, 960, 1920, 2880][usize::from(config % 4)],
        // hybrid: 10, 20 ms
        config @ 12..=15 => [480, 960][usize::from(config % 2)],
        // CELT: 2.5, 5, 10, 20 ms
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u16::from(packet.get(1)? & 0x3f),
    };
    // 120 ms at most (R5).
    frame
        .checked_mul(frames)
        .filter(|samples| (1..=5760).contains(samples))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An identification header: stereo, 48 kHz.
    pub(crate) fn head_bytes(pre_skip: u16) -> Vec<u8> {
        let mut head = b"OpusHead\x01\x02".to_vec();
        head.extend(pre_skip.to_le_bytes());
        head.extend(48_000_u32.to_le_bytes());
        head.extend([0, 0, 0]);
        head
    }

    #[test]
    fn reads_the_head() {
        let mut bytes = head_bytes(312);
        assert!(is_head(&bytes));
        let expected = Head {
            gain: 0,
            is_plain: true,
        };
        assert_eq!(head(&bytes), expected);
        bytes[16..18].copy_from_slice(&(-512_i16).to_le_bytes());
        assert_eq!(head(&bytes).gain, -512);
        bytes[18] = 1;
        bytes.extend([1, 1, 0, 1]);
        assert!(head(&bytes).is_plain);
        bytes[19] = 4;
        assert!(!head(&bytes).is_plain, "5.1");
        assert!(!is_head(b"OpusHead"));
        assert!(!is_head(b"OpusHead\x10"));
        assert!(!is_head(b"\x01vorbis"));
        assert_eq!(head(b"OpusHead\x01").gain, 0);
    }

    #[test]
    fn only_packets_of_twenty_milliseconds_are_relayed() {
        // ffmpeg's: CELT, stereo, one frame of 20 ms.
        assert!(is_relayable(&[0xfc, 1, 2]));
        assert!(is_relayable(&SILENCE));
        // Two frames of 10 ms.
        assert!(is_relayable(&[0xf5, 1, 2]));
        assert!(!is_relayable(&[]));
        // Two frames of 20 ms.
        assert!(!is_relayable(&[0xfd, 1, 2]));
        assert!(!is_relayable(&[0xff, 0]));
        assert!(!is_relayable(&[0xff]));
        assert!(is_relayable(&[0xfc; MAX_FRAME_BYTES]));
        assert!(!is_relayable(&[0xfc; MAX_FRAME_BYTES + 1]));
    }

    proptest! {
        #[test]
        fn agrees_with_libopus(packet in proptest::collection::vec(any::<u8>(), 1..40)) {
            let theirs = opus2::packet::get_nb_samples(&packet, 48_000)
                .ok()
                .and_then(|samples| u16::try_from(samples).ok())
                .filter(|samples| *samples > 0);
            prop_assert_eq!(samples(&packet), theirs);
        }

        #[test]
        fn arbitrary_headers_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            let _ = (is_head(&bytes), is_tags(&bytes), head(&bytes), is_relayable(&bytes));
        }
    }
}
