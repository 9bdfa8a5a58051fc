//! What ends a connection, and how soon to try again.

use std::{error::Error, io, time::Duration};

use super::frames::{Send, Violation};

/// Why a connection could not be made, or ended. The text is for logs and people; what it quotes
/// from outside is short and holds no control characters.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    /// Refused, unreachable, unknown name.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// Connecting took too long.
    #[error("no connection within {0:?}")]
    ConnectTimeout(Duration),
    /// The other side is not who it should be.
    #[error("cannot trust the server: {0}")]
    Untrusted(String),
    /// The upgrade to a WebSocket was answered with another HTTP status.
    #[error("the server answered with HTTP status {0}")]
    Status(u16),
    /// The connection broke: a reset, an end without a word.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// What came are no frames of a WebSocket.
    #[error("the server breaks the rules of WebSockets: {0}")]
    Violation(&'static str),
    /// The server closed it.
    #[error("the server closed the connection: {0}")]
    Closed(Close),
    /// The server closed it because of what we sent.
    #[error("the server rejects what we send: {0}")]
    Rejected(Close),
    /// Not a byte arrived, not even a pong.
    #[error("nothing was heard for {0:?}")]
    Silent(Duration),
    /// Something was not accepted in time.
    #[error("the connection does not take what we send")]
    Stuck,
    /// The server did not say in time what its protocol wants.
    #[error("no {0} came in time")]
    Late(&'static str),
    /// A message over the limit, which is this many bytes.
    #[error("a message is too large: the limit is {0} bytes")]
    TooLarge(u64),
    /// A message without which there is no use in going on cannot be understood.
    #[error("a message could not be understood: {0}")]
    Undecodable(String),
    /// Nothing that can be understood, many times in a row.
    #[error("{0} frames in a row could not be understood")]
    Garbage(u32),
}

/// How soon to try again after a [`Fault`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pace {
    /// Within seconds: the network or the service is down, and attempts are cheap.
    Brisk,
    /// Within minutes: the service is there and does not want us as we are.
    Patient,
}

impl Fault {
    /// How soon to try again.
    pub const fn pace(&self) -> Pace {
        match self {
            // 408 asks for another attempt, and a proxy says 5xx while what is behind it is down.
            Self::Status(status) if *status == 408 || *status >= 500 => Pace::Brisk,
            Self::Status(_)
            | Self::Untrusted(_)
            | Self::Rejected(_)
            | Self::TooLarge(_)
            | Self::Undecodable(_)
            | Self::Garbage(_) => Pace::Patient,
            Self::Connect(_)
            | Self::ConnectTimeout(_)
            | Self::Broken(_)
            | Self::Violation(_)
            | Self::Closed(_)
            | Self::Silent(_)
            | Self::Stuck
            | Self::Late(_) => Pace::Brisk,
        }
    }

    /// The close frame that tells the server; `None` where nobody would hear it.
    /// <https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1>
    pub(super) const fn goodbye(&self) -> Option<Send<'static>> {
        let code = match self {
            // Its own code is the answer; some only stand for there being none.
            Self::Closed(close) | Self::Rejected(close) => match close.code {
                code @ (1000..=1004 | 1007..=1014 | 3000..=4999) => Some(code),
                _ => None,
            },
            Self::Violation(_) => Some(1002),
            Self::TooLarge(_) => Some(1009),
            Self::Undecodable(_) | Self::Garbage(_) => Some(1007),
            Self::Late(_) => Some(1000),
            Self::Connect(_)
            | Self::ConnectTimeout(_)
            | Self::Untrusted(_)
            | Self::Status(_)
            | Self::Broken(_)
            | Self::Silent(_)
            | Self::Stuck => return None,
        };
        Some(Send::Close(code))
    }

    /// From an error while connecting or upgrading. The address is not told: it may hold a secret.
    pub(super) fn connecting(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut cause: &dyn Error = &error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
            // rustls reports certificates it does not accept as invalid data.
            if let Some(io) = cause.downcast_ref::<io::Error>()
                && io.kind() == io::ErrorKind::InvalidData
            {
                return Self::Untrusted(short(&io.to_string()));
            }
        }
        Self::Connect(short(&cause.to_string()))
    }
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        match violation {
            Violation::Protocol(what) => Self::Violation(what),
            Violation::TooLarge(limit) => Self::TooLarge(limit),
        }
    }
}

/// A WebSocket close frame.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Close {
    /// <https://www.rfc-editor.org/rfc/rfc6455#section-7.4>; 1005 when there was none.
    pub code: u16,
    reason: String,
}

impl Close {
    pub(super) fn new(code: u16, reason: &str) -> Self {
        let reason = short(reason);
        Self { code, reason }
    }
}

impl std::fmt::Display for Close {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "code {}", self.code)?;
        if !self.reason.is_empty() {
            write!(f, ", \"{}\"", self.reason)?;
        }
        Ok(())
    }
}

/// At most 120 characters, control characters escaped: fit for a log line.
pub(super) fn short(text: &str) -> String {
    text.chars()
        .take(120)
        .flat_map(char::escape_debug)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_network_does_is_retried_soon_and_what_the_service_refuses_is_not() {
        for (fault, pace) in [
            (Fault::Connect(String::new()), Pace::Brisk),
            (Fault::Status(502), Pace::Brisk),
            (Fault::Status(403), Pace::Patient),
            (Fault::Status(429), Pace::Patient),
            (Fault::Status(200), Pace::Patient),
            (Fault::Rejected(Close::new(1005, "")), Pace::Patient),
            (Fault::Garbage(9), Pace::Patient),
            (Fault::Undecodable(String::new()), Pace::Patient),
            (Fault::TooLarge(1), Pace::Patient),
            (Fault::Violation(""), Pace::Brisk),
            (Fault::Closed(Close::new(1005, "")), Pace::Brisk),
        ] {
            assert_eq!(fault.pace(), pace, "{fault}");
        }
    }

    #[test]
    fn a_close_is_answered_with_its_code_and_a_mistake_with_its_name() {
        let close = |code| Some(Send::Close(code));
        for (fault, goodbye) in [
            (Fault::Closed(Close::new(1012, "")), close(Some(1012))),
            (Fault::Rejected(Close::new(4004, "")), close(Some(4004))),
            // Not to be sent: they say that there was none.
            (Fault::Closed(Close::new(1005, "")), close(None)),
            (Fault::Closed(Close::new(0, "")), close(None)),
            (Fault::Violation(""), close(Some(1002))),
            (Fault::TooLarge(1), close(Some(1009))),
            (Fault::Broken(String::new()), None),
            (Fault::Stuck, None),
        ] {
            assert_eq!(fault.goodbye(), goodbye, "{fault}");
        }
    }

    #[test]
    fn a_reason_from_outside_stays_on_its_log_line() {
        let reason = format!("a\nb{}", "x".repeat(500));
        let text = Close::new(4004, &reason).to_string();
        assert!(text.starts_with("code 4004, \"a\\nb"), "{text}");
        assert!(text.len() < 200 && !text.contains('\n'));
    }
}
