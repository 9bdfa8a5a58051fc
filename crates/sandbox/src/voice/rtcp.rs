//! Receiver reports: what the voice server tells a sender of the packets that it gets.
//!
//! Clients must live with them beside the answers to discovery and keepalives; discord.py notices
//! that its socket was replaced only when something arrives on the old one.
//!
//! Source: [RFC 3550](https://www.rfc-editor.org/rfc/rfc3550#section-6.4.2). They are encrypted as
//! packets of sound are, but for the first eight bytes.

use std::time::{Duration, Instant};

use super::{crypto::Cipher, rtp::Packet};

/// Between two reports; the first comes after half of it, as section 6.2 of the RFC has it.
const INTERVAL: Duration = Duration::from_secs(5);

/// Version 2, one block, a receiver report of eight 32-bit words.
const HEADER: [u8; 4] = [0x81, 201, 0, 7];
/// The source that the server itself would send with.
const SERVER_SSRC: u32 = 1;
/// Of the unencrypted bytes.
const CLEAR: usize = 8;

/// Of the clock of Opus, in Hz.
const RATE: u64 = 48_000;

/// What is known of one sender's packets.
#[derive(Debug, Default)]
pub(super) struct Reporter {
    begun: Option<Begun>,
    counter: u32,
}

#[derive(Debug)]
struct Begun {
    at: Instant,
    due: Instant,
    /// The sequence numbers of the first packet and of the highest, which is carried on
    /// beyond 16 bits.
    first: u32,
    highest: u32,
    received: u32,
    /// Expected and received until the last report.
    before: (u32, u32),
    /// Arrival against timestamp of the last packet, in samples, and its smoothed change.
    transit: u32,
    jitter: f64,
}

impl Reporter {
    /// A packet has arrived.
    pub(super) fn record(&mut self, at: Instant, packet: &Packet<'_>) {
        let begun = self.begun.get_or_insert_with(|| Begun {
            at,
            due: at + INTERVAL / 2,
            first: u32::from(packet.sequence),
            highest: u32::from(packet.sequence),
            received: 0,
            before: (0, 0),
            transit: 0u32.wrapping_sub(packet.timestamp),
            jitter: 0.0,
        });
        begun.received = begun.received.wrapping_add(1);
        #[allow(clippy::cast_possible_truncation)] // the low 16 bits
        let ahead = packet.sequence.wrapping_sub(begun.highest as u16);
        if ahead <= u16::MAX / 2 {
            begun.highest = begun.highest.wrapping_add(u32::from(ahead));
        }
        // Section 6.4.1, in the units of the timestamps.
        let since = at.saturating_duration_since(begun.at).as_micros();
        let samples = u64::try_from(since).unwrap_or(u64::MAX).wrapping_mul(RATE) / 1_000_000;
        #[allow(clippy::cast_possible_truncation)] // timestamps wrap around
        let transit = (samples as u32).wrapping_sub(packet.timestamp);
        let change = transit.wrapping_sub(begun.transit).cast_signed();
        begun.transit = transit;
        begun.jitter += (f64::from(change.unsigned_abs()) - begun.jitter) / 16.0;
    }

    /// The report on `ssrc` that is due, encrypted.
    pub(super) fn due(&mut self, now: Instant, ssrc: u32, cipher: &Cipher) -> Option<Vec<u8>> {
        let begun = self.begun.as_mut().filter(|begun| begun.due <= now)?;
        begun.due = now + INTERVAL;
        let plain = begun.report(ssrc);
        self.counter = self.counter.wrapping_add(1);
        let (clear, rest) = plain.split_at(CLEAR);
        cipher.seal(clear, rest, self.counter)
    }
}

