//! Languages: everything that people read, in each language that the bot speaks.
//!
//! - [`Language`]: which there are, and which of Discord's locales are theirs.
//! - `text`: every text by name, with what it takes.
//! - `catalog`: the Fluent files of a language, `locales/<language>/*.ftl`.
//! - `commands`: what commands are called.
//! - [`Wording`]: in which language, and song titles in which script.
//! - [`Servers`]: what each server reads.
//!
//! What is said here is words. Marks, line breaks and markdown between them are the cards' own, so
//! that a translation cannot break a layout; and whatever is put into a text from outside is escaped
//! before. The marks that Fluent can put around such a text to isolate its direction are off: they
//! would count towards Discord's limits and be in the way of mentions, and [`escape`] takes the
//! characters that change directions out of text from outside.
//!
//! [`escape`]: crate::discord::escape

mod catalog;
mod commands;
mod servers;
#[cfg(test)]
mod tests;
mod text;
mod wording;

use std::{fmt, str::FromStr, sync::LazyLock};

pub(crate) use self::{
    commands::{key_of, localize},
    text::{Text, Words},
};
pub use self::{
    servers::Servers,
    wording::{Titles, Wording},
};
use catalog::Catalog;

/// A language that the bot speaks.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Language {
    /// The one that is spoken to those whose language is none of these.
    #[default]
    English,
    /// 日本語
    Japanese,
    /// 한국어
    Korean,
    /// Español, the same for Spain and Latin America.
    Spanish,
    /// Português do Brasil
    Portuguese,
    /// Deutsch
    German,
    /// Français
    French,
    /// 简体中文
    Chinese,
}

/// The texts of a language are read when somebody first needs them, and never change: what would
/// otherwise be handed through every function that says a word.
static CATALOGS: [LazyLock<Catalog>; Language::ALL.len()] = [
    LazyLock::new(|| Catalog::read(Language::English)),
    LazyLock::new(|| Catalog::read(Language::Japanese)),
    LazyLock::new(|| Catalog::read(Language::Korean)),
    LazyLock::new(|| Catalog::read(Language::Spanish)),
    LazyLock::new(|| Catalog::read(Language::Portuguese)),
    LazyLock::new(|| Catalog::read(Language::German)),
    LazyLock::new(|| Catalog::read(Language::French)),
    LazyLock::new(|| Catalog::read(Language::Chinese)),
];

impl Language {
    /// All of them, in the order people see them.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::Japanese,
        Self::Korean,
        Self::Spanish,
        Self::Portuguese,
        Self::German,
        Self::French,
        Self::Chinese,
    ];

    /// The name that is stored, a BCP 47 tag; its texts are in the folder of that name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Japanese => "ja",
            Self::Korean => "ko",
            Self::Spanish => "es",
            Self::Portuguese => "pt-BR",
            Self::German => "de",
            Self::French => "fr",
            Self::Chinese => "zh-CN",
        }
    }

    /// What those who speak it call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Japanese => "日本語",
            Self::Korean => "한국어",
            Self::Spanish => "Español",
            Self::Portuguese => "Português do Brasil",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Chinese => "简体中文",
        }
    }

    /// Discord's names of it: <https://discord.com/developers/docs/reference#locales>
    pub const fn locales(self) -> &'static [&'static str] {
        match self {
            Self::English => &["en-US", "en-GB"],
            Self::Japanese => &["ja"],
            Self::Korean => &["ko"],
            Self::Spanish => &["es-ES", "es-419"],
            Self::Portuguese => &["pt-BR"],
            Self::German => &["de"],
            Self::French => &["fr"],
            Self::Chinese => &["zh-CN"],
        }
    }

    /// The language of those whose Discord is set to this locale.
    pub fn from_discord(locale: &str) -> Self {
        let mut all = Self::ALL.into_iter();
        all.find(|language| language.locales().contains(&locale))
            .unwrap_or_default()
    }

    /// A text in this language.
    #[allow(clippy::needless_pass_by_value, reason = "it is made to be said")]
    pub(crate) fn say(self, text: Text<'_>) -> String {
        let (key, arguments) = (text.key(), text.arguments());
        self.catalog()
            .text(key, &arguments)
            .or_else(|| Self::English.catalog().text(key, &arguments))
            // Cannot be: a test compares the files with the texts.
            .unwrap_or_else(|| key.to_owned())
    }

    /// A number as it is written in this language: `1,234`.
    pub(crate) fn number(self, number: u64) -> String {
        catalog::grouped(&number.to_string(), self.separator())
    }

    /// What a command is called, and what it does. The key is one of [`key_of`].
    pub(crate) fn command(self, key: &str) -> Option<(String, String)> {
        let catalog = self.catalog();
        Some((catalog.name(key)?, catalog.description(key)?))
    }

    /// What is between the thousands of a number.
    const fn separator(self) -> &'static str {
        match self {
            Self::English | Self::Japanese | Self::Korean | Self::Chinese => ",",
            Self::Spanish | Self::Portuguese | Self::German => ".",
            Self::French => "\u{202f}",
        }
    }

    fn catalog(self) -> &'static Catalog {
        &CATALOGS[self as usize]
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// A text that names no language the bot speaks.
#[derive(Debug, thiserror::Error)]
#[error("not a language that I speak")]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|language| language.key() == text)
            .ok_or(UnknownLanguage)
    }
}
