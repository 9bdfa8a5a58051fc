//! Options with a few choices.
//!
//! Each is a string whose values are the keys that are stored: they stay what they are when a
//! choice is added, and read well wherever options are logged.

use std::str::FromStr;

use poise::{SlashArgError, SlashArgument};
use serenity::{
    all::{CommandInteraction, CommandOptionType, Context, CreateCommandOption, ResolvedValue},
    async_trait,
};

use crate::{
    discord::cards::targets,
    language::{Language, Text},
    station::Station,
    store::{Detail, Mode},
};

/// On or off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Switch {
    On,
    Off,
}

impl Switch {
    const ALL: [Self; 2] = [Self::On, Self::Off];

    const fn key(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }

    const fn text(self) -> Text<'static> {
        match self {
            Self::On => Text::On,
            Self::Off => Text::Off,
        }
    }

    pub(super) fn is_on(self) -> bool {
        self == Self::On
    }
}

impl FromStr for Switch {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|switch| switch.key() == text).ok_or(())
    }
}

/// A language, or whichever is the server's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tongue(pub(super) Option<Language>);

impl Tongue {
    const ALL: [Self; Language::ALL.len() + 1] = {
        let mut all = [Self(None); Language::ALL.len() + 1];
        let mut index = 0;
        while index < Language::ALL.len() {
            all[index + 1] = Self(Some(Language::ALL[index]));
            index += 1;
        }
        all
    };

    const fn key(self) -> &'static str {
        match self.0 {
            Some(language) => language.key(),
            None => "server",
        }
    }
}

impl FromStr for Tongue {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut all = Self::ALL.into_iter();
        all.find(|tongue| tongue.key() == text).ok_or(())
    }
}

/// In English; [`localize`](crate::language::localize) adds the other languages.
fn say(text: Text<'_>) -> String {
    Language::English.say(text)
}

/// A type with `ALL`, `key()` and `FromStr` becomes an option, in which each is called so.
macro_rules! choice {
    ($type:ty, $title:expr) => {
        #[async_trait]
        impl SlashArgument for $type {
            async fn extract(
                _: &Context,
                _: &CommandInteraction,
                value: &ResolvedValue<'_>,
            ) -> Result<Self, SlashArgError> {
                let ResolvedValue::String(key) = value else {
                    let why = "a choice is a string";
                    return Err(SlashArgError::new_command_structure_mismatch(why));
                };
                key.parse()
                    .map_err(|_| SlashArgError::new_command_structure_mismatch("no such choice"))
            }

            fn create(option: CreateCommandOption) -> CreateCommandOption {
                let option = option.kind(CommandOptionType::String);
                Self::ALL.into_iter().fold(option, |option, choice| {
                    option.add_string_choice(($title)(choice), choice.key())
                })
            }
        }
    };
}

choice!(Station, Station::title);
choice!(Mode, |it| say(targets::mode(it)));
choice!(Detail, |it| say(targets::detail(it)));
choice!(Switch, |it: Switch| say(it.text()));
choice!(Tongue, |Tongue(language)| match language {
    Some(language) => language.title().to_owned(),
    None => say(Text::LanguageServer),
});
