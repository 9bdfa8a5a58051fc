//! What is known of a call, as `GET /control/voice` answers it.

use serde::Serialize;

/// One call: a bot's session in a voice channel, and what a listener there hears of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallReport {
    /// The guild, as a string.
    pub guild: String,
    /// The voice channel, as a string.
    pub channel: String,
    /// The bot, as a string.
    pub user: String,
    /// Whether the signalling socket is open and the session described (op 4).
    pub connected: bool,
    /// Whether the last packet was end-to-end encrypted.
    pub dave: bool,
    /// RTP packets received.
    pub packets: u64,
    /// Seconds of audio decoded.
    pub seconds: f64,
    /// Level of the last second in dBFS, -120 for silence; a full-scale sine is -3.
    pub dbfs: f64,
    /// Fundamental frequency of the last second in hertz, 0 when there is none.
    pub pitch_hz: f64,
    /// Pauses of more than 100 ms between two packets.
    pub gaps: u64,
    /// Median deviation of the packets' arrival from 20 ms, in milliseconds.
    pub p50_ms: f64,
    /// 99th percentile of the same.
    pub p99_ms: f64,
}
