//! What is below the card of `/status`.

use serenity::all::{ButtonStyle, CreateActionRow, CreateButton, UserId};

use super::{doing, words};
use crate::{discord::components::status::Button, lanyard::Presence};

/// The buttons of a card. `live` is the number under which it is kept up to date, if it is.
pub fn buttons(presence: &Presence, live: Option<u64>) -> Vec<CreateActionRow> {
    let user = UserId::new(presence.user_id.max(1));
    let refresh = Button::Refresh { user, live };
    let mut row = vec![
        refresh
            .create()
            .label(words::REFRESH)
            .emoji('🔄')
            .style(ButtonStyle::Secondary),
        match live {
            Some(live) => Button::Stop { user, live }
                .create()
                .label(words::STOP)
                .emoji('⏹')
                .style(ButtonStyle::Secondary),
            None => Button::Live { user }
                .create()
                .label(words::GO_LIVE)
                .emoji('🔴')
                .style(ButtonStyle::Secondary),
        },
    ];
    let track = presence.spotify.as_ref().and_then(doing::track_page);
    row.extend(track.map(|track| CreateButton::new_link(track).label(words::OPEN)));
    vec![CreateActionRow::Buttons(row)]
}
