//! The songs as Opus packets: encoded once, when first needed or ahead of that, and kept.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use opus2::{Application, Bitrate, Channels, Encoder};
use tokio::sync::OnceCell;
use tokio_util::task::TaskTracker;

use super::synth;
use crate::playlist::Song;

/// The duration of a packet, in samples of 48 kHz: 20 ms.
pub const PACKET_SAMPLES: usize = 960;
/// The bitrate of LISTEN.moe's streams, in bits a second.
const BITRATE: i32 = 128_000;
/// The largest packet that Opus allows (RFC 6716, section 3.2), in bytes.
const MAX_PACKET: usize = 1275;
/// Packets in one loop of a tune.
const LOOP_PACKETS: usize = synth::RATE * synth::LOOP_SECONDS / PACKET_SAMPLES;

/// A song's audio: it starts like any recording, then repeats for as long as it is on.
#[derive(Debug, Default)]
pub struct Audio {
    packets: Vec<Bytes>,
}

impl Audio {
    /// The `at`th packet of 20 ms.
    pub fn packet(&self, at: u64) -> Bytes {
        let at = usize::try_from(at).unwrap_or(0);
        // The second half was encoded with the first before it: it joins itself without a click.
        let at = match at.checked_sub(LOOP_PACKETS) {
            Some(past) => LOOP_PACKETS + past % LOOP_PACKETS,
            None => at,
        };
        // Only an encoder that failed leaves less: silence then.
        self.packets
            .get(at)
            .cloned()
            .unwrap_or(Bytes::from_static(&[0xF8, 0xFF, 0xFE]))
    }
}

type Cell = Arc<OnceCell<Arc<Audio>>>;

/// All songs' audio, by pitch: that is all in which they differ. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Library {
    tasks: TaskTracker,
    made: Arc<Mutex<HashMap<u64, Cell>>>,
}

impl Library {
    /// An empty library; encoding runs as blocking tasks of `tasks`.
    pub fn new(tasks: TaskTracker) -> Self {
        Self {
            tasks,
            made: Arc::default(),
        }
    }

    /// A song's audio; encodes it when it was never asked for. Takes about a tenth of a second.
    pub async fn get(&self, song: &Song) -> Arc<Audio> {
        let pitch = song.pitch_hz;
        let cell = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(made.entry(pitch.to_bits()).or_default())
        };
        let make = async {
            let encoded = self.tasks.spawn_blocking(move || encode(pitch)).await;
            let audio = match encoded {
                Ok(Ok(audio)) => audio,
                Ok(Err(error)) => {
                    tracing::error!(%error, pitch, "cannot encode a tune; it will be silence");
                    Audio::default()
                }
                // Cancelled: the runtime is going down.
                Err(_) => Audio::default(),
            };
            Arc::new(audio)
        };
        Arc::clone(cell.get_or_init(|| make).await)
    }
}

fn encode(pitch_hz: f64) -> Result<Audio, opus2::Error> {
    let mut encoder = Encoder::new(48_000, Channels::Stereo, Application::Audio)?;
    encoder.set_bitrate(Bitrate::Bits(BITRATE))?;
    let tune = synth::tune(pitch_hz);
    let frames = tune.chunks_exact(PACKET_SAMPLES * 2);
    let packets = frames
        .clone()
        .chain(frames)
        .map(|frame| encoder.encode_vec(frame, MAX_PACKET).map(Bytes::from))
        .collect::<Result<_, _>>()?;
    Ok(Audio { packets })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_what_listen_moe_sends() {
        let audio = encode(300.0).unwrap();
        assert_eq!(audio.packets.len(), 2 * LOOP_PACKETS);
        let bytes: usize = audio.packets.iter().map(Bytes::len).sum();
        let kbits = bytes * 8 / (synth::LOOP_SECONDS * 2) / 1000;
        assert!((100..160).contains(&kbits), "{kbits} kbit/s");
        for packet in &audio.packets {
            // RFC 6716, section 3.1: CELT, full band, 20 ms, stereo, one frame.
            assert_eq!(packet[0], 0xFC);
        }
    }

    #[test]
    fn the_loop_repeats_after_the_start() {
        let audio = encode(300.0).unwrap();
        let round = LOOP_PACKETS as u64;
        assert_eq!(audio.packet(round + 5), audio.packet(7 * round + 5));
        assert_eq!(audio.packet(0), audio.packets[0]);
    }
}
