//! With real encoders' output: a second and a half of 440 or 660 Hz each, made by ffmpeg.

use proptest::prelude::*;

use super::*;
use crate::radio::{
    demux::{Codec, Demux},
    encode::tests::decode,
    opus,
};

const VORBIS: [&[u8]; 2] = [
    include_bytes!("samples/a440.ogg"),
    include_bytes!("samples/b660.ogg"),
];
const MP3: [&[u8]; 2] = [
    include_bytes!("samples/a440.mp3"),
    include_bytes!("samples/b660.mp3"),
];
const OPUS: [&[u8]; 2] = [
    include_bytes!("samples/a440-60ms.opus"),
    include_bytes!("samples/a440-2.5ms.opus"),
];

fn items(bytes: &[u8]) -> (Vec<Item>, Option<Codec>) {
    let mut demux = Demux::new(None, None);
    let mut items = Vec::new();
    demux.push(bytes, |item| items.push(item)).unwrap();
    (items, demux.codec())
}

fn transcode(bytes: &[u8]) -> (Vec<Sound>, u64) {
    let mut transcoder = Transcoder::new().unwrap();
    let sounds = transcoder.run(items(bytes).0);
    for sound in &sounds {
        if let Sound::Packet(packet) = sound {
            assert!(opus::is_relayable(packet));
        }
    }
    (sounds, transcoder.undecodable())
}

/// The pitch in Hz and the level (RMS) of each packet.
fn heard(sounds: &[Sound]) -> Vec<(f32, f32)> {
    let packets: Vec<_> = sounds
        .iter()
        .filter_map(|sound| match sound {
            Sound::Packet(packet) => Some(packet.clone()),
            Sound::Tags(_) => None,
        })
        .collect();
    let pcm = decode(&packets);
    // Windows of three packets: enough of a tone to count its cycles.
    pcm.chunks_exact(1920)
        .collect::<Vec<_>>()
        .windows(3)
        .map(|window| {
            let left: Vec<f32> = window.concat().into_iter().step_by(2).collect();
            let rising: Vec<usize> = (1..left.len())
                .filter(|at| left[at - 1] < 0.0 && left[*at] >= 0.0)
                .collect();
            let pitch = match rising[..] {
                [first, .., last] => (rising.len() - 1) as f32 * 48_000.0 / (last - first) as f32,
                _ => 0.0,
            };
            let power: f32 = left.iter().map(|value| value * value).sum();
            (pitch, (power / left.len() as f32).sqrt())
        })
        .collect()
}

fn is_near(pitch: f32, expected: f32) -> bool {
    (pitch - expected).abs() < expected * 0.01
}

#[test]
fn every_codec_is_heard_as_it_was_meant() {
    for (bytes, pitch, codec) in [
        (VORBIS[0], 440.0, Codec::Vorbis),
        (VORBIS[1], 660.0, Codec::Vorbis),
        (MP3[0], 440.0, Codec::Mp3),
        (MP3[1], 660.0, Codec::Mp3),
        (OPUS[0], 440.0, Codec::Opus),
        (OPUS[1], 440.0, Codec::Opus),
    ] {
        assert_eq!(items(bytes).1, Some(codec));
        let (sounds, undecodable) = transcode(bytes);
        assert_eq!(undecodable, 0);
        let heard = heard(&sounds);
        assert!((70..=80).contains(&heard.len()), "{} packets", heard.len());
        for (number, (found, level)) in heard[10..heard.len() - 6].iter().enumerate() {
            assert!(is_near(*found, pitch), "{number}: {found} Hz for {pitch}");
            // ffmpeg's sine has an amplitude of 1/8, and 3 dB less when it is made stereo.
            assert!(
                (0.055..0.095).contains(level),
                "{codec} {pitch}, {number}: {level}"
            );
        }
    }
}

