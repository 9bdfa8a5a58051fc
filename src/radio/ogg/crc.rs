//! The checksum of an Ogg page: CRC-32 with polynomial 0x04c11db7, not reflected, initial value and
//! final XOR zero ([RFC 3533 §6](https://www.rfc-editor.org/rfc/rfc3533#section-6), field 7).

#[expect(
    clippy::cast_possible_truncation,
    reason = "a byte, and there is no `try_into` here"
)]
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let mut crc = (byte << 24) as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000_0000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x04c1_1db7
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

/// Continues a checksum over more bytes; begin with 0.
pub(super) fn update(crc: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(crc, |crc, byte| {
        let [top, ..] = crc.to_be_bytes();
        (crc << 8) ^ TABLE[usize::from(top ^ byte)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_check_value() {
        // CRC-32/MPEG-2 of the same polynomial differs only in its initial value, so its
        // check value follows from starting there.
        assert_eq!(update(0xffff_ffff, b"123456789"), 0x0376_e6e7);
    }

    #[test]
    fn can_be_taken_in_parts() {
        assert_eq!(
            update(update(0, b"1234"), b"56789"),
            update(0, b"123456789")
        );
    }
}
