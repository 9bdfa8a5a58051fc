//! Bytes of an HTTP body -> tags and packets that can be relayed.

use bytes::Bytes;

use super::{
    ogg::{Assembler, Packet, PageReader},
    opus::{self, Tags, Unfit},
};

/// What a stream consists of, in the order of playing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Item {
    /// A logical stream begins, usually a song.
    Tags(Tags),
    /// 20 ms of Opus.
    Packet(Bytes),
}

/// What happened to the packets so far.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    /// Packets given out.
    pub(crate) packets: u64,
    /// Logical streams begun.
    pub(crate) streams: u64,
    /// Packets that cannot be relayed, by the order of [`Unfit::ALL`].
    pub(crate) unfit: [u64; Unfit::ALL.len()],
    /// Holes in the numbering of pages, but for the one that a server makes for who joins: the
    /// headers, then pages from the middle.
    pub(crate) lost_pages: u64,
    /// Pages with a wrong checksum.
    pub(crate) damaged_pages: u64,
    /// Bytes outside pages.
    pub(crate) skipped_bytes: u64,
}

impl std::ops::Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            packets: self.packets + other.packets,
            streams: self.streams + other.streams,
            unfit: std::array::from_fn(|why| self.unfit[why] + other.unfit[why]),
            lost_pages: self.lost_pages + other.lost_pages,
            damaged_pages: self.damaged_pages + other.damaged_pages,
            skipped_bytes: self.skipped_bytes + other.skipped_bytes,
        }
    }
}

/// Takes a chained Ogg/Opus stream apart. Any bytes may be pushed.
///
/// The pre-skip (RFC 7845 §4.2) is not left out. It says which samples a player drops after it has
/// decoded them; a relay could only drop the packets, and with them what the listener's decoder
/// needs to know of the encoder's state. Nor would it be a service: a live encoder begins with the
/// song and nothing else (Liquidsoap declares 80 ms), so that each song would be 80 ms short, which
/// the cushion has to pay.
#[derive(Debug)]
pub(crate) struct Demux {
    pages: PageReader,
    assembler: Assembler,
    /// The identification header was the packet before: this one says what is played.
    begun: bool,
    counts: Counts,
    /// The connection was entered in the middle of its first stream, which looks like a hole.
    entered: bool,
}

impl Demux {
    /// A demuxer at the beginning of a connection.
    pub(crate) fn new() -> Self {
        Self {
            pages: PageReader::default(),
            assembler: Assembler::new(opus::is_head),
            begun: false,
            counts: Counts::default(),
            entered: false,
        }
    }

    /// What happened so far.
    pub(crate) fn counts(&self) -> Counts {
        Counts {
            lost_pages: self
                .assembler
                .lost_pages()
                .saturating_sub(self.entered.into()),
            damaged_pages: self.pages.damaged(),
            skipped_bytes: self.pages.skipped(),
            ..self.counts
        }
    }

    /// Takes the next piece of the body and gives out what it completes.
    pub(crate) fn push(&mut self, bytes: &[u8], mut emit: impl FnMut(Item)) {
        self.pages.push(bytes);
        while let Some(page) = self.pages.next_page() {
            for packet in self.assembler.page(&page) {
                self.packet(packet, &mut emit);
            }
        }
    }

    /// No audio came yet.
    fn untouched(&self) -> bool {
        let unfit: u64 = self.counts.unfit.iter().sum();
        self.counts.packets + unfit == 0
    }

