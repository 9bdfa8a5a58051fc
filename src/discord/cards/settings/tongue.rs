//! The page with the language of a channel's announcements.

use serenity::all::CreateActionRow;

use super::{channel, tongues};
use crate::{
    discord::components::settings::{Item, Place},
    language::{Language, Text},
    store::Target,
};

/// The value of the menu that leaves it to the server.
pub(in crate::discord) const OF_SERVER: &str = "server";

/// What changes it: the server's, or one of those that the bot speaks.
pub fn rows(target: &Target, language: Language) -> Vec<CreateActionRow> {
    let place = Place::of(target);
    let none = language.say(Text::LanguageServer);
    vec![
        tongues(Item::Tongue(place), none, OF_SERVER, target.style.language),
        CreateActionRow::Buttons(vec![channel::back(place, language)]),
    ]
}
