//! Why a channel gets nothing.

use std::fmt;

/// What Discord said to the last attempt, as it is stored; cards say it in the reader's language.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reason {
    /// The bot cannot see the channel.
    Access,
    /// It may not post there.
    Permissions,
    /// Discord refuses the message with one of its codes.
    /// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json>
    Refused(u32),
    /// Discord holds the channel back.
    HeldBack,
    /// Discord does not answer.
    Unreachable,
    /// A sentence that an older version wrote.
    Other(String),
}

impl Reason {
    pub(super) fn read(text: &str) -> Self {
        let refused = || text.strip_prefix("refused ")?.parse().ok();
        match text {
            "access" => Self::Access,
            "permissions" => Self::Permissions,
            "held back" => Self::HeldBack,
            "unreachable" => Self::Unreachable,
            _ => refused().map_or_else(|| Self::Other(text.to_owned()), Self::Refused),
        }
    }
}

/// As it is stored.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Access => f.write_str("access"),
            Self::Permissions => f.write_str("permissions"),
            Self::Refused(code) => write!(f, "refused {code}"),
            Self::HeldBack => f.write_str("held back"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::Other(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_survives_being_stored() {
        for reason in [
            Reason::Access,
            Reason::Permissions,
            Reason::Refused(50_035),
            Reason::HeldBack,
            Reason::Unreachable,
            Reason::Other("Discord had a bad day".to_owned()),
            Reason::Other("refused".to_owned()),
        ] {
            assert_eq!(Reason::read(&reason.to_string()), reason);
        }
    }
}
