//! Pages -> packets, of one logical stream after another.

#[cfg(test)]
mod tests;

use bytes::{Bytes, BytesMut};

use super::page::Page;

/// Bytes of one packet that are kept. Audio packets are far smaller; a comment header may carry a
/// cover of megabytes, of which only the beginning is of interest. The rest is dropped.
pub(crate) const MAX_PACKET: usize = 64 * 1024;
/// Streams beside the followed one whose serials are remembered; more are treated as unknown.
const MAX_OTHERS: usize = 8;

/// One packet of the followed logical stream.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Packet {
    /// Its bytes, the first [`MAX_PACKET`] of them. May be empty: some encoders end a stream so.
    pub(crate) data: Bytes,
    /// It is the first of a logical stream, the codec's identification header.
    pub(crate) first: bool,
    /// Pages were lost before it, or the stream was entered in its middle.
    pub(crate) after_gap: bool,
}

/// Puts packets together.
///
/// Follows one logical stream until the next begins, with a new serial number or with the same one
/// again (both are seen: liquidsoap draws a new one per song, ezstream uses one for ever). Of
/// streams that run beside each other it follows the one whose first packet `wanted` accepts.
#[derive(Debug)]
pub(crate) struct Assembler {
    wanted: fn(&[u8]) -> bool,
    followed: Option<Followed>,
    /// Serials of streams that are not wanted, so that their pages are not taken for a wanted
    /// stream whose beginning was lost.
    others: Vec<u32>,
    lost_pages: u64,
}

#[derive(Debug)]
struct Followed {
    serial: u32,
    sequence: u32,
    /// The beginning of a packet that continues on the next page.
    partial: Option<BytesMut>,
    after_gap: bool,
    /// A packet other than the first was seen: a stream that begins now is a new one, not one
    /// beside this one (all beginnings of a group come before any other page, RFC 3533 §4).
    under_way: bool,
}

impl Assembler {
    /// Follows the streams whose first packet `wanted` accepts.
    pub(crate) const fn new(wanted: fn(&[u8]) -> bool) -> Self {
        Self {
            wanted,
            followed: None,
            others: Vec::new(),
            lost_pages: 0,
        }
    }

    /// Holes in the numbering of the pages. A listener who joins gets the headers and then pages
    /// from the middle, so each connection usually has one, which [`super::super::demux`] knows.
    pub(crate) const fn lost_pages(&self) -> u64 {
        self.lost_pages
    }

    /// Takes a page and gives the packets that end on it.
    pub(crate) fn page(&mut self, page: &Page) -> Vec<Packet> {
        if page.first {
            self.begin(page);
        } else if !self.others.contains(&page.serial)
            && self
                .followed
                .as_ref()
                .is_some_and(|followed| followed.serial != page.serial)
        {
            // A page of a stream whose beginning was lost. There was a wanted stream before, so
            // this is taken for the next one: one page lost must not cost a whole song.
            self.followed = Some(Followed::entered(page));
            self.lost_pages += 1;
        }
        let Some(followed) = self
            .followed
            .as_mut()
            .filter(|followed| followed.serial == page.serial)
        else {
            return Vec::new();
        };
        if !page.first && page.sequence != followed.sequence.wrapping_add(1) {
            self.lost_pages += 1;
            followed.partial = None;
            followed.after_gap = true;
        }
        followed.sequence = page.sequence;
        followed.packets(page)
    }

    fn begin(&mut self, page: &Page) {
        let length = first_packet_length(page);
        let wanted = (self.wanted)(&page.body[..length]);
        if let Some(followed) = &self.followed
            && !followed.under_way
            && !wanted
        {
            self.remember_other(page.serial);
            return;
        }
        if self
            .followed
            .as_ref()
            .is_some_and(|followed| followed.under_way)
        {
            self.others.clear();
        }
        if wanted {
            self.others.retain(|serial| *serial != page.serial);
            self.followed = Some(Followed::begun(page));
        } else {
            self.followed = None;
            self.remember_other(page.serial);
        }
    }

    fn remember_other(&mut self, serial: u32) {
        if self.others.len() < MAX_OTHERS && !self.others.contains(&serial) {
            self.others.push(serial);
        }
    }
}

impl Followed {
    const fn begun(page: &Page) -> Self {
        Self {
            serial: page.serial,
            sequence: page.sequence,
            partial: None,
            after_gap: false,
            under_way: false,
        }
    }

    const fn entered(page: &Page) -> Self {
        Self {
            serial: page.serial,
            sequence: page.sequence.wrapping_sub(1),
            partial: None,
            after_gap: true,
            under_way: true,
        }
    }

    fn packets(&mut self, page: &Page) -> Vec<Packet> {
        let mut packets = Vec::new();
        // The rest of a packet whose beginning is not here is passed over; the beginning of one
        // whose rest is not here is given up.
        let mut pass_over = page.continued && self.partial.is_none();
        if !page.continued && self.partial.take().is_some() {
            self.after_gap = true;
        }
        let mut body = page.body.clone();
        let mut start = 0;
        let mut end = 0;
        let mut first = page.first;
        for lacing in page.lacing.iter().copied() {
            end += usize::from(lacing);
            if lacing == 255 {
                continue;
            }
            let piece = body.slice(start..end);
            start = end;
            if pass_over {
                pass_over = false;
                self.after_gap = true;
                continue;
            }
            let data = match self.partial.take() {
                Some(mut partial) => {
                    append_bounded(&mut partial, &piece);
                    partial.freeze()
                }
                None => piece.slice(..piece.len().min(MAX_PACKET)),
            };
            packets.push(Packet {
                data,
                first,
                after_gap: std::mem::take(&mut self.after_gap),
            });
            self.under_way |= !first;
            first = false;
        }
        if end > start && !pass_over {
            let partial = self.partial.get_or_insert_default();
            append_bounded(partial, &body.split_off(start));
        }
        packets
    }
}

fn append_bounded(packet: &mut BytesMut, piece: &[u8]) {
    let room = MAX_PACKET.saturating_sub(packet.len());
    packet.extend_from_slice(&piece[..piece.len().min(room)]);
}

/// How much of the page's body is its first packet, or the beginning of it.
fn first_packet_length(page: &Page) -> usize {
    let mut length = 0;
    for lacing in page.lacing.iter().copied() {
        length += usize::from(lacing);
        if lacing < 255 {
            break;
        }
    }
    length
}
