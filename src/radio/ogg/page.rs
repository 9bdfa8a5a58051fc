//! Bytes -> pages. Finds the next whole page whose checksum is right, whatever lies between.

use bytes::{Buf, Bytes, BytesMut};

use super::crc;

/// What every page begins with.
const CAPTURE: &[u8; 4] = b"OggS";
/// Length of the header without its table of segments.
const HEADER: usize = 27;
/// Header, 255 segments, and 255 bytes in each: the most a page can be.
#[cfg(test)]
const MAX_PAGE: usize = HEADER + 255 + 255 * 255;

/// One page, its checksum verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Page {
    /// The first packet continues one that began on an earlier page.
    pub(crate) continued: bool,
    /// Beginning of a logical stream.
    pub(crate) first: bool,
    /// End of a logical stream.
    pub(crate) last: bool,
    /// Which logical stream it belongs to.
    pub(crate) serial: u32,
    /// Its number within that stream.
    pub(crate) sequence: u32,
    /// Lengths of the segments; one below 255 ends a packet.
    pub(crate) lacing: Bytes,
    /// The segments, one after another; exactly as long as `lacing` adds up to.
    pub(crate) body: Bytes,
}

/// Finds pages in bytes that arrive in pieces of any size.
///
/// Holds at most one page and one piece: whoever pushes takes all pages before pushing more.
#[derive(Debug, Default)]
pub(crate) struct PageReader {
    buffer: BytesMut,
    skipped: u64,
    damaged: u64,
}

impl PageReader {
    /// Takes the next piece of the stream.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes that belonged to no page.
    pub(crate) const fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Pages with a wrong checksum. Three bytes in four billion look like one by accident.
    pub(crate) const fn damaged(&self) -> u64 {
        self.damaged
    }

    /// The next page, or `None` until more bytes were pushed.
    pub(crate) fn next_page(&mut self) -> Option<Page> {
        loop {
            self.seek_capture();
            match measure(&self.buffer) {
                Measure::Incomplete => return None,
                Measure::NoPage => self.skip(1),
                Measure::Page { segments, length } => {
                    if checksum(&self.buffer[..length]) == stored_checksum(&self.buffer) {
                        return Some(self.take(segments, length));
                    }
                    // Not the length of the page: the length itself may be what is damaged, and
                    // a whole page may begin inside.
                    self.damaged += 1;
                    self.skip(1);
                }
            }
        }
    }

    /// Drops everything before what can be the beginning of a page.
    fn seek_capture(&mut self) {
        let at = self
            .buffer
            .windows(CAPTURE.len())
            .position(|window| window == CAPTURE)
            // The last three bytes may be the beginning of a capture pattern.
            .unwrap_or(self.buffer.len().saturating_sub(CAPTURE.len() - 1));
        self.skip(at);
    }

    fn skip(&mut self, count: usize) {
        self.skipped += count as u64;
        self.buffer.advance(count);
    }

    fn take(&mut self, segments: usize, length: usize) -> Page {
        let page = self.buffer.split_to(length).freeze();
        let flags = page[5];
        Page {
            continued: flags & 1 != 0,
            first: flags & 2 != 0,
            last: flags & 4 != 0,
            serial: word(&page, 14),
            sequence: word(&page, 18),
            lacing: page.slice(HEADER..HEADER + segments),
            body: page.slice(HEADER + segments..),
        }
    }
}

enum Measure {
    /// More bytes are needed to tell.
    Incomplete,
    /// The capture pattern stands here by accident, or the version is unknown.
    NoPage,
    /// A whole page is there, not yet verified.
    Page { segments: usize, length: usize },
}

/// How long the page at the beginning of the buffer claims to be.
fn measure(buffer: &[u8]) -> Measure {
    let Some(header) = buffer.get(..HEADER) else {
        return Measure::Incomplete;
    };
    if !header.starts_with(CAPTURE) || header[4] != 0 {
        return Measure::NoPage;
    }
    let segments = usize::from(header[26]);
    let Some(lacing) = buffer.get(HEADER..HEADER + segments) else {
        return Measure::Incomplete;
    };
    let body: usize = lacing.iter().copied().map(usize::from).sum();
    let length = HEADER + segments + body;
    if buffer.len() < length {
        return Measure::Incomplete;
    }
    Measure::Page { segments, length }
}

