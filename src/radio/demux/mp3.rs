//! MP3 as far as it must be understood to cut it into frames: their headers
//! (ISO/IEC 11172-3 §2.4.2.3 and 13818-3 §2.4.2.3, layer III).

use bytes::{Buf, Bytes, BytesMut};

/// Bytes of a frame's header.
const HEADER: usize = 4;
/// Bytes of the header of an `ID3v2` tag.
const ID3_HEADER: usize = 10;
/// Frames that must follow each other before the first is believed: two bytes in a thousand look
/// like the beginning of one.
const CONVINCING: usize = 3;
/// In kbit/s, by the number in the header; 0 ("free") has no known length.
const BIT_RATES: [[usize; 15]; 2] = [
    [
        0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320,
    ],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
/// In Hz, of MPEG-1, by the number in the header. MPEG-2 has half, MPEG-2.5 a quarter of it.
const SAMPLE_RATES: [usize; 3] = [44_100, 48_000, 32_000];

/// What comes out, in the order of playing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Mp3 {
    /// What follows is not a continuation: it needs a new decoder.
    Begin,
    /// A whole frame with its header.
    Frame(Bytes),
}

/// What frames of one stream have in common, and how long this one is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Header {
    format: Format,
    /// Bytes, the header included.
    length: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Format {
    /// Of MPEG: 3 is 1, 2 is 2, 0 is 2.5.
    version: u8,
    sample_rate: usize,
    mono: bool,
}

impl Header {
    /// Reads the header of a frame of layer III.
    fn parse(bytes: [u8; HEADER]) -> Option<Self> {
        let [first, second, third, fourth] = bytes;
        let version = second >> 3 & 3;
        if first != 0xff || second >> 5 != 7 || version == 1 || second >> 1 & 3 != 1 {
            return None;
        }
        let first_version = version == 3;
        let bit_rate = *BIT_RATES[usize::from(!first_version)].get(usize::from(third >> 4))?;
        let sample_rate = SAMPLE_RATES.get(usize::from(third >> 2 & 3))?;
        let (sample_rate, slots) = match version {
            3 => (*sample_rate, 144_000),
            2 => (sample_rate / 2, 72_000),
            _ => (sample_rate / 4, 72_000),
        };
        if bit_rate == 0 {
            return None;
        }
        Some(Self {
            format: Format {
                version,
                sample_rate,
                mono: fourth >> 6 == 3,
            },
            length: slots * bit_rate / sample_rate + usize::from(third >> 1 & 1),
        })
    }
}

/// Cuts a stream of MP3 into frames. Any bytes may be pushed; a few frames of them are kept.
#[derive(Debug, Default)]
pub(crate) struct Mp3Reader {
    buffer: BytesMut,
    /// Bytes of a tag that are still to be passed over.
    pass_over: usize,
    /// What the last frame was like; `None` while frames are being looked for.
    format: Option<Format>,
    skipped: u64,
}

impl Mp3Reader {
    /// Whether a stream of MP3 was found.
    pub(crate) const fn is_convinced(&self) -> bool {
        self.format.is_some()
    }

    /// Bytes that belonged to no frame.
    pub(crate) const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Takes the next piece of the stream.
    pub(crate) fn push(&mut self, bytes: &[u8], mut emit: impl FnMut(Mp3)) {
        self.buffer.extend_from_slice(bytes);
        while self.step(&mut emit) {}
    }

    /// Goes on by a frame, a tag or a byte; `false` when more bytes are needed.
    fn step(&mut self, emit: &mut impl FnMut(Mp3)) -> bool {
        if self.pass_over > 0 {
            let count = self.pass_over.min(self.buffer.len());
            self.buffer.advance(count);
            self.pass_over -= count;
            return self.pass_over == 0;
        }
        if self.buffer.starts_with(b"ID3") {
            return self.begin_tag();
        }
        let Some(header) = self.buffer.first_chunk().copied() else {
            return false;
        };
        let Some(header) = Header::parse(header) else {
            self.lose();
            return true;
        };
        match self.format {
            Some(format) if format.sample_rate == header.format.sample_rate => {
                if format != header.format {
                    emit(Mp3::Begin);
                }
            }
            Some(_) => {
                // Damage, or another rate; either way it has to convince.
                self.format = None;
                return true;
            }
            None => match self.follows(header) {
                Some(true) => emit(Mp3::Begin),
                Some(false) => {
                    self.lose();
                    return true;
                }
                None => return false,
            },
        }
        self.format = Some(header.format);
        if self.buffer.len() < header.length {
            return false;
        }
        emit(Mp3::Frame(self.buffer.split_to(header.length).freeze()));
        true
    }

    /// Whether frames follow the one at the beginning of the buffer; `None` for want of bytes.
    fn follows(&self, first: Header) -> Option<bool> {
        let mut at = first.length;
        for _ in 1..CONVINCING {
            let header = self.buffer.get(at..)?.first_chunk()?;
            match Header::parse(*header) {
                Some(next) if next.format.sample_rate == first.format.sample_rate => {
                    at += next.length;
                }
                _ => return Some(false),
            }
        }
        Some(true)
    }

