//! A hash that is stored: the same in every version of the program and on every machine.

/// FNV-1a, 64 bits.
/// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
pub(crate) fn stable(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv#appendix-C>
    #[test]
    fn it_is_the_published_one() {
        assert_eq!(stable(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(stable("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(stable("foobar"), 0x8594_4171_f739_67e8);
    }
}
