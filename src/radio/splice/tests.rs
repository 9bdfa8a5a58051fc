use proptest::prelude::*;

use super::*;

fn packet(number: u32) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

fn packets(numbers: impl IntoIterator<Item = u32>) -> Vec<Item> {
    numbers
        .into_iter()
        .map(|number| Item::Frame {
            data: packet(number),
            relayed: true,
        })
        .collect()
}

fn tags(title: &str) -> Tags {
    Tags {
        title: Some(title.into()),
        ..Tags::default()
    }
}

/// What is new after a cut that lasted so many packets.
fn splice(recent: &[u32], known: Option<&str>, missed: u32, incoming: &[Item]) -> Vec<Item> {
    let recent = recent.iter().copied().map(packet).collect();
    let arrived = Instant::now();
    let now = arrived + Duration::from_millis(20) * missed;
    let mut splice = Splice::new(past(recent, arrived, known.map(tags)));
    let mut out = Vec::new();
    for item in incoming {
        splice.push(item.clone(), now, |item| out.push(item));
    }
    if splice.deadline().is_some() {
        splice.expire(now, |item| out.push(item));
    }
    out
}

fn past(frames: Vec<Bytes>, arrived: Instant, tags: Option<Tags>) -> Past {
    Past {
        frames,
        arrived,
        frame: Duration::from_millis(20),
        tags,
        head: Some(Head::Opus { gain: 1 }),
    }
}

fn range(numbers: std::ops::Range<u32>) -> Vec<u32> {
    numbers.collect()
}

#[test]
fn a_first_connection_passes_untouched() {
    let mut incoming = vec![Item::Tags(tags("a"))];
    incoming.extend(packets(0..5));
    assert_eq!(splice(&[], None, 0, &incoming), incoming);
}

#[test]
fn only_what_was_missed_is_appended() {
    let mut incoming = vec![Item::Tags(tags("a"))];
    incoming.extend(packets(60..130));
    let out = splice(&range(0..100), Some("a"), 30, &incoming);
    assert_eq!(out, packets(100..130));
}

#[test]
fn a_longer_cut_appends_everything() {
    let mut incoming = vec![Item::Tags(tags("a"))];
    incoming.extend(packets(150..170));
    let out = splice(&range(0..100), Some("b"), 70, &incoming);
    assert_eq!(out, incoming);
}

#[test]
fn a_song_that_began_during_the_cut_is_announced_where_it_begins() {
    let mut incoming = vec![Item::Tags(tags("a"))];
    incoming.extend(packets(90..110));
    incoming.push(Item::Tags(tags("b")));
    incoming.extend(packets(110..120));
    let mut expected = packets(100..110);
    expected.push(Item::Tags(tags("b")));
    expected.extend(packets(110..120));
    let out = splice(&range(0..100), Some("a"), 20, &incoming);
    assert_eq!(out, expected);
}

#[test]
fn a_decoder_goes_on_where_nothing_is_missing() {
    let known = Item::Head(Head::Opus { gain: 1 });
    let incoming = |head: Item, frames| {
        let mut incoming = vec![head];
        incoming.extend(packets(frames));
        incoming
    };
    // It heard all of it before: no new decoder.
    let out = splice(&range(0..100), None, 10, &incoming(known.clone(), 60..110));
    assert_eq!(out, packets(100..110));
    // It did not.
    let new = incoming(known, 150..160);
    assert_eq!(splice(&range(0..100), None, 60, &new), new);
    // It was another one.
    let other = Item::Head(Head::Mp3);
    let out = splice(&range(0..100), None, 10, &incoming(other.clone(), 60..110));
    assert_eq!(out, incoming(other, 100..110));
}

#[test]
fn silence_does_not_mislead() {
    let silence = [7777; 20];
    // Music, silence, music; the new connection begins within the silence.
    let song: Vec<u32> = (0..40).chain(silence).chain(40..80).collect();
    let incoming = packets(song[45..].iter().copied().chain(80..90));
    assert_eq!(splice(&song, None, 10, &incoming), packets(80..90));
    // The ring ends in silence, which goes on.
    let song: Vec<u32> = (0..40).chain(silence).collect();
    let incoming = packets([7777; 25].into_iter().chain(40..45));
    let expected = packets([7777; 5].into_iter().chain(40..45));
    assert_eq!(splice(&song, None, 10, &incoming), expected);
}

#[test]
fn a_steady_tone_goes_on_at_the_right_place() {
    // The same few packets over and over: too long an overlap would swallow what was missed,
    // too short a one would play it twice.
    let song: Vec<u32> = [1, 2, 3].into_iter().cycle().take(460).collect();
    let (begin, cut) = (150, 350);
    for live in [350, 360, 390, 450] {
        let missed = u32::try_from(live - cut).unwrap();
        let incoming = packets(song[begin..live].iter().copied());
        let out = splice(&song[..cut], None, missed, &incoming);
        assert_eq!(out, incoming[cut - begin..], "{missed} missed");
    }
}

#[test]
fn streams_without_packets_are_not_hoarded() {
    let now = Instant::now();
    let mut splice = Splice::new(past(vec![packet(1)], now, None));
    for number in 0..1000 {
        splice.push(Item::Tags(tags(&number.to_string())), now, |_| {});
        splice.push(Item::Head(Head::Mp3), now, |_| {});
    }
    assert_eq!(splice.held.len(), 2);
}

proptest! {
    #[test]
    fn music_is_neither_lost_nor_repeated_however_wrong_the_clock(
        cut in 1_usize..200,
        back in 1_usize..200,
        missed in 0_usize..150,
        clock in 0_u32..500,
    ) {
        let song = range(0..400);
        let begin = cut.saturating_sub(back);
        let incoming = packets(song[begin..cut + missed].iter().copied());
        let out = splice(&song[..cut], None, clock, &incoming);
        prop_assert_eq!(out, packets(song[cut..cut + missed].iter().copied()));
    }

    #[test]
    fn with_a_right_clock_nothing_misleads(
        // Few distinct values: the hard case, repetitions everywhere.
        song in proptest::collection::vec(0_u32..3, 1..200),
        cut in 0_usize..200,
        back in 1_usize..200,
    ) {
        let cut = cut.min(song.len());
        let begin = cut.saturating_sub(back);
        let incoming = packets(song[begin..].iter().copied());
        let missed = u32::try_from(song.len() - cut).unwrap();
        let out = splice(&song[..cut], None, missed, &incoming);
        prop_assert_eq!(out, packets(song[cut..].iter().copied()));
    }

    #[test]
    fn what_is_held_is_bounded(incoming in proptest::collection::vec(0_u32..2, 0..3000)) {
        let now = Instant::now();
        let mut splice = Splice::new(past(vec![packet(0); 60], now, None));
        for item in packets(incoming) {
            splice.push(item, now, |_| {});
            prop_assert!(splice.held.len() <= MAX_HELD);
        }
    }
}