    fn lose(&mut self) {
        self.format = None;
        self.skipped += 1;
        self.buffer.advance(1);
    }

    /// An `ID3v2` tag (<https://id3.org/id3v2.4.0-structure>): covers and the like, of any size.
    fn begin_tag(&mut self) -> bool {
        let Some(header) = self.buffer.first_chunk::<ID3_HEADER>() else {
            return false;
        };
        let size = &header[6..];
        if size.iter().any(|byte| *byte > 0x7f) {
            self.lose();
            return true;
        }
        let size = size
            .iter()
            .fold(0, |size, byte| size << 7 | usize::from(*byte));
        self.pass_over = ID3_HEADER + size;
        true
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame of 128 kbit/s at 44.1 kHz without padding, with a number in it.
    pub(crate) fn frame(number: u8) -> Vec<u8> {
        let mut frame = vec![number; 417];
        frame[..4].copy_from_slice(&[0xff, 0xfb, 0x90, 0x00]);
        frame
    }

    fn frames(numbers: std::ops::Range<u8>) -> Vec<u8> {
        numbers.flat_map(frame).collect()
    }

    fn read(bytes: &[u8], cut: usize) -> (Vec<Mp3>, u64) {
        let mut reader = Mp3Reader::default();
        let mut out = Vec::new();
        for piece in bytes.chunks(cut) {
            reader.push(piece, |mp3| out.push(mp3));
            assert!(reader.buffer.len() < 3 * 1441 + HEADER);
        }
        (out, reader.skipped())
    }

    fn expected(numbers: std::ops::Range<u8>) -> Vec<Mp3> {
        std::iter::once(Mp3::Begin)
            .chain(numbers.map(|number| Mp3::Frame(frame(number).into())))
            .collect()
    }

    #[test]
    fn lengths_are_as_the_standard_has_them() {
        let length = |bytes| Header::parse(bytes).map(|header| header.length);
        assert_eq!(length([0xff, 0xfb, 0x90, 0x00]), Some(417));
        assert_eq!(length([0xff, 0xfb, 0x92, 0x00]), Some(418));
        assert_eq!(length([0xff, 0xfa, 0xe8, 0x00]), Some(1440));
        // 64 kbit/s at 22.05 and 11.025 kHz.
        assert_eq!(length([0xff, 0xf3, 0x80, 0x00]), Some(208));
        assert_eq!(length([0xff, 0xe3, 0x80, 0x00]), Some(417));
        // Free format, another layer, AAC, a reserved rate, a reserved version.
        for wrong in [
            [0xff, 0xfb, 0x00, 0],
            [0xff, 0xfd, 0x90, 0],
            [0xff, 0xf1, 0x50, 0x80],
            [0xff, 0xfb, 0x9c, 0],
            [0xff, 0xeb, 0x90, 0],
            [0xff, 0xfb, 0xf0, 0],
        ] {
            assert_eq!(length(wrong), None, "{wrong:x?}");
        }
    }

    #[test]
    fn a_listener_who_joins_in_the_middle_of_a_frame_finds_the_next() {
        let mut bytes = frames(0..9);
        bytes.drain(..100);
        assert_eq!(read(&bytes, 50), (expected(1..9), 317));
    }

    #[test]
    fn tags_are_passed_over() {
        let mut bytes = b"ID3\x04\0\0\0\0\x02\x01".to_vec();
        bytes.extend([0xff; 257]);
        bytes.extend(frames(0..5));
        assert_eq!(read(&bytes, 33), (expected(0..5), 0));
        // A hostile length is not memory.
        let mut bytes = b"ID3\x04\0\0\x7f\x7f\x7f\x7f".to_vec();
        bytes.extend(frames(0..5));
        assert_eq!(read(&bytes, 33), (vec![], 0));
    }

    #[test]
    fn a_damaged_frame_costs_a_new_beginning() {
        let mut bytes = frames(0..10);
        bytes[417 * 4] = 0;
        let mut all = expected(0..4);
        all.extend(expected(5..10));
        assert_eq!(read(&bytes, 1000), (all, 417));
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_frames(cut in 1_usize..1000, before in 0_usize..600) {
            let mut bytes = vec![0x55; before];
            bytes.extend(frames(0..20));
            prop_assert_eq!(read(&bytes, cut), (expected(0..20), before as u64));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(
            pieces in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..300),
                    Just(frames(0..4)),
                    Just(b"ID3\x04\0\0\0\0\x01\x01".to_vec()),
                    Just(vec![0xff, 0xfb, 0xe8, 0x00]),
                    Just(vec![0xff; 9]),
                ],
                0..60,
            ),
            cut in 1_usize..900,
        ) {
            for mp3 in read(&pieces.concat(), cut).0 {
                if let Mp3::Frame(frame) = mp3 {
                    prop_assert!((HEADER..=1441).contains(&frame.len()));
                }
            }
        }
    }
}
