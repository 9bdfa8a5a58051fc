//! Chained Ogg streams of Opus and Vorbis -> tags and packets.

use bytes::Bytes;

use super::{Codec, Counts, Dropped, Head, Item, Unsupported};
use crate::radio::{
    ogg::{Assembler, Packet, PageReader},
    opus, tags,
    transcode::is_convertible,
};

/// The magic of Vorbis's three headers
/// (<https://xiph.org/vorbis/doc/Vorbis_I_spec.html#x1-610004.2>).
const IDENTIFICATION: &[u8] = b"\x01vorbis";
const COMMENTS: &[u8] = b"\x03vorbis";
const SETUP: &[u8] = b"\x05vorbis";

/// Takes a chained stream apart. Any bytes may be pushed.
///
/// The pre-skip of Opus (RFC 7845 §4.2) is not left out. It says which samples a player drops after
/// it has decoded them; a relay could only drop the packets, and with them what the listener's
/// decoder needs to know of the encoder's state. Nor would it be a service: a live encoder begins
/// with the song and nothing else (Liquidsoap declares 80 ms), so that each song would be 80 ms
/// short, which the cushion has to pay.
#[derive(Debug)]
pub(super) struct OggReader {
    pages: PageReader,
    assembler: Assembler,
    stage: Stage,
    counts: Counts,
    /// The connection was entered in the middle of its first stream, which looks like a hole.
    entered: bool,
}

/// Where in its logical stream the reader stands.
#[derive(Clone, Debug)]
enum Stage {
    /// Before the first identification header.
    Nowhere,
    /// After the identification header of Opus.
    OpusTags(opus::Head),
    /// Among the packets of Opus.
    Opus {
        gain: i16,
        /// Every packet so far could be relayed as it is.
        relayed: bool,
    },
    /// Between the headers of Vorbis.
    VorbisHeaders { identification: Bytes },
    /// Among the packets of Vorbis.
    Vorbis,
}

fn is_wanted(first: &[u8]) -> bool {
    opus::is_head(first) || first.starts_with(IDENTIFICATION)
}

impl OggReader {
    pub(super) fn new() -> Self {
        Self {
            pages: PageReader::default(),
            assembler: Assembler::new(is_wanted),
            stage: Stage::Nowhere,
            counts: Counts::default(),
            entered: false,
        }
    }

    /// What happened so far.
    pub(super) fn counts(&self) -> Counts {
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
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        mut emit: impl FnMut(Item),
    ) -> Result<(), Unsupported> {
        self.pages.push(bytes);
        while let Some(page) = self.pages.next_page() {
            for packet in self.assembler.page(&page) {
                self.packet(packet, &mut emit)?;
            }
        }
        Ok(())
    }

    /// How the present logical stream is encoded.
    pub(super) const fn codec(&self) -> Option<Codec> {
        match self.stage {
            Stage::Nowhere => None,
            Stage::OpusTags(_) | Stage::Opus { .. } => Some(Codec::Opus),
            Stage::VorbisHeaders { .. } | Stage::Vorbis => Some(Codec::Vorbis),
        }
    }

    /// No audio came yet.
    fn untouched(&self) -> bool {
        let dropped: u64 = self.counts.dropped.iter().sum();
        self.counts.frames + dropped == 0
    }

