//! Something to say.

use std::f64::consts::TAU;

use opus2::{Application, Channels, Encoder};

/// A sine at half of full scale, as Opus packets of 20 ms.
#[expect(clippy::cast_possible_truncation)]
pub(crate) fn tone(hz: f64, packets: u32) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new(48_000, Channels::Stereo, Application::Audio).unwrap();
    (0..packets)
        .map(|packet| {
            let samples = (0..1920).map(|n| {
                let t = f64::from(packet * 960 + n / 2) / 48_000.0;
                ((TAU * hz * t).sin() * 16_384.0) as i16
            });
            encoder
                .encode_vec(&samples.collect::<Vec<_>>(), 1275)
                .unwrap()
        })
        .collect()
}
