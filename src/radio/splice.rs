//! Joins what a new connection brings to what the ring already has.
//!
//! A server greets each connection with the last seconds it sent (Icecast: 64 kB, 4 s at
//! 128 kbit/s). After a cut of one second, three of those four were already in the ring: playing
//! them again would be heard as a jump back. They are the same bytes, though, so the place where
//! the new connection overlaps the old one can be found by comparing packets, and exactly the
//! missed ones are appended. A cut shorter than the cushion is not heard at all, and one that is
//! longer costs silence but no music.
//!
//! Music never repeats a packet, but silence and test tones do: then several overlaps agree, and
//! the clock decides between them, since what was missed is as long as the cut. Where nothing
//! overlaps (a longer cut, a restarted encoder) everything new is appended.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use tracing::debug;

use super::{demux::Item, opus::Tags};

/// How long after its first packet the greeting has arrived: from then on packets come as they
/// are played. Short enough for the cushion to bear it.
const GREETING: Duration = Duration::from_millis(300);
/// Packets held back at most; more come only from a server that sends much too fast.
const MAX_HELD: usize = 1024;
/// What one packet lasts, in milliseconds.
const PACKET_MS: u128 = 20;

/// Filters the beginning of a connection. Everything passes once the overlap is known.
#[derive(Debug)]
pub(crate) struct Splice {
    /// What the ring has, oldest first.
    recent: Vec<Bytes>,
    /// When the newest of it arrived.
    arrived: Instant,
    /// Tags that were announced last.
    known: Option<Tags>,
    /// Where in `recent` the connection may have begun: everything since agrees.
    candidates: Vec<usize>,
    /// How many packets overlap, according to candidates that agreed up to the end of `recent`.
    overlaps: Vec<usize>,
    /// Held back until the overlap is known; each packet with at most one set of tags before it.
    held: Vec<Item>,
    held_packets: usize,
    deadline: Option<Instant>,
    settled: bool,
}

impl Splice {
    /// `recent` is what the ring has, oldest first, the newest of it since `arrived`; `known` are
    /// the tags announced last.
    pub(crate) fn new(recent: Vec<Bytes>, arrived: Instant, known: Option<Tags>) -> Self {
        Self {
            candidates: (0..recent.len()).collect(),
            settled: recent.is_empty(),
            recent,
            arrived,
            known,
            overlaps: Vec::new(),
            held: Vec::new(),
            held_packets: 0,
            deadline: None,
        }
    }

    /// When [`Splice::expire`] is due, if it is.
    pub(crate) const fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Takes the next item and gives out those that are new.
    pub(crate) fn push(&mut self, item: Item, now: Instant, mut emit: impl FnMut(Item)) {
        if self.settled {
            emit(item);
            return;
        }
        if let Item::Packet(packet) = &item {
            self.compare(packet);
            self.deadline.get_or_insert(now + GREETING);
        } else {
            // Streams without packets may follow each other for ever.
            self.held.pop_if(|last| matches!(last, Item::Tags(_)));
        }
        self.held.push(item);
        let clear = self.held_packets > 0 && self.candidates.is_empty() && self.overlaps.len() <= 1;
        if clear || self.held_packets >= MAX_HELD / 2 {
            self.settle(self.likeliest(now), emit);
        }
    }

    /// The greeting is over, and so is the comparing: to be called at the deadline.
    pub(crate) fn expire(&mut self, now: Instant, emit: impl FnMut(Item)) {
        self.settle(self.likeliest(now), emit);
    }

    fn compare(&mut self, packet: &Bytes) {
        let index = self.held_packets;
        self.held_packets += 1;
        let (recent, overlaps) = (&self.recent, &mut self.overlaps);
        self.candidates.retain(|begin| {
            let agrees = recent.get(begin + index) == Some(packet);
            let complete = begin + index + 1 == recent.len();
            if agrees && complete {
                overlaps.push(recent.len() - begin);
            }
            agrees && !complete
        });
    }

    /// The overlap that leaves as much new as was missed. Candidates that are still open are none:
    /// they say that the server is behind what it sent before.
    fn likeliest(&self, now: Instant) -> usize {
        if self.candidates.is_empty()
            && let [overlap] = self.overlaps[..]
        {
            return overlap;
        }
        let missed = now.saturating_duration_since(self.arrived).as_millis() / PACKET_MS;
        let missed = usize::try_from(missed).unwrap_or(usize::MAX);
        // None at all is always possible.
        let possible = self.overlaps.iter().copied().chain([0]);
        possible
            .min_by_key(|overlap| (self.held_packets - overlap).abs_diff(missed))
            .unwrap_or(0)
    }

    fn settle(&mut self, overlap: usize, mut emit: impl FnMut(Item)) {
        debug!(
            overlap,
            new = self.held_packets - overlap,
            "the new connection is joined to the old one"
        );
        let mut seen = 0;
        let mut current = None;
        for item in self.held.drain(..) {
            match item {
                Item::Tags(tags) if seen < overlap => current = Some(tags),
                Item::Packet(_) if seen < overlap => seen += 1,
                item => {
                    announce(&mut current, self.known.as_ref(), &mut emit);
                    emit(item);
                }
            }
        }
        announce(&mut current, self.known.as_ref(), &mut emit);
        self.settled = true;
        self.deadline = None;
        self.recent = Vec::new();
    }
}

/// Tags from within the overlap are news only if they changed while nobody listened.
fn announce(current: &mut Option<Tags>, known: Option<&Tags>, emit: &mut impl FnMut(Item)) {
    if let Some(tags) = current.take()
        && known != Some(&tags)
    {
        emit(Item::Tags(tags));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packet(number: u32) -> Bytes {
        Bytes::copy_from_slice(&number.to_be_bytes())
    }

    fn packets(numbers: impl IntoIterator<Item = u32>) -> Vec<Item> {
        numbers
            .into_iter()
            .map(|number| Item::Packet(packet(number)))
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
        let mut splice = Splice::new(recent, arrived, known.map(tags));
        let mut out = Vec::new();
        for item in incoming {
            splice.push(item.clone(), now, |item| out.push(item));
        }
        if splice.deadline().is_some() {
            splice.expire(now, |item| out.push(item));
        }
        out
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
        let mut splice = Splice::new(vec![packet(1)], now, None);
        for number in 0..1000 {
            splice.push(Item::Tags(tags(&number.to_string())), now, |_| {});
        }
        assert_eq!(splice.held.len(), 1);
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
            let mut splice = Splice::new(vec![packet(0); 60], now, None);
            for item in packets(incoming) {
                splice.push(item, now, |_| {});
                prop_assert!(splice.held.len() <= MAX_HELD);
            }
        }
    }
}
