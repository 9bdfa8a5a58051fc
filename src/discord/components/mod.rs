//! Buttons and selects. The custom id of each says all that is needed to act on it, so that they
//! work after a restart, and on messages that the bot has forgotten.
//!
//! An id begins with the name of the file here that owns it: `radio:stop`, `radio:station:jpop`.
//! To add a family of buttons, add a file and a line in [`act`].

pub(super) mod history;
pub(super) mod radio;
pub(super) mod settings;
pub(super) mod song;
pub(super) mod status;

use serenity::all::{
    ComponentInteraction, Context, CreateInteractionResponse, CreateInteractionResponseFollowup,
    CreateInteractionResponseMessage, EditInteractionResponse,
};
use tracing::warn;

use super::{
    CommandError, Data,
    error::{describe, tell},
    readers,
    respond::respond,
};
use crate::language::{Language, Text, Wording};

/// One press of a button.
pub(super) struct Press<'a> {
    pub(super) ctx: &'a Context,
    pub(super) data: &'a Data,
    pub(super) interaction: &'a ComponentInteraction,
    acknowledged: bool,
}

impl Press<'_> {
    /// How the message the button is on is written.
    pub(super) fn wording(&self) -> Wording {
        readers::of_message(&self.data.servers, self.interaction)
    }

    /// What is said to who pressed it alone.
    pub(super) fn language(&self) -> Language {
        Language::from_discord(&self.interaction.locale)
    }

    /// Tells Discord within its 3 s that the press has arrived. The message stays as it is.
    pub(super) async fn acknowledge(&mut self) -> Result<(), CommandError> {
        self.answer(CreateInteractionResponse::Acknowledge).await
    }

    /// Makes the message the button is on into this one, within those 3 s.
    pub(super) async fn replace(
        &mut self,
        message: CreateInteractionResponseMessage,
    ) -> Result<(), CommandError> {
        self.answer(CreateInteractionResponse::UpdateMessage(message))
            .await
    }

    /// Answers within those 3 s.
    pub(super) async fn answer(
        &mut self,
        response: CreateInteractionResponse,
    ) -> Result<(), CommandError> {
        let (http, interaction) = (&self.ctx.http, self.interaction);
        respond(http, interaction.id, &interaction.token, &response).await?;
        self.acknowledged = true;
        Ok(())
    }

    /// Changes the message the button is on, after [`acknowledge`](Self::acknowledge).
    pub(super) async fn update(&self, edit: EditInteractionResponse) -> Result<(), CommandError> {
        self.interaction.edit_response(&self.ctx.http, edit).await?;
        Ok(())
    }

    /// Tells only who pressed it.
    async fn whisper(&self, text: String) -> serenity::Result<()> {
        let (interaction, http) = (self.interaction, &self.ctx.http);
        if self.acknowledged {
            let message = CreateInteractionResponseFollowup::new()
                .content(text)
                .ephemeral(true);
            interaction.create_followup(http, message).await?;
        } else {
            let message = CreateInteractionResponseMessage::new()
                .content(text)
                .ephemeral(true);
            let response = CreateInteractionResponse::Message(message);
            interaction.create_response(http, response).await?;
        }
        Ok(())
    }
}

/// Does what the button says, or tells who pressed it why not.
pub(super) async fn handle(ctx: &Context, data: &Data, interaction: &ComponentInteraction) {
    let mut press = Press {
        ctx,
        data,
        interaction,
        acknowledged: false,
    };
    let id = &interaction.data.custom_id;
    let Err(error) = act(&mut press, id).await else {
        return;
    };
    if let Err(error) = press.whisper(tell(id, &error, press.language())).await {
        warn!(id, "could not say what went wrong: {}", describe(&error));
    }
}

async fn act(press: &mut Press<'_>, id: &str) -> Result<(), CommandError> {
    match id.split_once(':') {
        Some((radio::FAMILY, rest)) => radio::press(press, rest).await,
        Some((song::FAMILY, rest)) => song::press(press, rest).await,
        Some((history::FAMILY, rest)) => history::press(press, rest).await,
        Some((status::FAMILY, rest)) => status::press(press, rest).await,
        Some((settings::FAMILY, rest)) => settings::press(press, rest).await,
        _ => Err(outdated()),
    }
}

/// A button of another version of the bot.
fn outdated() -> CommandError {
    CommandError::refused(Text::OutdatedButton)
}
