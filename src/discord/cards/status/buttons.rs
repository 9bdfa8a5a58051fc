//! What is below the card of `/status`.

use serenity::all::{ButtonStyle, CreateActionRow, CreateButton, UserId};

use super::doing;
use crate::{
    discord::components::status::Button,
    language::{Language, Text},
    lanyard::Presence,
};

/// The buttons of a card. `live` is the number under which it is kept up to date, if it is.
pub fn buttons(presence: &Presence, live: Option<u64>, language: Language) -> Vec<CreateActionRow> {
    let user = UserId::new(presence.user_id.max(1));
    let refresh = Button::Refresh { user, live };
    let mut row = vec![
        refresh
            .create()
            .label(language.say(Text::Refresh))
            .emoji('🔄')
            .style(ButtonStyle::Secondary),
        match live {
            Some(live) => Button::Stop { user, live }
                .create()
                .label(language.say(Text::Stop))
                .emoji('⏹')
                .style(ButtonStyle::Secondary),
            None => Button::Live { user }
                .create()
                .label(language.say(Text::KeepLive))
                .emoji('🔴')
                .style(ButtonStyle::Secondary),
        },
    ];
    let track = presence.spotify.as_ref().and_then(doing::track_page);
    let open = || language.say(Text::OpenSpotify);
    row.extend(track.map(|track| CreateButton::new_link(track).label(open())));
    vec![CreateActionRow::Buttons(row)]
}
