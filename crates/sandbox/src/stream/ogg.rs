//! An Ogg muxer for Opus (RFC 3533, RFC 7845). One [`Muxer`] is one logical stream; a new song is
//! a new one, chained behind the last.

use bytes::{BufMut, Bytes, BytesMut};

use super::library::PACKET_SAMPLES;

/// `OpusHead`'s pre-skip, in samples of 48 kHz: what libopus' encoder needs to start.
pub const PRE_SKIP: u16 = 312;
/// The most lacing values that a page holds.
const MAX_SEGMENTS: usize = 255;

const CONTINUED: u8 = 0x00;
const BEGIN: u8 = 0x02;
const END: u8 = 0x04;

/// One logical stream.
#[derive(Debug)]
pub struct Muxer {
    serial: u32,
    sequence: u32,
    granule: u64,
    pending: Vec<Bytes>,
}

impl Muxer {
    /// Begins a stream; returns also its two header pages: `OpusHead`, and `OpusTags` with the
    /// comments, each `NAME=value`.
    pub fn begin(serial: u32, comments: &[String]) -> (Self, [Bytes; 2]) {
        let head = page(BEGIN, 0, serial, 0, &[opus_head()]);
        let tags = page(CONTINUED, 0, serial, 1, &[opus_tags(comments)]);
        let muxer = Self {
            serial,
            sequence: 2,
            granule: 0,
            pending: Vec::new(),
        };
        (muxer, [head, tags])
    }

    /// Adds a packet of 20 ms; returns a page once there are more than `per_page` packets. The
    /// newest is held back, so that the last page of the stream is never an empty one.
    pub fn push(&mut self, packet: Bytes, per_page: usize) -> Option<Bytes> {
        let segments: usize = self.pending.iter().map(lacing).sum();
        let full =
            self.pending.len() >= per_page.max(1) || segments + lacing(&packet) > MAX_SEGMENTS;
        let page = full.then(|| self.flush(CONTINUED));
        self.pending.push(packet);
        page
    }

    /// Ends the stream with the packets that are left. With `zero_length`, a packet of no bytes
    /// carries the end, as Liquidsoap sends it.
    pub fn end(mut self, zero_length: bool) -> Vec<Bytes> {
        if !zero_length {
            return vec![self.flush(END)];
        }
        let last = self.flush(CONTINUED);
        self.pending.push(Bytes::new());
        // The empty packet adds no time.
        self.granule -= PACKET_SAMPLES as u64;
        vec![last, self.flush(END)]
    }

    fn flush(&mut self, kind: u8) -> Bytes {
        let packets = std::mem::take(&mut self.pending);
        self.granule += (packets.len() * PACKET_SAMPLES) as u64;
        let page = page(kind, self.granule, self.serial, self.sequence, &packets);
        self.sequence += 1;
        page
    }
}

/// How many lacing values a packet needs.
fn lacing(packet: &Bytes) -> usize {
    packet.len() / 255 + 1
}

/// RFC 7845, section 5.1: two channels, 48 kHz.
fn opus_head() -> Bytes {
    let mut head = BytesMut::with_capacity(19);
    head.put_slice(b"OpusHead\x01\x02");
    head.put_u16_le(PRE_SKIP);
    head.put_u32_le(48_000);
    head.put_i16_le(0);
    head.put_u8(0);
    head.freeze()
}

/// RFC 7845, section 5.2.
fn opus_tags(comments: &[String]) -> Bytes {
    let mut tags = BytesMut::new();
    let text = |tags: &mut BytesMut, text: &str| {
        // Titles are short; 4 GiB of them would be a bug elsewhere.
        tags.put_u32_le(u32::try_from(text.len()).unwrap_or(0));
        tags.put_slice(text.as_bytes());
    };
    tags.put_slice(b"OpusTags");
    text(&mut tags, "libopus 1.5.2");
    tags.put_u32_le(u32::try_from(comments.len()).unwrap_or(0));
    for comment in comments {
        text(&mut tags, comment);
    }
    tags.freeze()
}

/// RFC 3533, section 6. The packets need at most 255 lacing values together.
fn page(kind: u8, granule: u64, serial: u32, sequence: u32, packets: &[Bytes]) -> Bytes {
    let mut table = Vec::with_capacity(MAX_SEGMENTS);
    for packet in packets {
        table.resize(table.len() + packet.len() / 255, 255);
        table.push(u8::try_from(packet.len() % 255).unwrap_or(0));
    }
    table.truncate(MAX_SEGMENTS);
    let body: usize = packets.iter().map(Bytes::len).sum();
    let mut page = BytesMut::with_capacity(27 + table.len() + body);
    page.put_slice(b"OggS\0");
    page.put_u8(kind);
    page.put_u64_le(granule);
    page.put_u32_le(serial);
    page.put_u32_le(sequence);
    page.put_u32_le(0);
    page.put_u8(u8::try_from(table.len()).unwrap_or(u8::MAX));
    page.put_slice(&table);
    for packet in packets {
        page.put_slice(packet);
    }
    let crc = crc(&page);
    page[22..26].copy_from_slice(&crc.to_le_bytes());
    page.freeze()
}

