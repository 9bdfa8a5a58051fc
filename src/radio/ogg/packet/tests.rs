use proptest::prelude::*;

use super::{
    super::{mux::Mux, page::PageReader},
    *,
};

fn wanted(first: &[u8]) -> bool {
    first.starts_with(b"yes")
}

fn packets(assembler: &mut Assembler, bytes: &[u8]) -> Vec<Packet> {
    let mut reader = PageReader::default();
    reader.push(bytes);
    std::iter::from_fn(|| reader.next_page())
        .flat_map(|page| assembler.page(&page))
        .collect()
}

fn data(packets: &[Packet]) -> Vec<&[u8]> {
    packets.iter().map(|packet| &packet.data[..]).collect()
}

#[test]
fn a_packet_may_span_pages() {
    let long: Vec<u8> = (0..=255).cycle().take(255 * 255 * 2 + 10).collect();
    let mut mux = Mux::new(1);
    let mut bytes = mux.page(&[b"yes"], false);
    bytes.extend(mux.spanning(&long[..60_000]));
    bytes.extend(mux.page(&[b"after"], true));
    let mut assembler = Assembler::new(wanted);
    let found = packets(&mut assembler, &bytes);
    assert_eq!(data(&found), [&b"yes"[..], &long[..60_000], b"after"]);
    assert!(found[0].first && !found[1].first);
    assert_eq!(assembler.lost_pages(), 0);
}

#[test]
fn an_endless_packet_is_kept_only_so_far() {
    let mut mux = Mux::new(1);
    let mut bytes = mux.page(&[b"yes"], false);
    bytes.extend(mux.spanning(&vec![5; 400_000]));
    bytes.extend(mux.page(&[b"after"], false));
    let found = packets(&mut Assembler::new(wanted), &bytes);
    assert_eq!(found[1].data.len(), MAX_PACKET);
    assert_eq!(&found[2].data[..], b"after");
}

#[test]
fn streams_chain_with_a_new_serial_and_with_the_same_again() {
    let mut bytes = Vec::new();
    for serial in [1, 2, 2, 1] {
        let mut mux = Mux::new(serial);
        bytes.extend(mux.page(&[b"yes"], false));
        bytes.extend(mux.page(&[b"a", b"", b"b"], true));
    }
    let found = packets(&mut Assembler::new(wanted), &bytes);
    assert_eq!(data(&found), [&b"yes"[..], b"a", b"", b"b"].repeat(4));
    assert_eq!(found.iter().filter(|packet| packet.first).count(), 4);
    assert!(found.iter().all(|packet| !packet.after_gap));
}

#[test]
fn a_stream_beside_it_is_passed_over_in_either_order() {
    for other_first in [false, true] {
        let (mut audio, mut other) = (Mux::new(1), Mux::new(2));
        let mut heads = [audio.page(&[b"yes"], false), other.page(&[b"no"], false)];
        if other_first {
            heads.reverse();
        }
        let mut bytes = heads.concat();
        bytes.extend(audio.page(&[b"a"], false));
        bytes.extend(other.page(&[b"x"], false));
        bytes.extend(audio.page(&[b"b"], true));
        let found = packets(&mut Assembler::new(wanted), &bytes);
        assert_eq!(data(&found), [&b"yes"[..], b"a", b"b"]);
    }
}

#[test]
fn an_unwanted_stream_ends_a_wanted_one() {
    let mut wanted_one = Mux::new(1);
    let mut unwanted = Mux::new(2);
    let mut bytes = wanted_one.page(&[b"yes"], false);
    bytes.extend(wanted_one.page(&[b"a"], true));
    bytes.extend(unwanted.page(&[b"no"], false));
    bytes.extend(unwanted.page(&[b"x"], false));
    let found = packets(&mut Assembler::new(wanted), &bytes);
    assert_eq!(data(&found), [&b"yes"[..], b"a"]);
}

#[test]
fn a_lost_page_takes_the_packets_that_touch_it() {
    let mut mux = Mux::new(1);
    let head = mux.page(&[b"yes"], false);
    let spanning = mux.spanning_pages(&vec![3; 100_000]);
    let after = mux.page(&[b"after"], false);
    assert_eq!(spanning.len(), 2);
    for lost in 0..2 {
        let mut bytes = head.clone();
        bytes.extend(&spanning[1 - lost]);
        bytes.extend(&after);
        let mut assembler = Assembler::new(wanted);
        let found = packets(&mut assembler, &bytes);
        assert_eq!(data(&found), [&b"yes"[..], b"after"], "page {lost}");
        assert!(found[1].after_gap);
        assert_eq!(assembler.lost_pages(), 1);
    }
}

#[test]
fn a_lost_beginning_does_not_cost_the_song() {
    let mut one = Mux::new(1);
    let mut two = Mux::new(2);
    let mut bytes = one.page(&[b"yes"], false);
    bytes.extend(one.page(&[b"a"], true));
    let _lost = two.page(&[b"yes"], false);
    bytes.extend(two.page(&[b"b"], false));
    let mut assembler = Assembler::new(wanted);
    let found = packets(&mut assembler, &bytes);
    assert_eq!(data(&found), [&b"yes"[..], b"a", b"b"]);
    assert!(found[2].after_gap && !found[2].first);
    assert_eq!(assembler.lost_pages(), 1);
}

#[test]
fn nothing_is_guessed_before_a_wanted_stream_was_seen() {
    let mut mux = Mux::new(1);
    let _head = mux.page(&[b"yes"], false);
    let bytes = mux.page(&[b"a"], false);
    assert_eq!(packets(&mut Assembler::new(wanted), &bytes), []);
}

proptest! {
    #[test]
    fn arbitrary_pages_do_no_harm(
        pages in proptest::collection::vec(
            (
                any::<[bool; 3]>(),
                0_u32..3,
                0_u32..4,
                proptest::collection::vec(prop_oneof![Just(255_u8), 0_u8..4], 0..255),
            ),
            0..40,
        ),
    ) {
        let mut assembler = Assembler::new(|_| true);
        for ([continued, first, last], serial, sequence, lacing) in pages {
            let length = lacing.iter().copied().map(usize::from).sum();
            let page = Page {
                continued,
                first,
                last,
                serial,
                sequence,
                lacing: lacing.into(),
                body: vec![0; length].into(),
            };
            for packet in assembler.page(&page) {
                prop_assert!(packet.data.len() <= MAX_PACKET);
            }
            prop_assert!(assembler.others.len() <= MAX_OTHERS);
        }
    }
}
