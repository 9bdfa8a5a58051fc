//! The cards of one play: drawn once for all channels that read the same.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use serenity::all::CreateEmbed;

use crate::{
    discord::cards::announcement,
    language::{Servers, Wording},
    listen_moe::{Occasion, OnAir},
    store::{Detail, Target},
};

/// What is drawn.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Kind {
    Event,
    Full,
    Compact,
}

/// The cards of a play, for readers of every language.
pub(super) struct Cards<'a> {
    on_air: &'a OnAir,
    servers: &'a Servers,
    drawn: Mutex<HashMap<(Kind, Wording), CreateEmbed>>,
}

impl<'a> Cards<'a> {
    pub(super) fn new(on_air: &'a OnAir, servers: &'a Servers) -> Self {
        Self {
            on_air,
            servers,
            drawn: Mutex::default(),
        }
    }

    /// The card for a channel: in its own language, where it has one.
    pub(super) fn of(&self, target: &Target, occasion: Occasion) -> CreateEmbed {
        let mut wording = self.servers.wording(target.guild);
        wording.language = target.style.language.unwrap_or(wording.language);
        let kind = match (occasion, target.style.detail) {
            (Occasion::Event { .. }, _) => Kind::Event,
            (Occasion::Play(_), Detail::Full) => Kind::Full,
            (Occasion::Play(_), Detail::Compact) => Kind::Compact,
        };
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let card = drawn.entry((kind, wording)).or_insert_with(|| match kind {
            Kind::Event => announcement::event(self.on_air, wording),
            Kind::Full => announcement::card(self.on_air, wording),
            Kind::Compact => announcement::compact(self.on_air, wording),
        });
        card.clone()
    }
}
