use proptest::prelude::*;

pub(crate) use super::ogg::tests::{headers, packet};
use super::{icy::tests::block, mp3::tests::frame, *};
use crate::radio::{ogg::mux::Mux, opus};

fn demux(demux: &mut Demux, bytes: &[u8], cut: usize) -> Vec<Item> {
    let mut items = Vec::new();
    for piece in bytes.chunks(cut) {
        demux.push(piece, |item| items.push(item)).unwrap();
    }
    items
}

fn title(title: &str) -> Tags {
    Tags {
        title: Some(title.into()),
        ..Tags::default()
    }
}

#[test]
fn the_codec_shows_from_the_bytes() {
    let mut opus = headers(&mut Mux::new(1), "song", 0);
    opus.splice(0..0, *b"noise");
    let mp3: Vec<u8> = (0..5).flat_map(frame).collect();
    for (bytes, codec) in [
        (&opus[..], Some(Codec::Opus)),
        (
            include_bytes!("../transcode/samples/a440.ogg"),
            Some(Codec::Vorbis),
        ),
        (
            include_bytes!("../transcode/samples/b660.mp3"),
            Some(Codec::Mp3),
        ),
        (&mp3, Some(Codec::Mp3)),
        (b"<html>not found</html>", None),
        (&[0xff, 0xf1, 0x50, 0x80, 0, 0x1f, 0xfc], None),
    ] {
        for cut in [1, 100, 4096] {
            let mut reader = Demux::new(None, None);
            demux(&mut reader, bytes, cut);
            assert_eq!(reader.codec(), codec);
            assert_eq!(reader.counts().streams, u64::from(codec.is_some()));
        }
    }
}

#[test]
fn titles_of_mp3_come_where_they_change() {
    let mut bytes = Vec::new();
    let mut expected = vec![Item::Head(Head::Mp3)];
    for number in 0..20 {
        bytes.extend(frame(number));
        expected.push(Item::transcoded(frame(number).into()));
        // As Icecast has it: a text when the title changes, also to the one it was.
        match number {
            4 | 14 => bytes.extend(block(b"StreamTitle='known';")),
            9 => bytes.extend(block("StreamTitle='A - 二';".as_bytes())),
            _ => bytes.push(0),
        }
        if number == 9 {
            let artist = Some("A".into());
            expected.push(Item::Tags(Tags {
                artist,
                ..title("二")
            }));
        }
        if number == 14 {
            expected.push(Item::Tags(title("known")));
        }
    }
    for cut in [1, 333, 100_000] {
        let mut reader = Demux::new(Some("417"), Some(title("known")));
        assert_eq!(demux(&mut reader, &bytes, cut), expected, "{cut}");
        let counts = reader.counts();
        assert_eq!((counts.frames, counts.lost_pages), (20, 0));
    }
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_do_no_harm(
        pieces in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..500),
                Just(headers(&mut Mux::new(1), "song", 312)),
                Just(include_bytes!("../transcode/samples/a440.ogg").to_vec()),
                Just(include_bytes!("../transcode/samples/a440.mp3")[..2000].to_vec()),
                (0..200_u8).prop_map(frame),
                Just(block(b"StreamTitle='a - b';")),
            ],
            0..12,
        ),
        cuts in proptest::collection::vec(1_usize..3000, 1..10),
        metaint in proptest::option::of(1_usize..600),
    ) {
        let bytes = pieces.concat();
        let metaint = metaint.map(|metaint| metaint.to_string());
        let mut reader = Demux::new(metaint.as_deref(), None);
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, tail) = rest.split_at((*cut).min(rest.len()));
            rest = tail;
            let outcome = reader.push(piece, |item| {
                if let Item::Frame { data, relayed } = item {
                    assert!(!data.is_empty() && (!relayed || opus::is_relayable(&data)));
                }
            });
            if outcome.is_err() {
                break;
            }
        }
    }
}