    fn packet(&mut self, packet: Packet, emit: &mut impl FnMut(Item)) -> Result<(), Unsupported> {
        if packet.first {
            return self.begin(&packet);
        }
        if packet.after_gap && self.counts.streams == 1 && self.untouched() {
            self.entered = true;
        }
        match &mut self.stage {
            Stage::Nowhere => {}
            Stage::OpusTags(head) => {
                let gain = head.gain;
                self.stage = Stage::Opus {
                    gain,
                    relayed: gain == 0,
                };
                // Without its comment header a stream is one of unknown name, not the former one.
                let is_tags = opus::is_tags(&packet.data);
                emit(Item::Tags(if is_tags {
                    tags::comments(&packet.data[opus::TAGS.len()..])
                } else {
                    tags::Tags::default()
                }));
                if gain != 0 {
                    emit(Item::Head(Head::Opus { gain }));
                }
                if !is_tags {
                    self.opus(packet, emit);
                }
            }
            Stage::Opus { .. } => self.opus(packet, emit),
            Stage::VorbisHeaders { identification } => {
                if let Some(comments) = packet.data.strip_prefix(COMMENTS) {
                    emit(Item::Tags(tags::comments(comments)));
                } else if packet.data.starts_with(SETUP) {
                    emit(Item::Head(Head::Vorbis {
                        identification: identification.clone(),
                        setup: packet.data,
                    }));
                    self.stage = Stage::Vorbis;
                } else {
                    // The setup was lost, and with it all that follows.
                    self.drop_packet(Dropped::Headless);
                }
            }
            Stage::Vorbis => {
                if packet.data.is_empty() {
                    self.drop_packet(Dropped::Empty);
                } else {
                    self.counts.frames += 1;
                    emit(Item::transcoded(packet.data));
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, packet: &Packet) -> Result<(), Unsupported> {
        self.counts.streams += 1;
        self.stage = if packet.data.starts_with(IDENTIFICATION) {
            // After the magic and the version (4 bytes).
            let channels = packet.data.get(11).copied().unwrap_or_default();
            let rate = packet.data.get(12..16).and_then(<[u8]>::first_chunk);
            let rate = rate.map_or(0, |rate| u32::from_le_bytes(*rate));
            if !(1..=2).contains(&channels) {
                return Err(Unsupported::Channels);
            }
            if !is_convertible(rate) {
                return Err(Unsupported::SampleRate);
            }
            Stage::VorbisHeaders {
                identification: packet.data.clone(),
            }
        } else {
            let head = opus::head(&packet.data);
            if !head.is_plain {
                return Err(Unsupported::Channels);
            }
            Stage::OpusTags(head)
        };
        Ok(())
    }

    fn opus(&mut self, packet: Packet, emit: &mut impl FnMut(Item)) {
        let Stage::Opus { gain, relayed } = &mut self.stage else {
            return;
        };
        if opus::samples(&packet.data).is_none() {
            self.drop_packet(if packet.data.is_empty() {
                Dropped::Empty
            } else {
                Dropped::Malformed
            });
            return;
        }
        if *relayed && !opus::is_relayable(&packet.data) {
            // From here to the end of the song, so that it does not change with each packet.
            *relayed = false;
            emit(Item::Head(Head::Opus { gain: *gain }));
        }
        self.counts.frames += 1;
        emit(if *relayed {
            Item::relayed(packet.data)
        } else {
            Item::transcoded(packet.data)
        });
    }

    fn drop_packet(&mut self, why: Dropped) {
        self.counts.dropped[why as usize] += 1;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::radio::{
        ogg::mux::Mux,
        opus::tests::head_bytes,
        tags::{Tags, tests::comment_header},
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
        let mut bytes = mux.page(&[&head_bytes(pre_skip)], false);
        bytes.extend(mux.page(
            &[&comment_header(opus::TAGS, &[&format!("TITLE={title}")])],
            false,
        ));
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
        let mut demux = OggReader::new();
        let mut items = Vec::new();
        demux.push(bytes, |item| items.push(item)).unwrap();
        (items, demux.counts())
    }

    fn packets(numbers: std::ops::Range<u32>) -> impl Iterator<Item = Item> {
        numbers.map(|number| Item::relayed(packet(number).into()))
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
        assert_eq!((counts.streams, counts.frames), (3, 30));
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
        assert_eq!(counts.dropped, [1, 0, 0, 0]);
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
    fn malformed_packets_are_left_out_and_counted() {
        let mut mux = Mux::new(1);
        let mut bytes = headers(&mut mux, "song", 0);
        bytes.extend(mux.page(&[&packet(1), &[], &[0xff], &[0xff, 0], &packet(2)], false));
        let (items, counts) = demux(&bytes);
        assert_eq!(
            items,
            std::iter::once(tags("song"))
                .chain(packets(1..3))
                .collect::<Vec<_>>()
        );
        assert_eq!(counts.dropped, [1, 2, 0, 0]);
    }

    #[test]
    fn from_a_packet_that_cannot_be_relayed_to_the_end_of_the_song_all_are_transcoded() {
        for odd in [vec![0xfd, 1, 2], vec![0xfc; 1276]] {
            let mut mux = Mux::new(1);
            let mut bytes = headers(&mut mux, "song", 0);
            bytes.extend(mux.page(&[&packet(1), &odd, &packet(2)], true));
            let mut mux = Mux::new(2);
            bytes.extend(headers(&mut mux, "next", 0));
            bytes.extend(mux.page(&[&packet(3)], false));
            let expected = [
                tags("song"),
                Item::relayed(packet(1).into()),
                Item::Head(Head::Opus { gain: 0 }),
                Item::transcoded(odd.into()),
                Item::transcoded(packet(2).into()),
                tags("next"),
                Item::relayed(packet(3).into()),
            ];
            assert_eq!(demux(&bytes).0, expected);
        }
    }

    #[test]
    fn a_stream_that_asks_for_another_volume_is_transcoded() {
        let mut mux = Mux::new(1);
        let mut head = head_bytes(960);
        head[16..18].copy_from_slice(&(-256_i16).to_le_bytes());
        let mut bytes = mux.page(&[&head], false);
        bytes.extend(mux.page(&[&comment_header(opus::TAGS, &["TITLE=song"])], false));
        bytes.extend(mux.page(&[&packet(1), &packet(2)], false));
        let expected = [
            tags("song"),
            Item::Head(Head::Opus { gain: -256 }),
            Item::transcoded(packet(1).into()),
            Item::transcoded(packet(2).into()),
        ];
        assert_eq!(demux(&bytes).0, expected);
    }

    fn identification(channels: u8, rate: u32) -> Vec<u8> {
        let mut header = IDENTIFICATION.to_vec();
        header.extend([0; 4]);
        header.push(channels);
        header.extend(rate.to_le_bytes());
        header.extend([0; 14]);
        header
    }

    #[test]
    fn songs_of_vorbis_each_begin_with_their_headers() {
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for (serial, title) in [(1, "one"), (1, "two"), (2, "three")] {
            let mut mux = Mux::new(serial);
            let identification = identification(2, 44_100);
            let setup = [SETUP, &[7; 900]].concat();
            bytes.extend(mux.page(&[&identification], false));
            let comments = comment_header(COMMENTS, &[&format!("title={title}")]);
            bytes.extend(mux.page(&[&comments, &setup], false));
            bytes.extend(mux.page(&[&[0, 1], &[0, 2], &[]], true));
            expected.push(tags(title));
            expected.push(Item::Head(Head::Vorbis {
                identification: identification.into(),
                setup: setup.into(),
            }));
            expected.extend(
                [&[0, 1], &[0, 2]].map(|data| Item::transcoded(Bytes::copy_from_slice(data))),
            );
        }
        let (items, counts) = demux(&bytes);
        assert_eq!(items, expected);
        assert_eq!((counts.streams, counts.frames), (3, 6));
    }

    #[test]
    fn vorbis_without_its_setup_is_left_out() {
        let mut mux = Mux::new(1);
        let mut bytes = mux.page(&[&identification(2, 44_100)], false);
        bytes.extend(mux.page(&[&[0, 1], &[0, 2]], false));
        let (items, counts) = demux(&bytes);
        assert_eq!((items, counts.dropped), (vec![], [0, 0, 2, 0]));
    }

    #[test]
    fn what_cannot_be_played_is_said_at_once() {
        let refusal = |first: &[u8]| {
            let bytes = Mux::new(1).page(&[first], false);
            OggReader::new().push(&bytes, |_| {}).unwrap_err()
        };
        assert_eq!(refusal(&identification(6, 48_000)), Unsupported::Channels);
        assert_eq!(refusal(&identification(2, 48_001)), Unsupported::SampleRate);
        assert_eq!(refusal(IDENTIFICATION), Unsupported::Channels);
        let mut surround = head_bytes(0);
        surround[18] = 1;
        surround.extend([4, 2, 0, 4, 1, 2, 3, 5]);
        assert_eq!(refusal(&surround), Unsupported::Channels);
    }

    #[test]
    fn a_lost_comment_header_costs_the_name_only() {
        let mut mux = Mux::new(1);
        let mut bytes = mux.page(&[&head_bytes(0)], false);
        let _lost = mux.page(&[&comment_header(opus::TAGS, &[])], false);
        bytes.extend(mux.page(&[&packet(1)], false));
        let (items, _) = demux(&bytes);
        assert_eq!(items[0], Item::Tags(Tags::default()));
        assert_eq!(items[1..], packets(1..2).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_neither_opus_nor_vorbis_gives_nothing() {
        let mut mux = Mux::new(1);
        let mut bytes = mux.page(&[b"\x7fFLAC"], false);
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
            let mut demux = OggReader::new();
            for piece in bytes.chunks(cut) {
                demux
                    .push(piece, |item| {
                        if let Item::Frame { data, relayed: true } = item {
                            assert!(opus::is_relayable(&data));
                        }
                    })
                    .unwrap();
            }
        }
    }
}
