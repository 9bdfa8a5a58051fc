//! What is known of a call, as `GET /control/voice` answers it, and of all of them together, as
//! `GET /control/voice/summary` does.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::listener::arrival::Arrivals;

/// One call: a bot's session in a voice channel, and what a listener there hears of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[allow(clippy::struct_excessive_bools)] // a report of facts, not a state
pub struct CallReport {
    /// The guild, as a string.
    pub guild: String,
    /// The voice channel, as a string.
    pub channel: String,
    /// The bot, as a string.
    pub user: String,
    /// Whether the signalling socket is open and the session described (op 4).
    pub connected: bool,
    /// Whether the last packet that was not silence was end-to-end encrypted.
    pub dave: bool,
    /// RTP packets received and decrypted.
    pub packets: u64,
    /// Seconds of audio decoded.
    pub seconds: f64,
    /// Level of the last second in dBFS, -120 for silence; a full-scale sine is -3.
    pub dbfs: f64,
    /// Fundamental frequency of the last second in hertz, 0 when there is none.
    pub pitch_hz: f64,
    /// Pauses of more than 100 ms between two packets. This and what follows, up to
    /// `gap_max_ms`, since the session began or `POST /control/voice/measure`.
    pub gaps: u64,
    /// Median deviation of the packets' arrival from 20 ms, in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile of the same.
    pub p99_ms: f64,
    /// The longest pause between two packets, in milliseconds.
    pub gap_max_ms: f64,
    /// Milliseconds since the last packet; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<f64>,
    /// Milliseconds since the session was described (op 4); absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_ms: Option<f64>,
    /// Milliseconds from then to the first packet that was not silence; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_sound_ms: Option<f64>,
    /// Whether this call's audio is decoded.
    pub decoded: bool,
    /// Whether Discord drops what the bot sends: it is suppressed (in a stage's audience, or
    /// without the Speak permission) or muted by the guild.
    pub hushed: bool,
    /// The speaking flags the client has set (op 5), 0 before.
    pub speaking: u8,
    /// The version of the voice gateway the client speaks, 4 to 8.
    pub v: u8,
    /// The transport encryption mode, empty before it is chosen.
    pub mode: &'static str,
    /// The client's synchronisation source.
    pub ssrc: u32,
    /// How often the session was resumed.
    pub resumes: u64,
    /// Packets that never arrived, by their sequence numbers.
    pub lost: u64,
    /// Packets that arrived after a later one, or twice.
    pub late: u64,
    /// Opus silence frames among the packets.
    pub silence_frames: u64,
    /// Packets with a nonce that did not increase: a client must never use one twice.
    pub nonce_repeats: u64,
    /// Packets that the transport encryption refused.
    pub forged: u64,
    /// Packets that are no Opus in RTP.
    pub malformed: u64,
    /// Packets sent before the client said it is speaking (op 5).
    pub before_speaking: u64,
    /// Packets a member of the DAVE group could not decrypt, or that came without end-to-end
    /// encryption when the group required it.
    pub undecryptable: u64,
    /// Packets that nobody could hear and that is not the encryption's fault: no listener is in
    /// the channel to decrypt them, the two are not yet in the same group, or the bot is hushed.
    pub unheard: u64,
    /// Packets whose content the Opus decoder refused.
    pub undecodable: u64,
    /// Packets that were not decoded because the decoders were busy.
    pub skipped: u64,
}

/// All calls together, since `POST /control/voice/measure`: what a benchmark wants to know of a
/// thousand of them without hearing what each of them plays.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// For how long it was measured, in seconds.
    pub seconds: f64,
    /// Calls that there are, also those whose connection is lost.
    pub calls: u64,
    /// Calls of which anything but silence has come.
    pub sounding: u64,
    /// Calls whose last packet was end-to-end encrypted.
    pub dave: u64,
    /// Packets received in that time.
    pub packets: u64,
    /// Packets a second of the call with the fewest.
    pub rate_min: f64,
    /// Packets a second and call.
    pub rate_mean: f64,
    /// Median deviation of all packets' arrival from 20 ms, in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile of the same.
    pub p99_ms: f64,
    /// The longest pause between two packets of a call, the one that goes on included.
    pub gap_max_ms: f64,
    /// Pauses of more than 100 ms.
    pub gaps: u64,
    /// Datagrams from senders that no call knows, since the start of the sandbox.
    pub strays: u64,
    /// What went wrong since the sessions began.
    #[serde(flatten)]
    pub losses: Losses,
}

