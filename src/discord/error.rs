//! What can go wrong with a command, and what people are told.

use poise::{CreateReply, FrameworkError};
use serenity::{
    all::{CommandInteraction, CreateInteractionResponse, CreateInteractionResponseMessage},
    http::HttpError,
};
use tracing::{debug, error, warn};

use super::{Data, permissions};
use crate::{radio::RadioError, store::StoreError};

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The caller can do something about it, and the text says what: it is shown as it is.
    #[error("{0}")]
    Refused(String),
    /// The radio could not.
    #[error("radio: {0}")]
    Radio(#[from] RadioError),
    /// The settings could not be read or written.
    #[error("store: {0}")]
    Store(#[from] StoreError),
    /// Discord did not take an answer.
    #[error("Discord: {0}")]
    Discord(String),
}

impl CommandError {
    /// A refusal that tells the caller what to do.
    pub(super) fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into())
    }
}

impl From<serenity::Error> for CommandError {
    fn from(error: serenity::Error) -> Self {
        Self::Discord(describe(&error))
    }
}

/// An error of serenity's in words for the log. Its own `Display` may quote the address of the
/// request, and with it the secret token of an interaction.
pub(super) fn describe(error: &serenity::Error) -> String {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => format!(
            "HTTP {}, code {}: {}",
            answer.status_code.as_u16(),
            answer.error.code,
            answer.error.message
        ),
        serenity::Error::Http(HttpError::Request(error)) if error.is_timeout() => {
            "no answer in time".to_owned()
        }
        serenity::Error::Http(HttpError::Request(error)) if error.is_connect() => {
            "no connection".to_owned()
        }
        serenity::Error::Http(HttpError::Request(_)) => "the connection broke".to_owned(),
        serenity::Error::Http(_) => "the request could not be made".to_owned(),
        other => other.to_string(),
    }
}

/// The one place where a failed command is answered and logged.
pub(super) async fn handle(error: FrameworkError<'_, Data, CommandError>) {
    match error {
        FrameworkError::Command { error, ctx, .. } => {
            let command: &str = &ctx.command().qualified_name;
            let text = tell(command, &error);
            answer(ctx, text).await;
        }
        FrameworkError::MissingUserPermissions {
            missing_permissions,
            ctx,
            ..
        } => {
            let names = permissions::names(missing_permissions.unwrap_or_default());
            answer(ctx, format!("You need the permission {names} for that.")).await;
        }
        FrameworkError::GuildOnly { ctx, .. } => {
            answer(ctx, "That works in a server only.".to_owned()).await;
        }
        FrameworkError::CooldownHit {
            remaining_cooldown,
            ctx,
            ..
        } => {
            let seconds = remaining_cooldown.as_secs() + 1;
            answer(ctx, format!("One moment: again in {seconds} s.")).await;
        }
        // Discord still offers the command as an older version of the bot had registered it.
        FrameworkError::CommandStructureMismatch {
            description, ctx, ..
        } => {
            warn!(
                command = &*ctx.command().qualified_name,
                "outdated command: {description}"
            );
            outdated(ctx.serenity_context(), ctx.interaction).await;
        }
        FrameworkError::ArgumentParse { error, ctx, .. } => {
            warn!(
                command = &*ctx.command().qualified_name,
                "option not understood: {error}"
            );
            answer(ctx, "I did not understand one of the options.".to_owned()).await;
        }
        FrameworkError::UnknownInteraction {
            framework,
            interaction,
            ..
        } => {
            warn!(command = interaction.data.name, "unknown command");
            outdated(framework.serenity_context, interaction).await;
        }
        other => error!("{}", other),
    }
}

/// One friendly sentence about what to do. What the caller can do nothing about is logged under a
/// short reference, which the sentence carries.
pub(super) fn tell(command: &str, error: &CommandError) -> String {
    let (sentence, blame) = match error {
        CommandError::Refused(text) => {
            debug!(command, "refused: {text}");
            return text.clone();
        }
        CommandError::Radio(error) => radio(*error),
        CommandError::Store(_) => (
            "I cannot reach my settings right now. Please try again in a moment.",
            true,
        ),
        CommandError::Discord(_) => ("Discord did not take my answer. Please try again.", true),
    };
    if !blame {
        debug!(command, "{error}");
        return sentence.to_owned();
    }
    let reference = format!("{:06x}", rand::random::<u32>() & 0x00ff_ffff);
    error!(command, reference, "command failed: {error}");
    format!("{sentence}\n-# If it keeps happening, tell the bot's owner: reference `{reference}`")
}

/// What to do about it, and whether it is worth telling the operator.
const fn radio(error: RadioError) -> (&'static str, bool) {
    match error {
        RadioError::Timeout(_) => (
            "Discord did not let me into that channel in time. Please check that I may connect \
             there and that it is not full, then try again.",
            true,
        ),
        RadioError::Voice(_) => (
            "Discord's voice server does not answer. Please try again in a minute.",
            true,
        ),
        RadioError::Obstacle(_) => (
            "I cannot join that channel. Please check that I may connect there and that it is not \
             full, then try again.",
            false,
        ),
        RadioError::Discord => (
            "My connection to Discord is just being restored. Please try again in a moment.",
            true,
        ),
        RadioError::Superseded => ("Someone asked for something else meanwhile.", false),
        RadioError::NoCall => (
            "The radio is not playing in this server. `/radio join` starts it.",
            false,
        ),
        RadioError::Busy => (
            "One thing at a time, please. Try again in a few seconds.",
            false,
        ),
        RadioError::Store => (
            "I could not save that, so a restart would forget it. Please try again in a moment.",
            true,
        ),
        RadioError::Stopping => ("I am being restarted. Please try again in a minute.", false),
    }
}

/// Tells only the caller.
async fn answer(ctx: poise::Context<'_, Data, CommandError>, text: String) {
    let reply = CreateReply::default().content(text).ephemeral(true);
    if let Err(error) = ctx.send(reply).await {
        warn!(
            command = &*ctx.command().qualified_name,
            "could not say what went wrong: {}",
            describe(&error)
        );
    }
}

async fn outdated(ctx: &serenity::all::Context, interaction: &CommandInteraction) {
    let message = CreateInteractionResponseMessage::new()
        .content("That command has just changed. Please reload Discord and try again.")
        .ephemeral(true);
    let response = CreateInteractionResponse::Message(message);
    if let Err(error) = interaction.create_response(&ctx.http, response).await {
        warn!("could not answer an outdated command: {}", describe(&error));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn people_read_no_debug_output() {
        let errors = [
            CommandError::Radio(RadioError::Timeout(Duration::from_secs(20))),
            CommandError::Radio(RadioError::Voice("tls handshake eof")),
            CommandError::Store(StoreError::Damaged("page 3".to_owned())),
            CommandError::Discord("HTTP 500".to_owned()),
        ];
        for error in errors {
            let text = tell("radio join", &error);
            assert!(text.contains("reference `"), "{text}");
            for inside in ["Timeout", "tls", "page 3", "HTTP", "Error", "{", "("] {
                assert!(!text.contains(inside), "{text}");
            }
        }
    }

    #[test]
    fn a_refusal_is_shown_as_it_is() {
        assert_eq!(
            tell("radio join", &CommandError::refused("Join first.")),
            "Join first."
        );
        let text = tell("radio leave", &CommandError::Radio(RadioError::NoCall));
        assert!(!text.contains("reference"), "{text}");
    }
}
