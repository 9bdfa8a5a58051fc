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

    const fn title(self) -> &'static str {
        self.key()
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

/// A type with `ALL`, `key()`, `title()` and `FromStr` becomes an option.
macro_rules! choice {
    ($type:ty) => {
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
                    option.add_string_choice(choice.title(), choice.key())
                })
            }
        }
    };
}

choice!(Station);
choice!(Mode);
choice!(Detail);
choice!(Switch);