/// The CRC of RFC 3533: polynomial 0x04C11DB7, not reflected, starting from 0.
pub fn crc(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    bytes.iter().fold(0, |crc, byte| {
        crc << 8 ^ TABLE[(crc >> 24) as usize ^ usize::from(*byte)]
    })
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at: u32 = 0;
    while at < 256 {
        let mut value = at << 24;
        let mut bit = 0;
        while bit < 8 {
            let carry = value & 0x8000_0000 != 0;
            value <<= 1;
            if carry {
                value ^= 0x04C1_1DB7;
            }
            bit += 1;
        }
        table[at as usize] = value;
        at += 1;
    }
    table
}

/// A reader that shares nothing with the muxer but the CRC, for tests.
#[cfg(test)]
pub(crate) mod reader {
    use super::crc;

    /// A page, taken apart.
    #[derive(Debug, PartialEq)]
    pub(crate) struct Page {
        pub kind: u8,
        pub granule: u64,
        pub serial: u32,
        pub sequence: u32,
        pub packets: Vec<Vec<u8>>,
    }

    /// Takes whole pages off the front. Panics when what is there is not Ogg.
    pub(crate) fn pages(buffer: &mut Vec<u8>) -> Vec<Page> {
        let mut pages = Vec::new();
        while let Some(length) = page_length(buffer) {
            let raw: Vec<u8> = buffer.drain(..length).collect();
            pages.push(page(&raw));
        }
        pages
    }

    fn page_length(buffer: &[u8]) -> Option<usize> {
        let count = usize::from(*buffer.get(26)?);
        let table = buffer.get(27..27 + count)?;
        let length = 27 + count + table.iter().map(|lace| usize::from(*lace)).sum::<usize>();
        (buffer.len() >= length).then_some(length)
    }

    fn page(raw: &[u8]) -> Page {
        assert_eq!(&raw[..5], b"OggS\0", "not a page");
        let mut zeroed = raw.to_vec();
        zeroed[22..26].fill(0);
        let u32_at = |at: usize| u32::from_le_bytes(raw[at..at + 4].try_into().unwrap());
        assert_eq!(u32_at(22), crc(&zeroed), "wrong checksum");
        let count = usize::from(raw[26]);
        let mut packets = Vec::new();
        let (mut packet, mut at) = (Vec::new(), 27 + count);
        for lace in &raw[27..27 + count] {
            let length = usize::from(*lace);
            packet.extend_from_slice(&raw[at..at + length]);
            at += length;
            if length < 255 {
                packets.push(std::mem::take(&mut packet));
            }
        }
        assert!(packet.is_empty(), "a packet goes on in the next page");
        Page {
            kind: raw[5],
            granule: u64::from_le_bytes(raw[6..14].try_into().unwrap()),
            serial: u32_at(14),
            sequence: u32_at(18),
            packets,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(packets: usize, per_page: usize, zero_length: bool) -> Vec<reader::Page> {
        let (mut muxer, headers) = Muxer::begin(7, &["TITLE=春告鳥".into()]);
        let mut bytes: Vec<u8> = headers.concat();
        for at in 0..packets {
            let packet = Bytes::from(vec![0xFC; 250 + at % 10]);
            bytes.extend(muxer.push(packet, per_page).unwrap_or_default());
        }
        bytes.extend(muxer.end(zero_length).concat());
        let pages = reader::pages(&mut bytes);
        assert!(bytes.is_empty());
        pages
    }

    #[test]
    fn the_checksum_is_the_one_of_ogg() {
        // The check value of CRC-32/MPEG-2's sibling that starts from 0.
        assert_eq!(crc(b"123456789"), 0x89A1_897F);
    }

    #[test]
    fn headers_come_first() {
        let pages = stream(3, 2, false);
        assert_eq!((pages[0].kind, pages[0].packets.len()), (BEGIN, 1));
        let head = &pages[0].packets[0];
        assert_eq!((&head[..8], head.len(), head[9]), (&b"OpusHead"[..], 19, 2));
        assert_eq!(u16::from_le_bytes([head[10], head[11]]), PRE_SKIP);
        let tags = &pages[1].packets[0];
        assert!(tags.starts_with(b"OpusTags"));
        assert!(tags.ends_with("TITLE=春告鳥".as_bytes()));
        assert_eq!(pages[1].granule, 0);
    }

    #[test]
    fn every_packet_arrives_once_with_the_right_times() {
        for (packets, per_page) in [(1, 1), (10, 1), (11, 5), (130, 50), (3000, 1000)] {
            let pages = stream(packets, per_page, false);
            let mut count = 0;
            for (at, page) in pages.iter().enumerate() {
                assert_eq!((page.serial, page.sequence as usize), (7, at));
                if at >= 2 {
                    count += page.packets.len();
                    assert_eq!(page.granule, (count * PACKET_SAMPLES) as u64);
                    assert_eq!(page.kind == END, at == pages.len() - 1);
                }
            }
            assert_eq!(count, packets);
        }
    }

    #[test]
    fn an_empty_packet_may_carry_the_end() {
        let pages = stream(7, 5, true);
        let [.., before, last] = &pages[..] else {
            panic!()
        };
        assert_eq!((last.kind, &last.packets), (END, &vec![vec![]]));
        assert_eq!(last.granule, before.granule);
    }
}