/// Counts that should not grow; see [`CallReport`] for what each is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Losses {
    /// As in [`CallReport::lost`].
    pub lost: u64,
    /// As in [`CallReport::late`].
    pub late: u64,
    /// As in [`CallReport::silence_frames`].
    pub silence_frames: u64,
    /// As in [`CallReport::undecryptable`].
    pub undecryptable: u64,
    /// As in [`CallReport::skipped`].
    pub skipped: u64,
}

/// A [`Summary`] in the making.
#[derive(Debug)]
pub struct Summarising {
    now: Instant,
    summary: Summary,
    arrivals: Arrivals,
    longest: Duration,
}

impl Summarising {
    /// Of no call yet.
    pub fn new(since: Instant, now: Instant, strays: u64) -> Self {
        let summary = Summary {
            strays,
            seconds: now.saturating_duration_since(since).as_secs_f64(),
            rate_min: f64::INFINITY,
            ..Summary::default()
        };
        Self {
            now,
            summary,
            arrivals: Arrivals::default(),
            longest: Duration::ZERO,
        }
    }

    /// Adds a call, of which anything but silence has come, or not, and whose last packet was
    /// end-to-end encrypted, or not.
    pub fn add(&mut self, arrivals: &Arrivals, (sounds, dave): (bool, bool), losses: Losses) {
        let Summary {
            calls,
            sounding,
            dave: encrypted,
            rate_min,
            losses: sum,
            seconds,
            ..
        } = &mut self.summary;
        *calls += 1;
        *sounding += u64::from(sounds);
        *encrypted += u64::from(dave);
        *rate_min = rate_min.min(rate(arrivals.measured(), *seconds));
        sum.lost += losses.lost;
        sum.late += losses.late;
        sum.silence_frames += losses.silence_frames;
        sum.undecryptable += losses.undecryptable;
        sum.skipped += losses.skipped;
        let idle = arrivals.last().map(|last| self.now - last);
        self.longest = self.longest.max(idle.unwrap_or_default());
        self.arrivals.merge(arrivals);
    }

    /// The whole.
    pub fn done(self) -> Summary {
        let mut summary = self.summary;
        summary.packets = self.arrivals.measured();
        #[expect(clippy::cast_precision_loss, reason = "a number of calls")]
        let calls = summary.calls.max(1) as f64;
        summary.rate_mean = round(rate(summary.packets, summary.seconds) / calls, 1000.0);
        summary.rate_min = if summary.calls == 0 {
            0.0
        } else {
            round(summary.rate_min, 1000.0)
        };
        summary.p50_ms = millis(self.arrivals.deviation(0.5));
        summary.p99_ms = millis(self.arrivals.deviation(0.99));
        summary.gap_max_ms = millis(self.arrivals.longest().max(self.longest));
        summary.gaps = self.arrivals.gaps();
        summary
    }
}

fn rate(packets: u64, seconds: f64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of packets is far below 2^52"
    )]
    let packets = packets as f64;
    if seconds > 0.0 {
        packets / seconds
    } else {
        0.0
    }
}

/// A duration in milliseconds, to a thousandth.
pub fn millis(duration: Duration) -> f64 {
    round(duration.as_secs_f64() * 1000.0, 1000.0)
}

/// A value to the nearest of so many steps of 1.
pub fn round(value: f64, steps: f64) -> f64 {
    (value * steps).round() / steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_summed_up() {
        let start = Instant::now();
        let end = start + Duration::from_secs(1);
        let every = |ms: u64, until: u64| {
            let mut arrivals = Arrivals::default();
            for at in (0..until).step_by(usize::try_from(ms).unwrap()) {
                arrivals.record(start + Duration::from_millis(at));
            }
            arrivals
        };
        let mut summary = Summarising::new(start, end, 0);
        let losses = Losses {
            lost: 2,
            ..Losses::default()
        };
        summary.add(&every(20, 1000), (true, true), losses);
        summary.add(&every(20, 800), (true, false), losses);
        let summary = summary.done();
        assert_eq!((summary.calls, summary.dave, summary.packets), (2, 1, 90));
        assert_eq!((summary.sounding, summary.losses.lost), (2, 4));
        let rates = (summary.rate_min, summary.rate_mean);
        assert!(rates == (40.0, 45.0), "{rates:?}");
        // From 780 ms to the end.
        assert!((summary.gap_max_ms - 220.0).abs() < 0.01, "{summary:?}");
        assert_eq!(Summarising::new(start, end, 0).done().calls, 0);
    }
}
