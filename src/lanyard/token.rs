//! The tokens of JSON: those that are whole and plain, which nearly all are, and how a number goes on.

/// Each byte of a word is this one.
const ONES: u64 = 0x0101_0101_0101_0101;

/// The highest bit of each byte.
const HIGH: u64 = 0x80 * ONES;

/// Bytes below this must not be in a string: <https://www.rfc-editor.org/rfc/rfc8259#section-7>
const CONTROLS: u8 = 0x20;

/// How many bytes there are before the first that ends a string, begins an escape or must not be in
/// one. What they are beyond that is not looked at.
pub(super) fn plain(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let special = special(u64::from_le_bytes(*word));
        if special != 0 {
            return number * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let end = rest.iter().position(|byte| is_special(*byte));
    words.len() * 8 + end.unwrap_or(rest.len())
}

const fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < CONTROLS
}

/// The lowest bit that is set is in the first special byte, lowest byte first. Those above it may be
/// set wrongly: a subtraction borrows from the next byte, but only where it has found something.
/// <https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord>
const fn special(word: u64) -> u64 {
    let quotes = word ^ (ONES * b'"' as u64);
    let escapes = word ^ (ONES * b'\\' as u64);
    let found = (quotes.wrapping_sub(ONES) & !quotes)
        | (escapes.wrapping_sub(ONES) & !escapes)
        | (word.wrapping_sub(ONES * CONTROLS as u64) & !word);
    found & HIGH
}

/// The string whose quote is at `at`, when it is whole and there is nothing in it but plain bytes.
pub(super) fn whole_text(piece: &[u8], at: usize) -> Option<&[u8]> {
    let text = &piece[at + 1..];
    let length = plain(text);
    (text.get(length) == Some(&b'"')).then(|| &text[..length])
}

/// The scalar that this begins with, when it is whole and neither a string nor more than digits.
pub(super) fn whole_scalar(rest: &[u8]) -> Option<&[u8]> {
    let length = match rest.first()? {
        b'f' if rest.starts_with(b"false") => 5,
        b'n' if rest.starts_with(b"null") => 4,
        b't' if rest.starts_with(b"true") => 4,
        first @ b'0'..=b'9' => {
            let length = rest.iter().position(|byte| !byte.is_ascii_digit())?;
            let more = matches!(rest[length], b'.' | b'e' | b'E');
            if more || *first == b'0' && length > 1 {
                return None;
            }
            length
        }
        _ => return None,
    };
    Some(&rest[..length])
}

/// What has been read of a number.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    Exponent,
    Sign,
    Power,
}

impl Number {
    /// Where the next byte leads; `None` when it is not a part of the number.
    pub(super) const fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Whole, b'0'..=b'9') => Self::Whole,
            (Self::Zero | Self::Whole, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Whole | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            _ => return None,
        })
    }

    pub(super) const fn complete(self) -> bool {
        matches!(
            self,
            Self::Zero | Self::Whole | Self::Fraction | Self::Power
        )
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_byte_at_each_place_is_told() {
        for byte in 0..=u8::MAX {
            for (length, at) in (0..20).flat_map(|length| (0..length).map(move |at| (length, at))) {
                for around in [b'a', 0xFF, 0x80, b'!', b'#', b'[', b']', CONTROLS] {
                    let mut text = vec![around; length];
                    text[at] = byte;
                    let expected = if is_special(byte) { at } else { length };
                    assert_eq!(plain(&text), expected, "{text:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn it_is_what_a_look_at_each_byte_says(text in prop::collection::vec(prop_oneof![3 => any::<u8>(), 1 => 0x1D..0x24_u8, 1 => 0x5A..0x5F_u8], 0..40)) {
            let expected = text.iter().position(|byte| is_special(*byte));
            prop_assert_eq!(plain(&text), expected.unwrap_or(text.len()));
        }
    }
}
