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
        expected
            .extend([&[0, 1], &[0, 2]].map(|data| Item::transcoded(Bytes::copy_from_slice(data))));
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
