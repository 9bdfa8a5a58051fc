//! The two stations of LISTEN.moe: the vocabulary every other module shares.

use std::{fmt, str::FromStr};

/// A LISTEN.moe station. Each has its own metadata gateway and its own audio stream.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Station {
    /// Japanese pop, the station LISTEN.moe started with.
    #[default]
    Jpop,
    /// Korean pop.
    Kpop,
}

impl Station {
    /// Both stations, in the order people see them.
    pub const ALL: [Self; 2] = [Self::Jpop, Self::Kpop];

    /// The one that is not this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Jpop => Self::Kpop,
            Self::Kpop => Self::Jpop,
        }
    }

    /// The name that is stored, configured and used as a metric label: `jpop` or `kpop`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Jpop => "jpop",
            Self::Kpop => "kpop",
        }
    }

    /// The name that people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Jpop => "J-pop",
            Self::Kpop => "K-pop",
        }
    }
}

impl fmt::Display for Station {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A text that names no station.
#[derive(Debug, thiserror::Error)]
#[error("not a station: expected `jpop` or `kpop`")]
pub struct UnknownStation;

impl FromStr for Station {
    type Err = UnknownStation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|station| station.key() == text)
            .ok_or(UnknownStation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_round_trip() {
        for station in Station::ALL {
            assert_eq!(station.key().parse::<Station>().unwrap(), station);
        }
        assert!("jpop ".parse::<Station>().is_err());
    }
}
