//! A call: one bot's session in one voice channel, from identify until it ends.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use super::{
    crypto::{Cipher, Mode},
    dave::ear::{Ear, Heard},
    listener::{arrival::Arrivals, hearing::Hearing, tap::Tap},
    outbox::Outbox,
    report::{CallReport, Losses, Summarising, millis, round},
    rtcp::Reporter,
    rtp::Packet,
};

/// What a sender plays when it has nothing to say: 20 ms of silence in Opus.
pub const SILENCE: [u8; 3] = [0xF8, 0xFF, 0xFE];

/// Who is calling, and how they proved that they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The server the channel belongs to.
    pub guild: u64,
    /// The channel.
    pub channel: u64,
    /// The bot.
    pub user: u64,
    /// Of the user's voice state.
    pub session_id: String,
    /// From the grant.
    pub token: String,
    /// The highest version of DAVE the client speaks, 0 for none. `None` in a channel that has no
    /// end-to-end encryption: a stage.
    pub max_dave: Option<u16>,
}

/// One session. Its socket comes and goes, its packets arrive on the shared UDP socket.
#[derive(Debug)]
pub struct Call {
    /// Who it is.
    pub identity: Identity,
    /// Tells calls of the same user apart.
    pub id: u64,
    /// The synchronisation source given to the client.
    pub ssrc: u32,
    /// Messages to the client.
    pub outbox: Outbox,
    transport: OnceLock<(Mode, Cipher)>,
    /// When the session was described.
    described: OnceLock<Instant>,
    /// Whether this call belongs to the share that is decoded.
    decoded: bool,
    tap: Arc<Tap>,
    ear: OnceLock<Arc<Ear>>,
    speaking: AtomicU8,
    has_spoken: AtomicBool,
    hushed: AtomicBool,
    resumes: AtomicU64,
    ingest: Mutex<Ingest>,
    hearing: Mutex<Hearing>,
    undecryptable: AtomicU64,
    unheard: AtomicU64,
    skipped: AtomicU64,
}

