//! The radio's part of [`crate::fuzzing`].

use super::{
    demux::{Demux, Item},
    opus, tags,
    transcode::{Sound, Transcoder},
};

/// A body of Ogg (or anything): the first byte is the size of the pieces it comes in. No frame is
/// empty, what is to be relayed can be, and texts are clean.
///
/// # Panics
/// When it is not so.
pub fn ogg(data: &[u8]) {
    body(data, None);
}

/// A body of MP3, likewise.
///
/// # Panics
/// When it is not so.
pub fn mp3(data: &[u8]) {
    body(data, None);
}

/// A body with metadata, likewise: the second byte is the interval.
///
/// # Panics
/// When it is not so.
pub fn icy(data: &[u8]) {
    if let [piece, metaint, rest @ ..] = data {
        let data = [&[*piece], rest].concat();
        body(&data, Some(&metaint.to_string()));
    }
}

fn body(data: &[u8], metaint: Option<&str>) {
    let Some((piece, body)) = data.split_first() else {
        return;
    };
    let mut demux = Demux::new(metaint, None);
    for piece in body.chunks(usize::from(*piece) + 1) {
        let outcome = demux.push(piece, |item| match item {
            Item::Frame { data, relayed } => {
                assert!(!data.is_empty(), "an empty frame");
                assert!(!relayed || opus::is_relayable(&data), "cannot be relayed");
            }
            Item::Tags(tags) => {
                for text in [tags.title, tags.artist, tags.vendor].into_iter().flatten() {
                    assert!(
                        !text.is_empty() && text.len() <= 512,
                        "{} bytes",
                        text.len()
                    );
                    assert!(!text.contains(char::is_control), "a control character");
                }
            }
            Item::Head(_) => {}
        });
        if outcome.is_err() {
            return;
        }
    }
}

/// A packet of Opus, or a header: what is said to last 20 ms must do so for libopus too.
///
/// # Panics
/// When it is not so.
pub fn packet(data: &[u8]) {
    let theirs = opus2::packet::get_nb_samples(data, 48_000).ok();
    let theirs = theirs.filter(|samples| *samples > 0);
    let ours = opus::samples(data).map(usize::from);
    assert!(data.is_empty() || ours == theirs, "{ours:?}, {theirs:?}");
    if opus::is_relayable(data) {
        assert!(ours == Some(960) && data.len() <= 1275, "{ours:?}");
    }
    let _ = (opus::is_head(data), opus::is_tags(data), opus::head(data));
    let _ = tags::comments(data);
}

/// A body of any kind, decoded and encoded: every packet can be relayed.
///
/// # Panics
/// When it is not so.
pub fn transcode(data: &[u8]) {
    let mut demux = Demux::new(None, None);
    let mut items = Vec::new();
    let outcome = demux.push(data, |item| items.push(item));
    let Ok(mut transcoder) = Transcoder::new() else {
        return;
    };
    if outcome.is_ok() {
        for sound in transcoder.run(items) {
            if let Sound::Packet(packet) = sound {
                assert!(opus::is_relayable(&packet), "cannot be relayed");
            }
        }
    }
}
