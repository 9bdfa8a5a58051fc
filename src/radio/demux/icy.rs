//! ICY metadata: titles between the bytes of a stream that has no place for them, such as MP3.
//!
//! After every so many bytes of audio (`icy-metaint` in the answer's head) comes one byte with the
//! length of a text in units of 16 bytes, and the text, padded with zeros. There is no standard;
//! this is what Icecast sends: `StreamTitle='Artist - Title';`, with apostrophes as they are, and
//! characters that the mount's character set lacks as HTML's numeric references.

use crate::radio::tags::{Tags, clean};

/// What a stream with metadata consists of.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Part<'a> {
    /// Bytes of the audio.
    Audio(&'a [u8]),
    /// The title from here on.
    Tags(Tags),
}

/// Takes a stream with metadata apart. Any bytes may be pushed; at most 4080 are kept.
#[derive(Debug)]
pub(crate) struct Icy {
    interval: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// So many bytes of audio are left.
    Audio(usize),
    /// The next byte is a length.
    Length,
    /// So many bytes of this text are left.
    Text(usize, Vec<u8>),
}

/// The largest interval that is believed: a minute at 128 kbit/s. Servers use 8 or 16 kB.
const MAX_INTERVAL: usize = 1 << 20;

impl Icy {
    /// Reads the value of `icy-metaint`; `None` when there is no metadata.
    pub(crate) fn new(interval: &str) -> Option<Self> {
        let interval = interval.trim().parse().ok()?;
        (1..=MAX_INTERVAL).contains(&interval).then_some(Self {
            interval,
            state: State::Audio(interval),
        })
    }

    /// Takes the next piece of the body.
    pub(crate) fn push<'a>(&mut self, mut bytes: &'a [u8], mut emit: impl FnMut(Part<'a>)) {
        while let Some(first) = bytes.first() {
            match &mut self.state {
                State::Audio(left) => {
                    let (audio, rest) = bytes.split_at((*left).min(bytes.len()));
                    bytes = rest;
                    *left -= audio.len();
                    if *left == 0 {
                        self.state = State::Length;
                    }
                    emit(Part::Audio(audio));
                }
                State::Length => {
                    bytes = &bytes[1..];
                    self.state = match usize::from(*first) * 16 {
                        0 => State::Audio(self.interval),
                        length => State::Text(length, Vec::with_capacity(length)),
                    };
                }
                State::Text(left, text) => {
                    let (piece, rest) = bytes.split_at((*left).min(bytes.len()));
                    bytes = rest;
                    *left -= piece.len();
                    text.extend_from_slice(piece);
                    if *left == 0 {
                        let tags = tags(text);
                        self.state = State::Audio(self.interval);
                        if let Some(tags) = tags {
                            emit(Part::Tags(tags));
                        }
                    }
                }
            }
        }
    }
}

/// The song that a text of metadata names; `None` when it says nothing about one.
fn tags(text: &[u8]) -> Option<Tags> {
    let title = stream_title(text)?;
    let title = decode_references(&decode_characters(title));
    // The hyphen in the middle is the custom of every source.
    let (artist, title) = match title.split_once(" - ") {
        Some((artist, title)) => (clean(artist.as_bytes()), title),
        None => (None, &title[..]),
    };
    Some(Tags {
        title: clean(title.as_bytes()),
        artist,
        vendor: None,
    })
}

/// What stands between `StreamTitle='` and the apostrophe that ends it: the last one before the
/// next field, since those within the title are not escaped.
fn stream_title(text: &[u8]) -> Option<&[u8]> {
    const BEGIN: &[u8] = b"StreamTitle='";
    const NEXT: &[u8] = b"';StreamUrl='";
    let begin = find(text, BEGIN)? + BEGIN.len();
    let rest = &text[begin..];
    let end = rest
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last + 1);
    let rest = &rest[..end];
    if let Some(end) = find(rest, NEXT) {
        return Some(&rest[..end]);
    }
    let rest = rest.strip_suffix(b";").unwrap_or(rest);
    Some(rest.strip_suffix(b"'").unwrap_or(rest))
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// Nobody says which character set it is: UTF-8 where it can be, otherwise Latin-1, to which
/// Icecast converts by default.
fn decode_characters(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().copied().map(char::from).collect(),
    }
}

/// Puts characters in the place of HTML's references to them. Others stay as they are.
fn decode_references(text: &str) -> String {
    /// Of `&#x10ffff;`, with some zeros before the number.
    const LONGEST: usize = 12;
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST).position(|byte| byte == b';');
        let found = end.and_then(|end| Some((character(&rest[1..end])?, end)));
        let (character, end) = found.unwrap_or(('&', 0));
        decoded.push(character);
        rest = &rest[end + 1..];
    }
    decoded.push_str(rest);
    decoded
}

