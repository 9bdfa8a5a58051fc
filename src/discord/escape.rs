//! Text from outside, made safe to show on Discord.
//!
//! Everything that comes from LISTEN.moe, Lanyard or a user passes through here on its way into a
//! message: it keeps its meaning, can format nothing, link nowhere, mention nobody and fits where
//! it is put. Two places exist on Discord: those that render markdown ([`markdown`], and [`label`]
//! within a masked link) and those that do not ([`plain`]: author names and footers).
//!
//! Lengths are counted in UTF-16 code units. Discord's own clients count those and its API counts
//! code points; the former is never the smaller number, so a text that fits is accepted by both.

use std::ops::ControlFlow;

/// At most this many characters of a text are looked at: ten times what any place can show, so
/// that a hostile megabyte costs nothing.
const SCAN: usize = 40_960;

/// Combining marks in a row that are kept; more is "zalgo" that paints over the lines around it.
const MARKS: usize = 3;

/// Splits a mention where an escape alone would be enough for Discord's renderer, but perhaps not
/// for another program that reads the message. Invisible.
const ZERO_WIDTH_SPACE: char = '\u{200b}';

/// Escapes `text` for a place that renders markdown: embed titles, descriptions and fields, and
/// message contents. The result has at most `max` UTF-16 code units, the ellipsis that marks a cut
/// included, and never ends within an escape.
///
/// A backslash before ASCII punctuation is how Discord escapes it:
/// <https://support.discord.com/hc/en-us/articles/210298617>
pub fn markdown(text: &str, max: usize) -> String {
    write(text, max, Piece::markdown)
}

/// Escapes `text` for the label of a masked link, `[label](address)`. As [`markdown`], but
/// brackets become their full-width twins: Discord counts brackets in a label even when they are
/// escaped, so an odd one would take the link apart.
pub fn label(text: &str, max: usize) -> String {
    write(text, max, |text, at, c| match c {
        '[' => Piece::plain(text, at, '［'),
        ']' => Piece::plain(text, at, '］'),
        _ => Piece::markdown(text, at, c),
    })
}

/// Cleans `text` for a place that renders no markdown: author names and footers. As [`markdown`]
/// otherwise.
pub fn plain(text: &str, max: usize) -> String {
    write(text, max, Piece::plain)
}

/// The length of `text` as Discord counts it at its strictest, in UTF-16 code units.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What stands for one character in the result; written whole or not at all.
struct Piece {
    c: char,
    /// A backslash before it.
    escaped: bool,
    /// Kept apart from what follows.
    split: bool,
}

impl Piece {
    /// `c`, found at byte `at` of the cleaned `text`, where no markdown is rendered.
    fn plain(text: &str, at: usize, c: char) -> Self {
        let rest = after(text, at);
        let split = match c {
            '<' => opens_construct(rest),
            '@' => names_everyone(rest),
            _ => false,
        };
        Self {
            c,
            escaped: false,
            split,
        }
    }

    /// The same where markdown is rendered.
    fn markdown(text: &str, at: usize, c: char) -> Self {
        let (before, rest) = (&text[..at], after(text, at));
        let escaped = match c {
            '\\' | '*' | '_' | '~' | '`' | '|' | '[' | ']' | '<' => true,
            // A scheme makes a link of what follows it, and `:name:` an emoji of the name.
            ':' => rest.starts_with("//") || opens_shortcode(rest),
            // Headings, quotes and lists exist at the start of a line only, and this is one line.
            '#' | '>' => before.is_empty(),
            '-' | '+' => before.is_empty() && rest.starts_with([' ', '#']),
            '.' => numbers_an_item(before, rest) || names_discord(before),
            _ => false,
        };
        Self {
            escaped,
            ..Self::plain(text, at, c)
        }
    }

    fn write_to(&self, out: &mut String) {
        if self.escaped {
            out.push('\\');
        }
        out.push(self.c);
        if self.split {
            out.push(ZERO_WIDTH_SPACE);
        }
    }
}

/// What follows the character at byte `at`.
fn after(text: &str, at: usize) -> &str {
    let mut chars = text[at..].chars();
    chars.next();
    chars.as_str()
}