/// The checksum is taken with its own field as zeros.
fn checksum(page: &[u8]) -> u32 {
    let crc = crc::update(0, &page[..22]);
    let crc = crc::update(crc, &[0; 4]);
    crc::update(crc, &page[26..])
}

fn stored_checksum(page: &[u8]) -> u32 {
    word(page, 22)
}

/// The little-endian word at an offset; only called within a header that is there.
fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
pub(crate) fn seal(page: &mut [u8]) {
    page[22..26].fill(0);
    let crc = checksum(page);
    page[22..26].copy_from_slice(&crc.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::mux::Mux, *};

    fn all(reader: &mut PageReader) -> Vec<Page> {
        std::iter::from_fn(|| reader.next_page()).collect()
    }

    fn three_pages() -> (Vec<Vec<u8>>, Vec<Page>) {
        let mut mux = Mux::new(7);
        let pages = vec![
            mux.page(&[b"OpusHead"], false),
            mux.page(&[&[1; 255], &[], &[2; 300]], false),
            mux.page(&[b"end"], true),
        ];
        let mut reader = PageReader::default();
        reader.push(&pages.concat());
        let parsed = all(&mut reader);
        assert_eq!(parsed.len(), 3);
        assert_eq!(reader.skipped(), 0);
        (pages, parsed)
    }

    #[test]
    fn reads_what_the_header_says() {
        let (_, pages) = three_pages();
        assert!(pages[0].first && !pages[0].last && !pages[0].continued);
        assert_eq!((pages[1].serial, pages[1].sequence), (7, 1));
        assert_eq!(&pages[1].lacing[..], &[255, 0, 0, 255, 45]);
        assert_eq!(pages[1].body.len(), 555);
        assert!(pages[2].last);
    }

    #[test]
    fn a_page_full_to_the_brim_is_a_page() {
        let mut mux = Mux::new(1);
        let page = mux.unfinished_page(&vec![9; 255 * 255]);
        assert_eq!(page.len(), MAX_PAGE);
        let mut reader = PageReader::default();
        reader.push(&page);
        assert_eq!(all(&mut reader)[0].body.len(), 255 * 255);
    }

    #[test]
    fn a_damaged_page_costs_only_itself() {
        let (pages, parsed) = three_pages();
        for at in (0..40).chain([100, pages[1].len() - 1]) {
            let mut damaged = pages.clone();
            damaged[1][at] ^= 0x40;
            // A damaged length may claim more bytes than there are, so more must follow.
            let mut reader = PageReader::default();
            reader.push(&damaged.concat());
            reader.push(&vec![0; MAX_PAGE]);
            let found = all(&mut reader);
            assert_eq!(found, [parsed[0].clone(), parsed[2].clone()], "byte {at}");
        }
    }

    proptest! {
        // Unoptimised, each case walks over a page of zeros.
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn any_split_gives_the_same_pages(cuts in proptest::collection::vec(1_usize..90, 1..60)) {
            let (pages, parsed) = three_pages();
            let bytes = pages.concat();
            let mut rest = &bytes[..];
            let mut reader = PageReader::default();
            let mut found = Vec::new();
            for cut in cuts.iter().cycle() {
                let (piece, tail) = rest.split_at((*cut).min(rest.len()));
                reader.push(piece);
                found.extend(all(&mut reader));
                rest = tail;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found, parsed);
        }

        #[test]
        fn arbitrary_bytes_do_no_harm_and_are_not_kept(
            pieces in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..600),
                    Just(b"OggS\0\x02".to_vec()),
                    Just(b"OggS\0\x01\0\0\0\0\0\0\0\0\x07\0\0\0".to_vec()),
                ],
                0..80,
            ),
        ) {
            let mut reader = PageReader::default();
            for piece in &pieces {
                reader.push(piece);
                while reader.next_page().is_some() {}
                prop_assert!(reader.buffer.len() < MAX_PAGE);
            }
            // Whatever came before, whole pages are found again.
            let (pages, parsed) = three_pages();
            reader.push(&vec![0; MAX_PAGE]);
            while reader.next_page().is_some() {}
            reader.push(&pages.concat());
            prop_assert_eq!(all(&mut reader), parsed);
        }
    }
}