#[test]
fn songs_follow_each_other_with_their_tags_and_without_a_gap() {
    for songs in [VORBIS, OPUS] {
        let bytes = [songs[0], songs[1], songs[0]].concat();
        let (sounds, undecodable) = transcode(&bytes);
        assert_eq!(undecodable, 0);
        let mut packets = 0;
        let mut begins = Vec::new();
        for sound in &sounds {
            match sound {
                Sound::Tags(tags) => begins.push((packets, tags.title.clone().unwrap())),
                Sound::Packet(_) => packets += 1,
            }
        }
        let places: Vec<usize> = begins.iter().map(|begin| begin.0).collect();
        assert_eq!(places[0], 0);
        for (number, place) in places.iter().enumerate() {
            assert!(place.abs_diff(75 * number) <= 4, "{places:?}");
        }
        assert_eq!(begins[0].1, begins[2].1);
        // There is no more silence between them than the encoders put there, to fill the last
        // packet: 60 ms of Opus here, a block of Vorbis.
        let levels: Vec<f32> = heard(&sounds).iter().map(|heard| heard.1).collect();
        let quiet = levels[10..215].iter().filter(|level| **level < 0.05);
        assert!(quiet.count() <= 8, "{levels:?}");
        assert!(
            levels[10..215].iter().all(|level| *level > 0.01),
            "{levels:?}"
        );
    }
}

#[test]
fn a_listener_who_joins_in_the_middle_hears_the_rest() {
    let mp3 = MP3[0];
    let (sounds, _) = transcode(&mp3[mp3.len() / 2..]);
    let heard = heard(&sounds);
    assert!(heard.len() > 25);
    for (found, _) in &heard[8..heard.len() - 6] {
        assert!(is_near(*found, 440.0), "{found} Hz");
    }
}

#[test]
fn a_damaged_frame_costs_its_own_time() {
    let (mut items, _) = items(VORBIS[0]);
    let whole = Transcoder::new().unwrap().run(items.clone()).len();
    for item in items.iter_mut().skip(20).step_by(7) {
        if let Item::Frame { data, .. } = item {
            *data = Bytes::from_static(&[0xff; 40]);
        }
    }
    let mut transcoder = Transcoder::new().unwrap();
    let damaged = transcoder.run(items).len();
    assert!(transcoder.undecodable() > 3);
    assert!(whole.abs_diff(damaged) <= 8, "{whole} and {damaged}");
}

/// At which symphonia's decoder panics.
#[test]
fn a_damaged_table_of_codewords_costs_the_stream_its_decoder_and_nothing_else() {
    let (mut items, _) = items(VORBIS[0]);
    for item in &mut items {
        if let Item::Head(Head::Vorbis { setup, .. }) = item {
            let mut damaged = setup.to_vec();
            let place = 1778 % damaged.len();
            damaged[place] ^= 0xff;
            *setup = damaged.into();
        }
    }
    let mut transcoder = Transcoder::new().unwrap();
    assert!(
        transcoder
            .run(items)
            .iter()
            .all(|it| !matches!(it, Sound::Packet(_)))
    );
    assert!(transcoder.undecodable() > 0);
    assert!(!transcoder.run(self::items(MP3[0]).0).is_empty());
}

#[test]
fn the_length_of_a_frame_is_known_once_some_were_heard() {
    let mut transcoder = Transcoder::new().unwrap();
    assert_eq!(transcoder.frame_duration(), None);
    transcoder.run(items(MP3[0]).0);
    // 1152 samples at 44.1 kHz.
    let millis = transcoder.frame_duration().unwrap().as_millis();
    assert!((24..=27).contains(&millis), "{millis} ms");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn damage_anywhere_gives_sound_or_none_and_never_harm(
        song in 0_usize..6,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
        has_right_checksums: bool,
    ) {
        let mut bytes = [VORBIS, MP3, OPUS].concat()[song].to_vec();
        if has_right_checksums {
            // Damage that the container does not notice.
            let (mut items, _) = items(&bytes);
            for (at, value) in damage {
                let at = at.index(items.len());
                let data = match &mut items[at] {
                    Item::Frame { data, .. } => data,
                    Item::Head(Head::Vorbis { setup, .. }) => setup,
                    _ => continue,
                };
                let mut damaged = data.to_vec();
                let place = usize::from(value) * 7 % damaged.len();
                damaged[place] ^= value | 1;
                *data = damaged.into();
            }
            for sound in Transcoder::new().unwrap().run(items) {
                if let Sound::Packet(packet) = sound {
                    prop_assert!(opus::is_relayable(&packet));
                }
            }
        } else {
            for (at, value) in damage {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            let mut demux = Demux::new(None, None);
            let mut items = Vec::new();
            if demux.push(&bytes, |item| items.push(item)).is_ok() {
                Transcoder::new().unwrap().run(items);
            }
        }
    }
}
