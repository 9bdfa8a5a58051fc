//! A small writer of Ogg, for the tests.

use super::page::seal;

/// Writes the pages of one logical stream.
pub(crate) struct Mux {
    serial: u32,
    sequence: u32,
}

impl Mux {
    pub(crate) const fn new(serial: u32) -> Self {
        Self {
            serial,
            sequence: 0,
        }
    }

    /// A page of whole packets.
    pub(crate) fn page(&mut self, packets: &[&[u8]], last: bool) -> Vec<u8> {
        let mut lacing = Vec::new();
        for packet in packets {
            lacing.extend(std::iter::repeat_n(255, packet.len() / 255));
            lacing.push(u8::try_from(packet.len() % 255).unwrap());
        }
        self.raw(false, last, &lacing, &packets.concat())
    }

    /// A page that is full, with a packet that goes on after it.
    pub(crate) fn unfinished_page(&mut self, body: &[u8]) -> Vec<u8> {
        self.raw(false, false, &vec![255; body.len() / 255], body)
    }

    /// A packet over as many pages as it needs.
    pub(crate) fn spanning_pages(&mut self, packet: &[u8]) -> Vec<Vec<u8>> {
        let mut lacing = vec![255; packet.len() / 255];
        lacing.push(u8::try_from(packet.len() % 255).unwrap());
        let mut pages = Vec::new();
        let mut rest = packet;
        for (index, lacing) in lacing.chunks(255).enumerate() {
            let length = lacing.iter().copied().map(usize::from).sum();
            let (body, tail) = rest.split_at(length);
            rest = tail;
            pages.push(self.raw(index > 0, false, lacing, body));
        }
        pages
    }

    /// The same in one piece.
    pub(crate) fn spanning(&mut self, packet: &[u8]) -> Vec<u8> {
        self.spanning_pages(packet).concat()
    }

    /// Leaves out pages, as a server does for a listener who joins in the middle.
    pub(crate) const fn jump(&mut self, pages: u32) {
        self.sequence += pages;
    }

    fn raw(&mut self, continued: bool, last: bool, lacing: &[u8], body: &[u8]) -> Vec<u8> {
        let first = self.sequence == 0;
        let mut page = b"OggS\0".to_vec();
        page.push(u8::from(continued) | u8::from(first) << 1 | u8::from(last) << 2);
        page.extend([0; 8]);
        page.extend(self.serial.to_le_bytes());
        page.extend(self.sequence.to_le_bytes());
        page.extend([0; 4]);
        page.push(u8::try_from(lacing.len()).unwrap());
        page.extend(lacing);
        page.extend(body);
        seal(&mut page);
        self.sequence += 1;
        page
    }
}
