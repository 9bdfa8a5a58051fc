//! What a stream says about itself.

/// Texts are kept up to this many bytes: they are shown in one line.
const MAX_TAG_BYTES: usize = 512;

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

/// Reads comments as Vorbis has them (<https://xiph.org/vorbis/doc/v-comment.html>), and Opus with it
/// ([RFC 7845 §5.2](https://www.rfc-editor.org/rfc/rfc7845#section-5.2)), as far as they go:
/// what is cut off or wrong gives the tags before the damage.
/// `rest` is a comment header without the magic it begins with.
pub(crate) fn comments(mut rest: &[u8]) -> Tags {
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
pub(crate) fn clean(bytes: &[u8]) -> Option<String> {
    let bytes = &bytes[..bytes.len().min(MAX_TAG_BYTES)];
    let text: String = String::from_utf8_lossy(bytes)
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    // A cut in the middle of a character leaves replacement characters at the end.
    let text = text.trim_end_matches(char::REPLACEMENT_CHARACTER).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A comment header that begins with this magic.
    pub(crate) fn comment_header(magic: &[u8], comments: &[&str]) -> Vec<u8> {
        let mut header = magic.to_vec();
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
    fn reads_the_tags_in_any_case_and_several_artists() {
        let header = comment_header(
            b"",
            &[
                "ENCODER=x",
                "title= 夜に駆ける\u{0} ",
                "Artist=Ayase",
                "nonsense",
                "ARTIST=ikura",
                "ALBUM=",
            ],
        );
        assert_eq!(
            comments(&header),
            Tags {
                title: Some("夜に駆ける".into()),
                artist: Some("Ayase, ikura".into()),
                vendor: Some("the tests".into()),
            }
        );
    }

    #[test]
    fn a_cut_header_gives_what_came_before_the_cut() {
        let header = comment_header(b"", &["TITLE=a song", "ARTIST=somebody"]);
        assert_eq!(
            comments(&header[..header.len() - 1]).title.as_deref(),
            Some("a song")
        );
        assert_eq!(comments(&header[..header.len() - 1]).artist, None);
    }

    #[test]
    fn a_long_title_is_cut_between_characters() {
        let header = comment_header(b"", &[&format!("TITLE=a{}", "あ".repeat(1000))]);
        let title = comments(&header).title.unwrap();
        assert!(title.len() <= MAX_TAG_BYTES && title.ends_with('あ'));
    }

    proptest! {
        #[test]
        fn arbitrary_headers_do_no_harm(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            texts in proptest::collection::vec(".{0,40}=.{0,40}", 0..6),
        ) {
            let _ = comments(&bytes);
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let header = comment_header(b"", &texts);
            for end in 0..header.len() {
                let _ = comments(&header[..end]);
            }
        }
    }
}
