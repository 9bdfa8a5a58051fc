//! Joins what a new connection brings to what the ring already has.
//!
//! A server greets each connection with the last seconds it sent (Icecast: 64 kB, 4 s at
//! 128 kbit/s). After a cut of one second, three of those four were already in the ring: playing
//! them again would be heard as a jump back. They are the same bytes, though, so the place where
//! the new connection overlaps the old one can be found by comparing packets, and exactly the
//! missed ones are appended. A cut shorter than the cushion is not heard at all, and one that is
//! longer costs silence but no music.
//!
//! Where nothing overlaps (a longer cut, a restarted encoder) everything new is appended.

use bytes::Bytes;

use super::{demux::Item, opus::Tags};

/// Filters the beginning of a connection. Everything passes once the overlap is known.
#[derive(Debug)]
pub(crate) struct Splice {
    /// What the ring has, oldest first.
    recent: Vec<Bytes>,
    /// Tags that were announced last.
    known: Option<Tags>,
    /// Where in `recent` the connection may have begun: everything since agrees.
    candidates: Vec<usize>,
    /// The earliest beginning that agreed up to the end of `recent`. Candidates are ambiguous only
    /// within silence, where the longest agreement is the likeliest.
    found: Option<usize>,
    /// Held back until the overlap is known. At most one packet more than `recent`, each with
    /// tags before it.
    held: Vec<Item>,
    held_packets: usize,
    settled: bool,
}

impl Splice {
    /// `recent` is what the ring has, oldest first; `known` are the tags announced last.
    pub(crate) fn new(recent: Vec<Bytes>, known: Option<Tags>) -> Self {
        Self {
            candidates: (0..recent.len()).collect(),
            settled: recent.is_empty(),
            recent,
            known,
            found: None,
            held: Vec::new(),
            held_packets: 0,
        }
    }

    /// Takes the next item and gives out those that are new.
    pub(crate) fn push(&mut self, item: Item, mut emit: impl FnMut(Item)) {
        if self.settled {
            emit(item);
            return;
        }
        match &item {
            Item::Tags(_) => {
                // Streams without packets may follow each other for ever.
                self.held.pop_if(|last| matches!(last, Item::Tags(_)));
                self.held.push(item);
            }
            Item::Packet(packet) => {
                let index = self.held_packets;
                self.candidates
                    .retain(|begin| self.recent.get(begin + index) == Some(packet));
                self.held.push(item);
                self.held_packets += 1;
                let length = self.recent.len();
                let held = self.held_packets;
                let found = &mut self.found;
                self.candidates.retain(|begin| {
                    let complete = begin + held == length;
                    if complete && found.is_none_or(|earlier| *begin < earlier) {
                        *found = Some(*begin);
                    }
                    !complete
                });
                if self.candidates.is_empty() {
                    self.settle(emit);
                }
            }
        }
    }

    /// Packets at the beginning of the connection that the ring had already.
    fn overlap(&self) -> usize {
        self.found.map_or(0, |begin| self.recent.len() - begin)
    }

    fn settle(&mut self, mut emit: impl FnMut(Item)) {
        let overlap = self.overlap();
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

    fn splice(recent: &[u32], known: Option<&str>, incoming: &[Item]) -> Vec<Item> {
        let recent = recent.iter().copied().map(packet).collect();
        let mut splice = Splice::new(recent, known.map(tags));
        let mut out = Vec::new();
        for item in incoming {
            splice.push(item.clone(), |item| out.push(item));
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
        assert_eq!(splice(&[], None, &incoming), incoming);
    }

    #[test]
    fn only_what_was_missed_is_appended() {
        let mut incoming = vec![Item::Tags(tags("a"))];
        incoming.extend(packets(60..130));
        assert_eq!(
            splice(&range(0..100), Some("a"), &incoming),
            packets(100..130)
        );
    }

    #[test]
    fn a_longer_cut_appends_everything() {
        let mut incoming = vec![Item::Tags(tags("a"))];
        incoming.extend(packets(150..170));
        assert_eq!(splice(&range(0..100), Some("b"), &incoming), incoming);
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
        assert_eq!(splice(&range(0..100), Some("a"), &incoming), expected);
    }

    #[test]
    fn silence_does_not_mislead() {
        // Music, silence in the middle, music; the connection begins within the silence.
        let song: Vec<u32> = range(0..40)
            .into_iter()
            .chain([7777; 20])
            .chain(40..80)
            .collect();
        let begin = 45;
        let incoming = packets(song[begin..].iter().copied().chain(80..90));
        assert_eq!(splice(&song, None, &incoming), packets(80..90));
        // The ring ends in silence, which goes on.
        let song: Vec<u32> = range(0..40).into_iter().chain([7777; 20]).collect();
        let incoming = packets([7777; 25].into_iter().chain(40..45));
        assert_eq!(
            splice(&song, None, &incoming),
            packets([7777; 5].into_iter().chain(40..45))
        );
    }

    #[test]
    fn streams_without_packets_are_not_hoarded() {
        let mut splice = Splice::new(vec![packet(1)], None);
        for number in 0..1000 {
            splice.push(Item::Tags(tags(&number.to_string())), |_| {});
        }
        assert_eq!(splice.held.len(), 1);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_repeated(
            // Few distinct values: the hard case, silences everywhere.
            song in proptest::collection::vec(0_u32..50, 1..200),
            cut in 0_usize..200,
            back in 1_usize..200,
        ) {
            // A marker makes the beginning of the new connection unmistakable.
            let cut = cut.min(song.len());
            let begin = cut.saturating_sub(back);
            let mut song = song;
            if begin < song.len() {
                song[begin] = 1_000_000;
            }
            let out = splice(&song[..cut], None, &packets(song[begin..].iter().copied()));
            prop_assert_eq!(out, packets(song[cut..].iter().copied()));
        }

        #[test]
        fn what_is_held_is_bounded(
            recent in proptest::collection::vec(0_u32..2, 0..60),
            incoming in proptest::collection::vec(0_u32..2, 0..200),
        ) {
            let bound = recent.len();
            let mut splice = Splice::new(recent.into_iter().map(packet).collect(), None);
            for item in packets(incoming) {
                splice.push(item, |_| {});
                prop_assert!(splice.held_packets <= bound + 1);
            }
        }
    }
}