/// Cleans, then writes piece by piece while the result fits.
fn write(text: &str, max: usize, piece: impl Fn(&str, usize, char) -> Piece) -> String {
    let text = clean(text);
    let mut out = String::with_capacity(text.len().min(max));
    // Where to cut so that an ellipsis still fits.
    let mut cut = 0;
    let mut used = 0;
    let end = text.char_indices().try_for_each(|(at, c)| {
        let before = out.len();
        piece(&text, at, c).write_to(&mut out);
        used += length(&out[before..]);
        if used < max {
            cut = out.len();
        }
        if used <= max {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    });
    if end.is_break() {
        out.truncate(cut);
        out.truncate(out.trim_end_matches([' ', JOINER]).len());
        if max > 0 {
            out.push('…');
        }
    }
    out
}

/// Whether `<` before `rest` may begin a mention, a custom emoji, a timestamp, a command link or
/// guild navigation.
/// <https://discord.com/developers/docs/reference#message-formatting>
fn opens_construct(rest: &str) -> bool {
    rest.chars().next().is_some_and(|c| {
        matches!(
            c.to_ascii_lowercase(),
            '@' | '#' | '/' | ':' | 'a' | 't' | 'i' | 'h' | '+'
        )
    })
}

/// Whether `@` before `rest` names everyone.
fn names_everyone(rest: &str) -> bool {
    ["everyone", "here"].iter().any(|name| {
        rest.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    })
}

/// Whether `:` before `rest` begins `:name:`.
fn opens_shortcode(rest: &str) -> bool {
    rest.find(':').is_some_and(|end| {
        end > 0
            && rest[..end]
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-' | b'~'))
    })
}

/// Whether `.` between the two makes an item of a numbered list.
fn numbers_an_item(before: &str, rest: &str) -> bool {
    rest.starts_with(' ') && !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `.` after `before` may belong to an invite, `discord.gg/code`: clients offer to join one
/// that they find in a text, even without a scheme.
fn names_discord(before: &str) -> bool {
    ["discord", "discordapp"].iter().any(|name| {
        before
            .len()
            .checked_sub(name.len())
            .and_then(|start| before.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(name))
    })
}

/// Joins emoji into one, e.g. a family; elsewhere invisible.
const JOINER: char = '\u{200d}';

/// One line of visible text: white space collapsed, invisible and direction-changing characters
/// removed, combining marks limited.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(SCAN));
    let mut marks = 0;
    let mut chars = text.chars().take(SCAN).peekable();
    while let Some(c) = chars.next() {
        if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            continue;
        }
        if c == JOINER {
            let joins = out.chars().next_back().is_some_and(is_pictograph)
                && chars.peek().copied().is_some_and(is_pictograph);
            if joins {
                out.push(c);
            }
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        marks = if is_combining(c) { marks + 1 } else { 0 };
        if marks <= MARKS {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Format characters, fillers that draw nothing, and the bidirectional controls that can turn the
/// text around them: <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' | '\u{e000}'..='\u{f8ff}')
}

/// Marks that stack on the character before them. Scripts that need them use one or two.
fn is_combining(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Characters that a joiner may join: emoji, their modifiers and variation selectors.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::discord::cards::hostile;

    #[test]
    fn ordinary_titles_stay_as_they_are() {
        for title in [
            "Trust in you",
            "おつかれサマー!",
            "Re:Zero – Styx Helix (TV size)",
            "THE iDOLM@STER: GO MY WAY!!",
            "K-pop #1 & more, 100%",
            "사랑을 했다 (LOVE SCENARIO)",
            "👩‍🎤 live",
            "5.6.7",
        ] {
            assert_eq!(markdown(title, 256), title);
        }
    }

    #[test]
    fn markdown_is_escaped() {
        for (text, shown) in [
            (r"a*b_c~d`e|f\g", r"a\*b\_c\~d\`e\|f\\g"),
            (
                "[click](https://evil.example)",
                r"\[click\](https\://evil.example)",
            ),
            ("# big", r"\# big"),
            ("-# small", r"\-# small"),
            ("- item", r"\- item"),
            ("> quote", r"\> quote"),
            ("12. item", r"12\. item"),
            ("say :smile: now", r"say \:smile: now"),
            ("one\n\n> two\t three", "one > two three"),
            ("I <3 you", r"I \<3 you"),
            ("join discord.gg/abc", r"join discord\.gg/abc"),
            ("DISCORD.com/invite/abc", r"DISCORD\.com/invite/abc"),
        ] {
            assert_eq!(markdown(text, 256), shown);
        }
    }

    #[test]
    fn nothing_is_mentioned() {
        assert_eq!(
            markdown("<@1> @everyone", 99),
            "\\<\u{200b}@1> @\u{200b}everyone"
        );
        assert_eq!(plain("<@&1> @HERE", 99), "<\u{200b}@&1> @\u{200b}HERE");
        assert_eq!(markdown("<t:1:R>", 99), "\\<\u{200b}t\\:1:R>");
        // Split by characters that are stripped, it would come together again.
        assert_eq!(
            markdown("@\u{200b}every\u{202e}one", 99),
            "@\u{200b}everyone"
        );
    }

    #[test]
    fn labels_keep_their_link_whole() {
        assert_eq!(label("a] b [c", 99), "a］ b ［c");
        assert_eq!(
            label("x](https://evil.example", 99),
            r"x］(https\://evil.example"
        );
    }

    #[test]
    fn direction_and_invisible_marks_go() {
        assert_eq!(markdown("a\u{202e}b\u{2066}c\u{feff}d\u{200b}", 99), "abcd");
        assert_eq!(
            markdown("z\u{301}\u{301}\u{301}\u{301}\u{301}", 99),
            "z\u{301}\u{301}\u{301}"
        );
        assert_eq!(markdown(" \u{3164}\n ", 99), "");
    }

    #[test]
    fn a_cut_is_marked_and_spares_escapes() {
        assert_eq!(markdown("abcdef", 6), "abcdef");
        assert_eq!(markdown("abcdefg", 6), "abcde…");
        assert_eq!(markdown("abcd**", 6), "abcd…");
        assert_eq!(markdown("ab cd", 4), "ab…");
        assert_eq!(markdown("𝄞𝄞𝄞", 4), "𝄞…");
        assert_eq!(markdown("abc", 0), "");
    }

    proptest! {
        #[test]
        fn fits_and_is_inert(text in hostile::text(), max in 0_usize..300) {
            for shown in [markdown(&text, max), label(&text, max), plain(&text, max)] {
                prop_assert!(length(&shown) <= max);
                hostile::assert_mentions_nobody(&shown);
                let one_line = !shown.contains(['\n', '\r', '\u{202e}', '\u{2066}']);
                prop_assert!(one_line);
            }
            hostile::assert_inert_markdown(&markdown(&text, max));
            hostile::assert_inert_markdown(&label(&text, max));
            prop_assert!(!label(&text, max).contains(['[', ']']));
        }
    }
}
