//! How something is written for those who read it.

use std::str::FromStr;

use super::{Language, Text};

/// How something is written for those who read it.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Wording {
    /// Everything the bot says itself.
    pub language: Language,
    /// What songs, artists, albums and the like are called.
    pub titles: Titles,
}

/// In which script the names of songs and artists are written.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Titles {
    /// In their own: Japanese, Korean.
    #[default]
    Native,
    /// In Latin letters.
    Romaji,
}

impl Wording {
    /// A text in its language.
    pub(crate) fn say(self, text: Text<'_>) -> String {
        self.language.say(text)
    }
}

impl From<Language> for Wording {
    fn from(language: Language) -> Self {
        Self {
            language,
            titles: Titles::default(),
        }
    }
}

impl Titles {
    /// Both, in the order people see them.
    pub const ALL: [Self; 2] = [Self::Native, Self::Romaji];

    /// The name that is stored.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Romaji => "romaji",
        }
    }

    /// The name in this script, and the one in the other; where one is missing, the other is first.
    pub(crate) fn order<'a>(
        self,
        native: Option<&'a str>,
        romaji: Option<&'a str>,
    ) -> (Option<&'a str>, Option<&'a str>) {
        let (first, second) = match self {
            Self::Native => (native, romaji),
            Self::Romaji => (romaji, native),
        };
        if first.is_some() {
            (first, second)
        } else {
            (second, None)
        }
    }
}

/// A text that names no script.
#[derive(Debug, thiserror::Error)]
#[error("not a script: expected `native` or `romaji`")]
pub struct UnknownScript;

impl FromStr for Titles {
    type Err = UnknownScript;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|titles| titles.key() == text).ok_or(UnknownScript)
    }
}