/// What the receiving thread knows about the packets.
#[derive(Debug, Default)]
struct Ingest {
    arrivals: Arrivals,
    sequence: Option<u16>,
    reporter: Reporter,
    nonce: Option<u32>,
    dave: bool,
    /// When the first packet came that was not silence.
    sounded: Option<Instant>,
    lost: u64,
    late: u64,
    silence_frames: u64,
    nonce_repeats: u64,
    forged: u64,
    malformed: u64,
    before_speaking: u64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Call {
    /// A session that has just identified itself.
    pub fn new(
        identity: Identity,
        id: u64,
        ssrc: u32,
        version: u8,
        decoded: bool,
        tap: Arc<Tap>,
    ) -> Self {
        Self {
            identity,
            id,
            ssrc,
            outbox: Outbox::new(version),
            transport: OnceLock::new(),
            described: OnceLock::new(),
            decoded,
            tap,
            ear: OnceLock::new(),
            speaking: AtomicU8::new(0),
            has_spoken: AtomicBool::new(false),
            hushed: AtomicBool::new(false),
            resumes: AtomicU64::new(0),
            ingest: Mutex::default(),
            hearing: Mutex::default(),
            undecryptable: AtomicU64::new(0),
            unheard: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
        }
    }

    /// The client has chosen how to encrypt. False when it already had.
    pub fn set_transport(&self, mode: Mode, cipher: Cipher) -> bool {
        let first = self.transport.set((mode, cipher)).is_ok();
        // Only the first counts.
        let _ = self.described.set(Instant::now());
        first
    }

    /// Through whom the channel's end-to-end encrypted audio can be heard.
    pub fn set_ear(&self, ear: Arc<Ear>) {
        // A call is in one channel for its whole life.
        let _ = self.ear.set(ear);
    }

    /// The client said that it speaks, or stopped (op 5).
    pub fn set_speaking(&self, flags: u8) {
        self.speaking.store(flags, Relaxed);
        if flags != 0 {
            self.has_spoken.store(true, Relaxed);
        }
    }

    /// Whether Discord drops what this user says: see [`super::Server::hush`].
    pub fn set_hushed(&self, hushed: bool) {
        self.hushed.store(hushed, Relaxed);
    }

    /// The session was resumed.
    pub fn count_resume(&self) {
        self.resumes.fetch_add(1, Relaxed);
    }

    /// A packet was not decoded because the decoders were busy.
    pub fn count_skipped(&self) {
        self.skipped.fetch_add(1, Relaxed);
    }

    /// Packets that arrived without the client having said that it speaks.
    pub fn before_speaking(&self) -> u64 {
        lock(&self.ingest).before_speaking
    }

    /// A datagram that begins with a header which is not Opus in RTP.
    pub fn count_malformed(&self) {
        lock(&self.ingest).malformed += 1;
    }

    /// Takes the transport encryption off a packet and counts it. Answers with the frame when it
    /// is to be decoded.
    pub fn receive(&self, at: Instant, packet: &Packet<'_>) -> Option<Vec<u8>> {
        let opened = self
            .transport
            .get()
            .and_then(|(_, cipher)| cipher.open(packet.header, packet.body));
        let mut ingest = lock(&self.ingest);
        let Some((mut plain, nonce)) = opened else {
            ingest.forged += 1;
            return None;
        };
        let Some(frame) = packet.frame(&plain) else {
            ingest.malformed += 1;
            return None;
        };
        if !self.has_spoken.load(Relaxed) {
            ingest.before_speaking += 1;
        }
        ingest.arrivals.record(at);
        ingest.follow(packet.sequence);
        ingest.reporter.record(at, packet);
        if ingest
            .nonce
            .replace(nonce)
            .is_some_and(|last| nonce.wrapping_sub(last).cast_signed() <= 0)
        {
            ingest.nonce_repeats += 1;
        }
        if frame == SILENCE {
            ingest.silence_frames += 1;
        } else {
            ingest.dave = Ear::is_encrypted(frame);
            ingest.sounded.get_or_insert(at);
        }
        drop(ingest);
        if self.hushed.load(Relaxed) {
            self.unheard.fetch_add(1, Relaxed);
            return None;
        }
        if !self.decoded && !self.tap.is_used() {
            return None;
        }
        if packet.extension > 0 || packet.padding {
            plain = frame.to_vec();
        }
        Some(plain)
    }

    /// The receiver report that is due.
    pub fn receiver_report(&self, now: Instant) -> Option<Vec<u8>> {
        let (_, cipher) = self.transport.get()?;
        lock(&self.ingest).reporter.due(now, self.ssrc, cipher)
    }

    /// Hears a frame: end-to-end decryption, decoding, and whoever listens along. Answers how many
    /// frames were heard by now, `None` when this one was not.
    pub fn hear(&self, at: Instant, frame: &[u8]) -> Option<u64> {
        let heard = match self.ear.get() {
            Some(ear) => ear.hear(self.identity.user, frame),
            None => Heard::Plain,
        };
        let frame = match &heard {
            Heard::Plain => frame,
            Heard::Decrypted(frame) => frame,
            Heard::Refused => {
                self.undecryptable.fetch_add(1, Relaxed);
                return None;
            }
            Heard::Nobody => {
                self.unheard.fetch_add(1, Relaxed);
                return None;
            }
        };
        let (pcm, heard) = {
            let mut hearing = lock(&self.hearing);
            (hearing.hear(at, frame)?, hearing.frames_heard())
        };
        self.tap.play(self.ssrc, at, &pcm);
        Some(heard)
    }

    /// Begins the statistics of arrival anew.
    pub fn measure(&self) {
        lock(&self.ingest).arrivals.restart();
    }

    /// Adds what is known of the packets' arrival.
    pub fn add_to(&self, summary: &mut Summarising) {
        let ingest = lock(&self.ingest);
        let losses = Losses {
            lost: ingest.lost,
            late: ingest.late,
            silence_frames: ingest.silence_frames,
            undecryptable: self.undecryptable.load(Relaxed),
            skipped: self.skipped.load(Relaxed),
        };
        let flags = (ingest.sounded.is_some(), ingest.dave);
        summary.add(&ingest.arrivals, flags, losses);
    }

    /// What is known of the call now.
    pub fn report(&self, now: Instant) -> CallReport {
        let (last_second, seconds, undecodable) = {
            let hearing = lock(&self.hearing);
            (
                hearing.last_second(now),
                hearing.seconds(),
                hearing.errors(),
            )
        };
        let described = self.described.get().copied();
        let since = |from: Option<Instant>, to: Option<Instant>| {
            Some(millis(to?.saturating_duration_since(from?)))
        };
        let ingest = lock(&self.ingest);
        let mut report = CallReport {
            guild: self.identity.guild.to_string(),
            channel: self.identity.channel.to_string(),
            user: self.identity.user.to_string(),
            connected: self.outbox.is_attached() && self.transport.get().is_some(),
            dave: ingest.dave,
            packets: ingest.arrivals.packets(),
            seconds,
            gaps: ingest.arrivals.gaps(),
            p50_ms: millis(ingest.arrivals.deviation(0.5)),
            p99_ms: millis(ingest.arrivals.deviation(0.99)),
            gap_max_ms: millis(ingest.arrivals.longest()),
            idle_ms: since(ingest.arrivals.last(), Some(now)),
            age_ms: since(described, Some(now)),
            first_sound_ms: since(described, ingest.sounded),
            decoded: self.decoded,
            hushed: self.hushed.load(Relaxed),
            speaking: self.speaking.load(Relaxed),
            v: self.outbox.version(),
            mode: self.transport.get().map_or("", |(mode, _)| mode.name()),
            ssrc: self.ssrc,
            resumes: self.resumes.load(Relaxed),
            lost: ingest.lost,
            late: ingest.late,
            silence_frames: ingest.silence_frames,
            nonce_repeats: ingest.nonce_repeats,
            forged: ingest.forged,
            malformed: ingest.malformed,
            before_speaking: ingest.before_speaking,
            undecryptable: self.undecryptable.load(Relaxed),
            unheard: self.unheard.load(Relaxed),
            undecodable,
            skipped: self.skipped.load(Relaxed),
            ..CallReport::default()
        };
        drop(ingest);
        // The expensive part, with nothing held.
        report.dbfs = round(last_second.dbfs(), 10.0);
        report.pitch_hz = round(last_second.pitch_hz().unwrap_or(0.0), 10.0);
        report
    }
}

impl Ingest {
    /// Follows the sequence numbers of RTP.
    fn follow(&mut self, sequence: u16) {
        let Some(last) = self.sequence else {
            self.sequence = Some(sequence);
            return;
        };
        let ahead = sequence.wrapping_sub(last);
        if ahead == 0 || ahead > u16::MAX / 2 {
            // Late: it was counted as lost when a later one came.
            self.late += 1;
            self.lost = self.lost.saturating_sub(u64::from(ahead != 0));
        } else {
            self.lost += u64::from(ahead - 1);
            self.sequence = Some(sequence);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_and_late_packets_are_told_apart_across_the_wrap() {
        let mut ingest = Ingest::default();
        for sequence in [65_533, 65_534, 1, 65_535, 1, 2] {
            ingest.follow(sequence);
        }
        // 65,535 and 0 were missing; 65,535 came late, 1 came twice.
        assert_eq!((ingest.lost, ingest.late), (1, 2));
    }
}
