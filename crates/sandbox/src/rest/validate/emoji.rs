//! Emojis: <https://discord.com/developers/docs/resources/emoji>.

use crate::rest::form::Fields;

/// One of Unicode's emojis, without the mark that asks for colours. Guilds have no emojis of their
/// own here, so `name:id` is unknown.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let is_base = |c: char| {
        matches!(c,
            '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{2bff}' | '\u{3030}' | '\u{303d}'
            | '\u{3297}' | '\u{3299}' | '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}'
            | '\u{2122}' | '\u{2139}' | '\u{20e3}')
    };
    let joins = |c: char| matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}');
    let is_keycap = text.contains('\u{20e3}');
    let fits = |c: char| {
        is_base(c) || joins(c) || is_keycap && (c.is_ascii_digit() || matches!(c, '#' | '*'))
    };
    let whole = text.chars().any(is_base) && text.chars().all(fits) && text.chars().count() <= 16;
    whole.then(|| text.trim_end_matches('\u{fe0f}').to_owned())
}

/// The emoji that a field names, when it is one of Unicode's.
pub(crate) fn unicode(fields: &Fields<'_>, name: &str) -> Option<String> {
    let text = fields.text(name, 1..=100)?;
    let emoji = canonical(text);
    if emoji.is_none() {
        fields.fail(name, "INVALID_EMOJI", "Invalid emoji");
    }
    emoji
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn emojis_are_told_from_text() {
        for good in ["👍", "❤️", "❤", "👩‍💻", "🇯🇵", "1️⃣", "#️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "✅", "™️"]
        {
            assert!(canonical(good).is_some(), "{good}");
        }
        assert_eq!(canonical("❤️"), canonical("❤"));
        for bad in [
            "", "smile", ":smile:", "name:12", "1", "あ", "👍x", "%F0%9F", "\u{fe0f}",
        ] {
            assert_eq!(canonical(bad), None, "{bad}");
        }
    }
}
