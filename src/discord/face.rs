//! A card with its buttons, as a message shows them: the same whether it is sent, edited, or compared
//! with what was sent before.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use poise::CreateReply;
use serenity::all::{CreateActionRow, CreateEmbed, EditInteractionResponse};
use time::OffsetDateTime;

use super::cards;

/// What a message shows.
#[derive(Clone, Default)]
pub(super) struct Face {
    /// Above the embeds.
    pub(super) content: String,
    pub(super) embeds: Vec<CreateEmbed>,
    pub(super) buttons: Vec<CreateActionRow>,
    /// It says when it was drawn.
    pub(super) ages: bool,
}

impl Face {
    /// For a message that is there. What it showed before goes.
    pub(super) fn into_edit(self) -> EditInteractionResponse {
        let (content, embeds, buttons) = self.stamped();
        EditInteractionResponse::new()
            .content(content)
            .embeds(embeds)
            .components(buttons)
    }

    /// For the answer to a command.
    pub(super) fn into_reply(self) -> CreateReply {
        let (content, embeds, buttons) = self.stamped();
        let reply = CreateReply::default().content(content).components(buttons);
        embeds.into_iter().fold(reply, CreateReply::embed)
    }

    /// The same for faces in which a person sees no difference.
    pub(super) fn print(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.content.hash(&mut hasher);
        // Neither fails: both are lists of texts and numbers.
        serde_json::to_string(&self.embeds)
            .unwrap_or_default()
            .hash(&mut hasher);
        serde_json::to_string(&self.buttons)
            .unwrap_or_default()
            .hash(&mut hasher);
        hasher.finish()
    }

    fn stamped(self) -> (String, Vec<CreateEmbed>, Vec<CreateActionRow>) {
        let embeds = if self.ages {
            cards::status::stamp(self.embeds, OffsetDateTime::now_utc())
        } else {
            self.embeds
        };
        (self.content, embeds, self.buttons)
    }
}