fn character(reference: &str) -> Option<char> {
    match reference {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let number = reference.strip_prefix('#')?;
    let number = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(number)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A block of metadata, with its length in front.
    pub(crate) fn block(text: &[u8]) -> Vec<u8> {
        let units = text.len().div_ceil(16);
        let mut block = vec![u8::try_from(units).unwrap()];
        block.extend(text);
        block.resize(1 + units * 16, 0);
        block
    }

    fn tags_of(text: &str) -> (Option<String>, Option<String>) {
        let tags = tags(&block(text.as_bytes())[1..]).unwrap();
        (tags.artist, tags.title)
    }

    fn some(artist: &str, title: &str) -> (Option<String>, Option<String>) {
        (Some(artist.into()), Some(title.into()))
    }

    #[test]
    fn what_icecast_sends_is_understood() {
        for (text, expected) in [
            ("StreamTitle='YOASOBI - Idol';", some("YOASOBI", "Idol")),
            (
                "StreamTitle='It's me - Don't; won't';",
                some("It's me", "Don't; won't"),
            ),
            (
                "StreamTitle='A - it';s';StreamUrl='http://example.org/';",
                some("A", "it';s"),
            ),
            (
                "StreamTitle='&#26085;&#x672c; - R&amp;B &nbsp; &#0; &#xd800; &#99999999999; &';",
                some("日本", "R&B &nbsp;  &#xd800; &#99999999999; &"),
            ),
            ("StreamTitle='A - B - C'", some("A", "B - C")),
            (
                "StreamTitle='only a title';",
                (None, Some("only a title".into())),
            ),
            ("StreamTitle='';", (None, None)),
            ("StreamTitle='", (None, None)),
        ] {
            assert_eq!(tags_of(text), expected, "{text}");
        }
        assert_eq!(tags(b"StreamUrl='x';"), None);
        let latin = tags(b"StreamTitle='Beyonc\xe9 - D\xe9j\xe0 Vu';\0\0").unwrap();
        assert_eq!((latin.artist, latin.title), some("Beyoncé", "Déjà Vu"));
    }

    #[test]
    fn only_sensible_intervals_are_believed() {
        for (text, accepted) in [
            ("16000", true),
            (" 8192 ", true),
            ("0", false),
            ("-1", false),
            ("1048577", false),
            ("99999999999999999999", false),
            ("", false),
        ] {
            assert_eq!(Icy::new(text).is_some(), accepted, "{text}");
        }
    }

    proptest! {
        #[test]
        fn audio_comes_out_as_it_went_in_and_titles_at_their_place(
            interval in 1_usize..50,
            blocks in proptest::collection::vec(
                (proptest::collection::vec(any::<u8>(), 50), 0_u8..20, any::<bool>()),
                0..20,
            ),
            cuts in proptest::collection::vec(1_usize..70, 1..40),
        ) {
            let mut stream = Vec::new();
            let mut audio: Vec<u8> = Vec::new();
            let mut titles = Vec::new();
            for (bytes, number, has_title) in &blocks {
                stream.extend(&bytes[..interval]);
                audio.extend(&bytes[..interval]);
                if *has_title {
                    stream.extend(block(format!("StreamTitle='{number}';").as_bytes()));
                    titles.push((audio.len(), number.to_string()));
                } else {
                    stream.push(0);
                }
            }
            let mut icy = Icy::new(&interval.to_string()).unwrap();
            let (mut heard, mut seen) = (Vec::<u8>::new(), Vec::new());
            let mut rest = &stream[..];
            for cut in cuts.iter().cycle() {
                let (piece, tail) = rest.split_at((*cut).min(rest.len()));
                rest = tail;
                icy.push(piece, |part| match part {
                    Part::Audio(bytes) => heard.extend_from_slice(bytes),
                    Part::Tags(tags) => seen.push((heard.len(), tags.title.unwrap())),
                });
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(heard, audio);
            prop_assert_eq!(seen, titles);
        }

        #[test]
        fn arbitrary_texts_do_no_harm(
            text in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..4080),
                "StreamTitle='[&#x0-9a-f;' -]{0,60}';".prop_map(String::into_bytes),
            ],
        ) {
            if let Some(tags) = tags(&text) {
                for text in [tags.title, tags.artist].into_iter().flatten() {
                    prop_assert!(!text.is_empty() && text.len() <= 512);
                    prop_assert!(!text.contains(char::is_control));
                }
            }
        }
    }
}
