//! What is known of a call, as `GET /control/voice` answers it.

use serde::Serialize;

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
    /// Pauses of more than 100 ms between two packets.
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
