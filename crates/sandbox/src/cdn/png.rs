//! The smallest PNG writer: eight bits of red, green and blue.

use std::io::Write;

use flate2::{Compression, Crc, write::ZlibEncoder};

/// A PNG file of `width` × `height` pixels; `rgb` holds them row by row, three bytes each.
/// <https://www.w3.org/TR/png-3/>
pub fn encode(width: u32, height: u32, rgb: &[u8]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::with_capacity(13);
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    // Eight bits, colour type 2, and the only methods there are.
    header.extend([8, 2, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &header);
    let mut pixels = ZlibEncoder::new(Vec::new(), Compression::fast());
    let mut above = vec![0; width as usize * 3];
    for row in rgb.chunks_exact(width as usize * 3) {
        // Filter 2, the difference to the row above: gradients become short.
        let filtered = row
            .iter()
            .zip(&above)
            .map(|(now, up)| now.wrapping_sub(*up));
        let line: Vec<u8> = std::iter::once(2).chain(filtered).collect();
        // Writing into memory does not fail.
        let _ = pixels.write_all(&line);
        above.copy_from_slice(row);
    }
    chunk(&mut file, *b"IDAT", &pixels.finish().unwrap_or_default());
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    let mut crc = Crc::new();
    crc.update(&name);
    crc.update(data);
    // Pictures here are far below 4 GiB.
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    file.extend(length.to_be_bytes());
    file.extend(name);
    file.extend(data);
    file.extend(crc.sum().to_be_bytes());
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_pixels_come_back() {
        let rgb: Vec<u8> = (0..2 * 3 * 3).collect();
        let file = encode(2, 3, &rgb);
        // Signature 8, IHDR 25, then IDAT.
        let length = u32::from_be_bytes(file[33..37].try_into().unwrap()) as usize;
        assert_eq!(&file[37..41], b"IDAT");
        let mut lines = Vec::new();
        flate2::read::ZlibDecoder::new(&file[41..41 + length])
            .read_to_end(&mut lines)
            .unwrap();
        let mut above = vec![0; 6];
        let mut pixels = Vec::new();
        for line in lines.chunks(7) {
            assert_eq!(line[0], 2);
            for (byte, up) in line[1..].iter().zip(&mut above) {
                *up = byte.wrapping_add(*up);
            }
            pixels.extend_from_slice(&above);
        }
        assert_eq!(pixels, rgb);
    }
}
