//! Snowflakes: <https://discord.com/developers/docs/reference#snowflakes>.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// Milliseconds from the Unix epoch to Discord's, the first second of 2015.
pub const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

/// A snowflake: a 64-bit id whose upper 42 bits are milliseconds since Discord's epoch.
/// In JSON it is a string of digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u64);

impl Id {
    /// When the id was made, in milliseconds since the Unix epoch.
    pub fn unix_ms(self) -> u64 {
        (self.0 >> 22) + DISCORD_EPOCH_MS
    }

    /// The shard that a guild belongs to:
    /// <https://discord.com/developers/docs/events/gateway#sharding>.
    pub fn shard_of(self, shards: u64) -> u64 {
        (self.0 >> 22) % shards.max(1)
    }

    /// As Discord's JSON has it.
    pub fn json(self) -> Value {
        Value::String(self.0.to_string())
    }

    /// From JSON that holds a string of digits or an integer, as clients send it.
    pub fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_u64().filter(|id| *id > 0).map(Self),
            _ => None,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Id> for Value {
    fn from(id: Id) -> Self {
        id.json()
    }
}

impl serde::Serialize for Id {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The text is not a snowflake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a snowflake")]
pub struct NotAnId;

impl FromStr for Id {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text.is_empty() || text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotAnId);
        }
        text.parse().map(Self).map_err(|_| NotAnId)
    }
}

/// Makes ids that only grow.
#[derive(Debug, Default)]
pub struct IdSource {
    last: u64,
}

impl IdSource {
    /// The next id, of the millisecond given (since the Unix epoch), or of the last one when
    /// the clock has gone back.
    pub fn next(&mut self, unix_ms: u64) -> Id {
        let fresh = unix_ms.saturating_sub(DISCORD_EPOCH_MS) << 22;
        self.last = fresh.max(self.last + 1);
        Id(self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_goes_back() {
        let mut source = IdSource::default();
        let first = source.next(DISCORD_EPOCH_MS + 5_000);
        let second = source.next(DISCORD_EPOCH_MS + 5_000);
        let third = source.next(DISCORD_EPOCH_MS + 1_000);
        assert!(first < second && second < third);
        assert_eq!(third.unix_ms(), DISCORD_EPOCH_MS + 5_000);
    }

    #[test]
    fn only_snowflakes_parse() {
        assert_eq!(
            "175928847299117063".parse(),
            Ok(Id(175_928_847_299_117_063))
        );
        for bad in [
            "",
            "0",
            "-1",
            "+1",
            "12a",
            " 1",
            "99999999999999999999",
            "007",
        ] {
            assert_eq!(bad.parse::<Id>(), Err(NotAnId), "{bad:?}");
        }
        // The example of Discord's documentation.
        assert_eq!(Id(175_928_847_299_117_063).unix_ms(), 1_462_015_105_796);
    }
}
