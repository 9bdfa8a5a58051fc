//! Whether a stream's tags name a song of the gateway. Tolerant: the two come from different
//! databases, one of them typed by people.

use crate::{
    listen_moe::{Named, Song},
    radio::Tags,
};

/// A title is looked for within another from this many letters on.
const TELLING: usize = 3;

/// Whether the tags name this song: the same title in either script, whatever its case and
/// punctuation; or a title within the other, by one of the same artists.
pub(super) fn is_of(tags: &Tags, song: &Song) -> bool {
    let Some(named) = tags.title.as_deref().map(letters) else {
        return false;
    };
    let titles = [&song.title, &song.title_romaji];
    let titles: Vec<String> = titles.into_iter().flatten().map(|it| letters(it)).collect();
    if titles.contains(&named) {
        return true;
    }
    let within = |part: &str, whole: &str| part.chars().count() >= TELLING && whole.contains(part);
    titles
        .iter()
        .any(|title| within(title, &named) || within(&named, title))
        && by_the_same(tags, &named, song)
}

/// The artist is in the tags, perhaps in the title: `Artist - Title`.
fn by_the_same(tags: &Tags, named: &str, song: &Song) -> bool {
    let artist = tags.artist.as_deref().map(letters).unwrap_or_default();
    let names = |artist: &Named| [artist.name.clone(), artist.name_romaji.clone()];
    song.artists
        .iter()
        .flat_map(names)
        .flatten()
        .map(|name| letters(&name))
        .filter(|name| !name.is_empty())
        .any(|name| artist.contains(&name) || named.contains(&name))
}

/// What is compared of a text: its letters and digits in lower case, wide ones as the narrow ones.
/// All of it where it has none.
fn letters(text: &str) -> String {
    let letters: String = text
        .chars()
        .map(narrow)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    if letters.is_empty() {
        text.trim().to_owned()
    } else {
        letters
    }
}

/// The narrow form of the wide ASCII characters (U+FF01 to U+FF5E) that Japanese titles like.
fn narrow(c: char) -> char {
    match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn song(title: &str, romaji: Option<&str>, artist: &str) -> Song {
        Song {
            title: Some(title.to_owned()),
            title_romaji: romaji.map(str::to_owned),
            artists: vec![Named {
                name: Some(artist.to_owned()),
                ..Named::default()
            }],
            ..Song::default()
        }
    }

    fn tags(title: &str, artist: &str) -> Tags {
        Tags {
            title: Some(title.to_owned()),
            artist: (!artist.is_empty()).then(|| artist.to_owned()),
            vendor: None,
        }
    }

    #[test]
    fn a_title_is_known_in_either_script_and_however_it_is_written() {
        let summer = song("おつかれサマー!", Some("Otsukare Summer!"), "Dempagumi.inc");
        for (title, artist) in [
            ("おつかれサマー!", ""),
            ("otsukare  summer", "somebody"),
            ("ＯＴＳＵＫＡＲＥ　ＳＵＭＭＥＲ！", ""),
            ("Otsukare Summer! (TV size)", "dempagumi.INC"),
            ("Dempagumi.inc - Otsukare Summer!", ""),
        ] {
            assert!(is_of(&tags(title, artist), &summer), "{title}");
        }
        for (title, artist) in [
            ("Summer", "somebody"),
            ("", "Dempagumi.inc"),
            ("O", "Dempagumi.inc"),
            ("another", "Dempagumi.inc"),
        ] {
            assert!(!is_of(&tags(title, artist), &summer), "{title}");
        }
        assert!(!is_of(&Tags::default(), &summer));
    }

    #[test]
    fn titles_without_letters_are_compared_as_they_are() {
        assert!(is_of(&tags("♡ ", ""), &song("♡", None, "A")));
        assert!(!is_of(&tags("☆", ""), &song("♡", None, "A")));
        assert!(!is_of(&tags("☆", ""), &Song::default()));
    }

    proptest! {
        #[test]
        fn any_text_names_itself(title in ".{0,40}", artist in ".{0,40}", other in ".{0,40}") {
            let song = song(&title, None, &artist);
            prop_assert!(is_of(&tags(&title, &other), &song));
            let _ = is_of(&tags(&other, &artist), &song);
        }
    }
}
