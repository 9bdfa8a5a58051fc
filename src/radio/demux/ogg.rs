//! Chained Ogg streams of Opus and Vorbis -> tags and packets.

#[cfg(test)]
pub(crate) mod tests;

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