impl Begun {
    fn report(&mut self, ssrc: u32) -> Vec<u8> {
        let expected = self.highest.wrapping_sub(self.first).wrapping_add(1);
        let lost = expected.wrapping_sub(self.received).cast_signed();
        let lost = lost.clamp(-0x80_0000, 0x7F_FFFF);
        let (expected_before, received_before) = self.before;
        self.before = (expected, self.received);
        let of = expected.wrapping_sub(expected_before);
        let lost_now = of.saturating_sub(self.received.wrapping_sub(received_before));
        let fraction = (u64::from(lost_now) * 256)
            .checked_div(u64::from(of))
            .map_or(0, |fraction| u8::try_from(fraction).unwrap_or(u8::MAX));
        let mut out = Vec::with_capacity(32);
        out.extend(HEADER);
        out.extend(SERVER_SSRC.to_be_bytes());
        out.extend(ssrc.to_be_bytes());
        out.push(fraction);
        out.extend(&lost.to_be_bytes()[1..]);
        out.extend(self.highest.to_be_bytes());
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        out.extend((self.jitter as u32).to_be_bytes());
        // No sender reports come from clients that could be named here.
        out.extend([0; 8]);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::voice::crypto::{KEY_LEN, Mode};

    const SSRC: u32 = 42;

    fn send(reporter: &mut Reporter, at: Instant, sequence: u16) {
        let mut bytes = vec![0x80, 0x78];
        bytes.extend(sequence.to_be_bytes());
        bytes.extend((u32::from(sequence) * 960).to_be_bytes());
        bytes.extend(SSRC.to_be_bytes());
        let packet = Packet::parse(&bytes).unwrap();
        reporter.record(at, &packet);
    }

    fn read(cipher: &Cipher, packet: &[u8]) -> Vec<u32> {
        let (clear, body) = packet.split_at(CLEAR);
        let (rest, _) = cipher.open(clear, body).unwrap();
        [clear, &rest]
            .concat()
            .chunks(4)
            .map(|word| u32::from_be_bytes(word.try_into().unwrap()))
            .collect()
    }

    #[test]
    fn a_sender_is_told_what_was_lost() {
        let cipher = Cipher::new(Mode::Aes256Gcm, &[7; KEY_LEN]);
        let mut reporter = Reporter::default();
        let start = Instant::now();
        assert_eq!(
            reporter.due(start + INTERVAL, SSRC, &cipher),
            None,
            "nothing was sent"
        );
        // 65,534, 65,535, 0, 1: one of them is lost.
        for (index, sequence) in [65_534, 65_535, 1].into_iter().enumerate() {
            let index = u32::try_from(index).unwrap();
            send(
                &mut reporter,
                start + Duration::from_millis(20) * index,
                sequence,
            );
        }
        let early = start + INTERVAL / 4;
        assert_eq!(reporter.due(early, SSRC, &cipher), None);
        let first = start + INTERVAL / 2;
        let words = read(&cipher, &reporter.due(first, SSRC, &cipher).unwrap());
        assert_eq!(words[..3], [0x81C9_0007, SERVER_SSRC, SSRC]);
        assert_eq!(words[3], 64 << 24 | 1, "a quarter, which is one");
        assert_eq!(words[4], 65_537);
        assert_eq!(words[6..], [0, 0]);
        // The next one is about what came since.
        assert_eq!(reporter.due(first, SSRC, &cipher), None);
        send(&mut reporter, first, 2);
        let words = read(
            &cipher,
            &reporter.due(first + INTERVAL, SSRC, &cipher).unwrap(),
        );
        assert_eq!(words[3..5], [1, 65_538]);
    }

    #[test]
    fn packets_that_come_evenly_have_no_jitter() {
        let mut reporter = Reporter::default();
        let start = Instant::now();
        let jitter = |reporter: &Reporter| reporter.begun.as_ref().unwrap().jitter;
        for index in 0..20 {
            send(
                &mut reporter,
                start + Duration::from_millis(20) * u32::from(index),
                index,
            );
        }
        assert!(jitter(&reporter) < 1.0, "{}", jitter(&reporter));
        send(&mut reporter, start + Duration::from_millis(450), 20);
        // 50 ms late, a sixteenth of that is 150 samples.
        assert!(
            (jitter(&reporter) - 150.0).abs() < 2.0,
            "{}",
            jitter(&reporter)
        );
    }
}
