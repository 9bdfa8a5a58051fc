//! Opus as far as a relay must understand it: its two headers in Ogg
//! ([RFC 7845](https://www.rfc-editor.org/rfc/rfc7845)) and the length of a packet
//! ([RFC 6716 §3](https://www.rfc-editor.org/rfc/rfc6716#section-3)).

/// Samples at 48 kHz in the packets that Discord is sent: 20 ms.
pub(crate) const FRAME_SAMPLES: u16 = 960;
/// The longest packet that is relayed: the longest frame that Opus knows (RFC 6716 §3.2.1). A
/// packet that does not fit into songbird's buffer costs the whole mixer thread.
pub(crate) const MAX_FRAME_BYTES: usize = 1275;
/// A frame of silence, as Discord's documentation has it.
pub(crate) const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];

/// Texts of tags are kept up to this many bytes: they are shown in one line.
const MAX_TAG_BYTES: usize = 512;

/// Whether a logical stream that begins with this packet is Opus.
pub(crate) fn is_head(packet: &[u8]) -> bool {
    // The major version is the upper half of the ninth byte; only 0 is known (RFC 7845 §5.1).
    packet.starts_with(b"OpusHead") && packet.get(8).is_some_and(|version| version >> 4 == 0)
}

/// What a logical stream says about itself: usually the song.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tags {
    /// `TITLE`, trimmed, never empty. Not escaped.
    pub title: Option<String>,
    /// `ARTIST`, several joined by a comma, trimmed, never empty. Not escaped.
    pub artist: Option<String>,
    /// What encoded it.
    pub vendor: Option<String>,
}

/// Whether the packet is the comment header.
pub(crate) fn is_tags(packet: &[u8]) -> bool {
    packet.starts_with(b"OpusTags")
}

/// Reads the comment header (RFC 7845 §5.2) as far as it goes: one that is cut off or wrong gives
/// the tags before the damage.
pub(crate) fn tags(packet: &[u8]) -> Tags {
    let mut rest = packet.get(8..).unwrap_or_default();
    let mut tags = Tags::default();
    let Some(vendor) = take_string(&mut rest) else {
        return tags;
    };
    tags.vendor = clean(vendor);
    let Some(count) = take_length(&mut rest) else {
        return tags;
    };
    for _ in 0..count {
        let Some(comment) = take_string(&mut rest) else {
            break;
        };
        let Some(at) = comment.iter().position(|byte| *byte == b'=') else {
            continue;
        };
        let (name, value) = (&comment[..at], &comment[at + 1..]);
        let field = if name.eq_ignore_ascii_case(b"title") {
            &mut tags.title
        } else if name.eq_ignore_ascii_case(b"artist") {
            &mut tags.artist
        } else {
            continue;
        };
        let Some(value) = clean(value) else {
            continue;
        };
        match field {
            None => *field = Some(value),
            Some(before) if before.len() + value.len() < MAX_TAG_BYTES => {
                before.push_str(", ");
                before.push_str(&value);
            }
            Some(_) => {}
        }
    }
    tags
}

fn take_length(rest: &mut &[u8]) -> Option<usize> {
    let (bytes, tail) = rest.split_first_chunk()?;
    *rest = tail;
    usize::try_from(u32::from_le_bytes(*bytes)).ok()
}

fn take_string<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_length(rest)?;
    let (string, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(string)
}

/// Text of a bounded length without control characters; `None` when nothing is left.
fn clean(bytes: &[u8]) -> Option<String> {
    let bytes = &bytes[..bytes.len().min(MAX_TAG_BYTES)];
    let text: String = String::from_utf8_lossy(bytes)
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    // A cut in the middle of a character leaves replacement characters at the end.
    let text = text.trim_end_matches(char::REPLACEMENT_CHARACTER).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Why a packet cannot be relayed as it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Unfit {
    /// It has no bytes. Liquidsoap ends each stream with one.
    Empty,
    /// It is longer than [`MAX_FRAME_BYTES`].
    Oversized,
    /// Its frames do not add up to 20 ms.
    NotTwentyMs,
}

impl Unfit {
    /// Every reason, in the order of their discriminants.
    pub(crate) const ALL: [Self; 3] = [Self::Empty, Self::Oversized, Self::NotTwentyMs];

    /// The name under which it is counted.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Oversized => "oversized",
            Self::NotTwentyMs => "not_20ms",
        }
    }
}

/// Whether the packet can be sent to Discord untouched.
pub(crate) fn check(packet: &[u8]) -> Result<(), Unfit> {
    if packet.is_empty() {
        Err(Unfit::Empty)
    } else if packet.len() > MAX_FRAME_BYTES {
        Err(Unfit::Oversized)
    } else if samples(packet) == Some(FRAME_SAMPLES) {
        Ok(())
    } else {
        Err(Unfit::NotTwentyMs)
    }
}