    fn packet(&mut self, packet: Packet, emit: &mut impl FnMut(Item)) {
        if packet.first {
            self.counts.streams += 1;
            self.begun = true;
            return;
        }
        if std::mem::take(&mut self.begun) {
            let is_tags = opus::is_tags(&packet.data);
            // Without its comment header a stream is one of unknown name, not the former one.
            emit(Item::Tags(if is_tags {
                opus::tags(&packet.data)
            } else {
                Tags::default()
            }));
            if is_tags {
                return;
            }
        }
        if packet.after_gap && self.counts.streams == 1 && self.untouched() {
            self.entered = true;
        }
        if let Err(why) = opus::check(&packet.data) {
            self.counts.unfit[why as usize] += 1;
            return;
        }
        self.counts.packets += 1;
        emit(Item::Packet(packet.data));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::{
        super::{
            ogg::mux::Mux,
            opus::tests::{comment_header, head},
        },
        *,
    };

    /// A packet of 20 ms that no other number gives.
    pub(crate) fn packet(number: u32) -> Vec<u8> {
        let mut packet = vec![0xfc];
        packet.extend(number.to_be_bytes());
        packet.extend([number.to_le_bytes()[0]; 60]);
        packet
    }

    /// The two headers of a logical stream.
    pub(crate) fn headers(mux: &mut Mux, title: &str, pre_skip: u16) -> Vec<u8> {
        let mut bytes = mux.page(&[&head(pre_skip)], false);
        bytes.extend(mux.page(&[&comment_header(&[&format!("TITLE={title}")])], false));
        bytes
    }

    fn tags(title: &str) -> Item {
        Item::Tags(Tags {
            title: Some(title.into()),
            artist: None,
            vendor: Some("the tests".into()),
        })
    }

    fn demux(bytes: &[u8]) -> (Vec<Item>, Counts) {
        let mut demux = Demux::new();
        let mut items = Vec::new();
        demux.push(bytes, |item| items.push(item));
        (items, demux.counts())
    }

    fn packets(numbers: std::ops::Range<u32>) -> impl Iterator<Item = Item> {
        numbers.map(|number| Item::Packet(packet(number).into()))
    }

    #[test]
    fn songs_follow_each_other_without_a_hole() {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (song, serial) in [(0, 5), (1, 5), (2, 6)] {
            let mut mux = Mux::new(serial);
            bytes.extend(headers(&mut mux, &format!("song {song}"), 312));
            expected.push(tags(&format!("song {song}")));
            for number in song * 10..song * 10 + 10 {
                bytes.extend(mux.page(&[&packet(number)], number % 10 == 9));
            }
            expected.extend(packets(song * 10..song * 10 + 10));
        }
        let (items, counts) = demux(&bytes);
        assert_eq!(items, expected);
        assert_eq!((counts.streams, counts.packets), (3, 30));
    }

    #[test]
    fn what_liquidsoap_sends_is_understood() {
        // 80 ms of pre-skip, and an empty packet at the end of the stream.
        let mut mux = Mux::new(1);
        let mut bytes = headers(&mut mux, "song", 3840);
        let audio: Vec<_> = (0..6).map(packet).collect();
        let audio: Vec<_> = audio.iter().map(Vec::as_slice).collect();
        bytes.extend(mux.page(&audio, false));
        bytes.extend(mux.page(&[&[]], true));
        let (items, counts) = demux(&bytes);
        assert_eq!(
            items,
            std::iter::once(tags("song"))
                .chain(packets(0..6))
                .collect::<Vec<_>>()
        );
        assert_eq!(counts.unfit, [1, 0, 0]);
    }

    #[test]
    fn a_listener_who_joins_in_the_middle_misses_nothing() {
        let mut mux = Mux::new(1);
        let mut bytes = headers(&mut mux, "song", 3840);
        mux.jump(900);
        bytes.extend(mux.page(&[&packet(1), &packet(2)], false));
        let (items, counts) = demux(&bytes);
        assert_eq!(
            items,
            std::iter::once(tags("song"))
                .chain(packets(1..3))
                .collect::<Vec<_>>()
        );
        assert_eq!(counts.lost_pages, 0);

        mux.jump(1);
        bytes.extend(mux.page(&[&packet(3)], false));
        assert_eq!(demux(&bytes).1.lost_pages, 1, "that one was lost");
    }

    #[test]
    fn unfit_packets_are_left_out_and_counted() {
        let mut mux = Mux::new(1);
        let mut bytes = headers(&mut mux, "song", 0);
        bytes.extend(mux.page(&[&packet(1), &[0xfc; 1276], &[0xfd, 1], &packet(2)], false));
        let (items, counts) = demux(&bytes);
        assert_eq!(
            items,
            std::iter::once(tags("song"))
                .chain(packets(1..3))
                .collect::<Vec<_>>()
        );
        assert_eq!(counts.unfit, [0, 1, 1]);
    }

    #[test]
    fn a_lost_comment_header_costs_the_name_only() {
        let mut mux = Mux::new(1);
        let mut bytes = mux.page(&[&head(0)], false);
        let _lost = mux.page(&[&comment_header(&[])], false);
        bytes.extend(mux.page(&[&packet(1)], false));
        let (items, _) = demux(&bytes);
        assert_eq!(items[0], Item::Tags(Tags::default()));
        assert_eq!(items[1..], packets(1..2).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_opus_gives_nothing() {
        let mut mux = Mux::new(1);
        let mut bytes = mux.page(&[b"\x01vorbis"], false);
        bytes.extend(mux.page(&[&packet(1)], false));
        bytes.extend(b"<html>not found</html>");
        let (items, counts) = demux(&bytes);
        assert_eq!((items, counts.streams), (vec![], 0));
    }

    proptest! {
        #[test]
        fn damage_anywhere_does_no_harm(
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..30),
            cut in 1_usize..500,
        ) {
            let mut bytes = Vec::new();
            for serial in 0..3 {
                let mut mux = Mux::new(serial);
                bytes.extend(headers(&mut mux, "song", 312));
                for number in 0..20 {
                    bytes.extend(mux.page(&[&packet(number)], false));
                }
            }
            for (at, value) in damage {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let mut demux = Demux::new();
            for piece in bytes.chunks(cut) {
                demux.push(piece, |item| {
                    if let Item::Packet(packet) = item {
                        assert_eq!(opus::check(&packet), Ok(()));
                    }
                });
            }
        }
    }
}
