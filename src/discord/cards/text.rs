//! The small parts that cards are written with: lists, addresses, times.

use std::{fmt::Write as _, time::Duration};

use reqwest::Url;
use time::OffsetDateTime;

use crate::{
    discord::escape,
    language::{Language, Text},
};

/// The longest address Discord takes in an embed, in UTF-16 code units.
const ADDRESS: usize = 2048;

/// The longest address of a masked link, in bytes.
const LINK: usize = 300;

/// Joins `items`, which are escaped already, while they fit into `max` UTF-16 code units, and says
/// how many are left out.
pub(super) fn list(items: &[String], separator: &str, max: usize, language: Language) -> String {
    let rest = |count: usize| {
        let count = count as u64;
        format!("{separator}{}", language.say(Text::More { count }))
    };
    let longest_rest = escape::length(&rest(items.len()));
    let mut out = String::new();
    let mut used = 0;
    for (index, item) in items.iter().enumerate() {
        let last = index + 1 == items.len();
        let before = if index == 0 { "" } else { separator };
        let added = escape::length(before) + escape::length(item);
        if used + added + if last { 0 } else { longest_rest } > max {
            if index > 0 {
                out.push_str(&rest(items.len() - index));
            }
            break;
        }
        out.push_str(before);
        out.push_str(item);
        used += added;
    }
    out
}

/// A masked link, `[label](address)`, or the label alone when there is no usable address. `max` is
/// for the label, in UTF-16 code units.
pub(super) fn link(text: &str, address: Option<&str>, max: usize) -> String {
    match address.and_then(address_of) {
        // A long address would leave no room for anything else.
        Some(url) if url.len() <= LINK => {
            format!("[{}]({})", escape::label(text, max), inert(&url))
        }
        _ => escape::markdown(text, max),
    }
}

/// `url` without the characters that mean something in markdown: a parenthesis would end the link.
fn inert(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for c in url.chars() {
        if matches!(c, '(' | ')' | '@' | '*' | '~' | '`' | '|' | '\\') {
            let _ = write!(out, "%{:02X}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// `text` as an address that Discord takes in an embed: absolute, `http(s)`, with a host, not too
/// long, and percent-encoded.
pub(super) fn address_of(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let usable = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    let url = String::from(url);
    (usable && escape::length(&url) <= ADDRESS).then_some(url)
}

/// How Discord renders a [`timestamp`].
/// <https://discord.com/developers/docs/reference#message-formatting-timestamp-styles>
#[derive(Clone, Copy)]
pub(super) enum Style {
    /// "3 minutes ago", kept current by the reader's client.
    Relative,
    /// "9:41".
    Time,
    /// "22 November 2026 9:41".
    DateTime,
}

/// A moment as markdown that each reader's client renders in their language and time zone.
pub(super) fn timestamp(moment: OffsetDateTime, style: Style) -> String {
    let style = match style {
        Style::Relative => 'R',
        Style::Time => 't',
        Style::DateTime => 'f',
    };
    format!("<t:{}:{style}>", moment.unix_timestamp())
}

/// A length as people read it: `4:33`, `1:02:03`.
pub(super) fn clock(length: Duration) -> String {
    let seconds = length.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// `1 minute`, `5 minutes`.
pub(in crate::discord) fn minutes(minutes: u16, language: Language) -> String {
    let count = minutes.into();
    language.say(Text::Minutes { count })
}

/// What was done, and on a small line below it how it was before, where it was otherwise.
pub(in crate::discord) fn with_before(
    said: String,
    before: Option<String>,
    language: Language,
) -> String {
    let Some(was) = before.map(Into::into) else {
        return said;
    };
    format!("{said}\n-# {}", language.say(Text::Before { was }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_say_what_they_leave_out() {
        let language = Language::English;
        let items: Vec<String> = (0..40).map(|n| format!("artist {n}")).collect();
        assert_eq!(
            list(&items[..2], " · ", 99, language),
            "artist 0 · artist 1"
        );
        let short = list(&items, " · ", 60, language);
        assert_eq!(
            short,
            "artist 0 · artist 1 · artist 2 · artist 3 · +36 more"
        );
        assert_eq!(list(&["x".repeat(50)], ", ", 20, language), "");
        for language in Language::ALL {
            for max in 0..100 {
                assert!(escape::length(&list(&items, ", ", max, language)) <= max);
            }
        }
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert_eq!(
            link("a", Some("https://x.example/a (b)"), 9),
            "[a](https://x.example/a%20%28b%29)"
        );
        for address in [
            "javascript:alert(1)",
            "ftp://x.example",
            "//x.example",
            "https://",
            "https://u:p@x.example",
        ] {
            assert_eq!(link("a", Some(address), 9), "a");
        }
        assert_eq!(
            address_of(&format!("https://x.example/{}", "a".repeat(3000))),
            None
        );
    }

    #[test]
    fn numbers_are_readable() {
        assert_eq!(clock(Duration::from_secs(273)), "4:33");
        assert_eq!(clock(Duration::from_secs(3723)), "1:02:03");
        assert_eq!(minutes(1, Language::English), "1 minute");
        assert_eq!(minutes(5, Language::German), "5 Minuten");
    }
}