/// Samples at 48 kHz that a packet decodes to, `None` when it is malformed (RFC 6716 §3.1).
pub(crate) fn samples(packet: &[u8]) -> Option<u16> {
    let toc = *packet.first()?;
    let frame: u16 = match toc >> 3 {
        // SILK: 10, 20, 40, 60 ms
        config @ 0..=11 => [480, 960, 1920, 2880][usize::from(config % 4)],
        // hybrid: 10, 20 ms
        config @ 12..=15 => [480, 960][usize::from(config % 2)],
        // CELT: 2.5, 5, 10, 20 ms
        config => [120, 240, 480, 960][usize::from(config % 4)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u16::from(packet.get(1)? & 0x3f),
    };
    // 120 ms at most (R5).
    frame
        .checked_mul(frames)
        .filter(|samples| (1..=5760).contains(samples))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An identification header: stereo, 48 kHz.
    pub(crate) fn head(pre_skip: u16) -> Vec<u8> {
        let mut head = b"OpusHead\x01\x02".to_vec();
        head.extend(pre_skip.to_le_bytes());
        head.extend(48_000_u32.to_le_bytes());
        head.extend([0, 0, 0]);
        head
    }

    /// A comment header.
    pub(crate) fn comment_header(comments: &[&str]) -> Vec<u8> {
        let mut header = b"OpusTags".to_vec();
        let mut string = |text: &str| {
            header.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
            header.extend(text.as_bytes());
        };
        string("the tests");
        let count = u32::try_from(comments.len()).unwrap().to_le_bytes();
        header.extend(count);
        for comment in comments {
            header.extend(u32::try_from(comment.len()).unwrap().to_le_bytes());
            header.extend(comment.as_bytes());
        }
        header
    }

    #[test]
    fn reads_the_head() {
        assert!(is_head(&head(312)));
        assert!(!is_head(b"OpusHead"));
        assert!(!is_head(b"OpusHead\x10"));
        assert!(!is_head(b"\x01vorbis"));
    }

    #[test]
    fn reads_the_tags_in_any_case_and_several_artists() {
        let header = comment_header(&[
            "ENCODER=x",
            "title= 夜に駆ける\u{0} ",
            "Artist=Ayase",
            "nonsense",
            "ARTIST=ikura",
            "ALBUM=",
        ]);
        assert!(is_tags(&header));
        assert_eq!(
            tags(&header),
            Tags {
                title: Some("夜に駆ける".into()),
                artist: Some("Ayase, ikura".into()),
                vendor: Some("the tests".into()),
            }
        );
    }

    #[test]
    fn a_cut_header_gives_what_came_before_the_cut() {
        let header = comment_header(&["TITLE=a song", "ARTIST=somebody"]);
        assert_eq!(
            tags(&header[..header.len() - 1]).title.as_deref(),
            Some("a song")
        );
        assert_eq!(tags(&header[..header.len() - 1]).artist, None);
    }

    #[test]
    fn a_long_title_is_cut_between_characters() {
        let header = comment_header(&[&format!("TITLE=a{}", "あ".repeat(1000))]);
        let title = tags(&header).title.unwrap();
        assert!(title.len() <= MAX_TAG_BYTES && title.ends_with('あ'));
    }

    #[test]
    fn only_packets_of_twenty_milliseconds_are_fit() {
        // ffmpeg's: CELT, stereo, one frame of 20 ms.
        assert_eq!(check(&[0xfc, 1, 2]), Ok(()));
        assert_eq!(check(&SILENCE), Ok(()));
        // Two frames of 10 ms.
        assert_eq!(check(&[0xf5, 1, 2]), Ok(()));
        assert_eq!(check(&[]), Err(Unfit::Empty));
        // Two frames of 20 ms.
        assert_eq!(check(&[0xfd, 1, 2]), Err(Unfit::NotTwentyMs));
        assert_eq!(check(&[0xff, 0]), Err(Unfit::NotTwentyMs));
        assert_eq!(check(&[0xff]), Err(Unfit::NotTwentyMs));
        assert_eq!(check(&[0xfc; MAX_FRAME_BYTES]), Ok(()));
        assert_eq!(check(&[0xfc; MAX_FRAME_BYTES + 1]), Err(Unfit::Oversized));
    }

    proptest! {
        #[test]
        fn agrees_with_libopus(packet in proptest::collection::vec(any::<u8>(), 1..40)) {
            let theirs = opus2::packet::get_nb_samples(&packet, 48_000)
                .ok()
                .and_then(|samples| u16::try_from(samples).ok())
                .filter(|samples| *samples > 0);
            prop_assert_eq!(samples(&packet), theirs);
        }

        #[test]
        fn arbitrary_headers_do_no_harm(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            comments in proptest::collection::vec(".{0,40}=.{0,40}", 0..6),
        ) {
            let _ = (is_head(&bytes), tags(&bytes), check(&bytes));
            let comments: Vec<&str> = comments.iter().map(String::as_str).collect();
            let header = comment_header(&comments);
            for end in 0..header.len() {
                let _ = tags(&header[..end]);
            }
        }
    }
}
