//! The voice gateway: a WebSocket per session, over TLS.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`accept`] | from a TCP connection to a WebSocket |
//! | [`connection`] | one socket: identify or resume, then messages until it ends |
//! | [`payload`] | what clients send, checked |
//!
//! Source: [Discord](https://discord.com/developers/docs/topics/voice-connections).

pub mod accept;
pub mod connection;
pub mod payload;

use std::borrow::Cow;

/// [Operations of the voice gateway](https://discord.com/developers/docs/topics/opcodes-and-status-codes#voice-voice-opcodes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are Discord's")]
pub enum Op {
    Identify = 0,
    SelectProtocol = 1,
    Ready = 2,
    Heartbeat = 3,
    SessionDescription = 4,
    Speaking = 5,
    HeartbeatAck = 6,
    Resume = 7,
    Hello = 8,
    Resumed = 9,
    ClientsConnect = 11,
    ClientDisconnect = 13,
    PrepareTransition = 21,
    ExecuteTransition = 22,
    TransitionReady = 23,
    PrepareEpoch = 24,
    MlsExternalSender = 25,
    MlsKeyPackage = 26,
    MlsProposals = 27,
    MlsCommitWelcome = 28,
    MlsAnnounceCommit = 29,
    MlsWelcome = 30,
    MlsInvalidCommitWelcome = 31,
}

/// [Why a socket is closed](https://discord.com/developers/docs/topics/opcodes-and-status-codes#voice-voice-close-event-codes).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} {reason}")]
pub struct Close {
    /// The code.
    pub code: u16,
    /// Why, in a few words.
    pub reason: Cow<'static, str>,
}

impl Close {
    /// The sandbox stops.
    pub const GOING_AWAY: Self = Self::with(1001, "Going away");
    /// An operation that does not exist, or is not the client's to send.
    pub const UNKNOWN_OPCODE: Self = Self::with(4001, "Unknown opcode");
    /// Not JSON, or not the shape that was to be expected.
    pub const DECODE: Self = Self::with(4002, "Failed to decode payload");
    /// Something else came before identify.
    pub const NOT_AUTHENTICATED: Self = Self::with(4003, "Not authenticated");
    /// A wrong token.
    pub const AUTHENTICATION_FAILED: Self = Self::with(4004, "Authentication failed");
    /// Identify came twice.
    pub const ALREADY_AUTHENTICATED: Self = Self::with(4005, "Already authenticated");
    /// A session id that is unknown, or no longer valid.
    pub const SESSION_INVALID: Self = Self::with(4006, "Session is no longer valid");
    /// No identify or no heartbeat in time.
    pub const SESSION_TIMEOUT: Self = Self::with(4009, "Session timeout");
    /// Nobody was told to connect to that server.
    pub const SERVER_NOT_FOUND: Self = Self::with(4011, "Server not found");
    /// Another protocol than udp, or a version of the gateway that does not exist.
    pub const UNKNOWN_PROTOCOL: Self = Self::with(4012, "Unknown protocol");
    /// Kicked, moved, or the main gateway's session is gone.
    pub const DISCONNECTED: Self = Self::with(4014, "Disconnected");
    /// An encryption mode that is not offered.
    pub const UNKNOWN_MODE: Self = Self::with(4016, "Unknown encryption mode");
    /// The channel requires end-to-end encryption and the client has none.
    pub const DAVE_REQUIRED: Self = Self::with(4017, "E2EE/DAVE protocol required");

    const fn with(code: u16, reason: &'static str) -> Self {
        Self {
            code,
            reason: Cow::Borrowed(reason),
        }
    }

    /// A request that is understood but makes no sense.
    pub const fn bad_request(reason: &'static str) -> Self {
        Self::with(4020, reason)
    }

    /// A code chosen by whoever provokes a condition.
    pub fn provoked(code: u16) -> Self {
        let reason = match code {
            4006 => return Self::SESSION_INVALID,
            4009 => return Self::SESSION_TIMEOUT,
            4014 => return Self::DISCONNECTED,
            4015 => "Voice server crashed",
            4021 => "Disconnected: Rate Limited",
            4022 => "Disconnected: Call Terminated",
            _ => "",
        };
        Self::with(code, reason)
    }
}
