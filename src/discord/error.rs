//! What can go wrong with a command, and what people are told.

use std::fmt;

use poise::{CreateReply, FrameworkError};
use serenity::{
    all::{CommandInteraction, CreateInteractionResponse, CreateInteractionResponseMessage},
    http::HttpError,
};
use tracing::{debug, error, warn};

use super::{Data, RestError, permissions};
use crate::{
    language::{Language, Text},
    radio::RadioError,
    store::StoreError,
};

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The caller can do something about it, and is told what.
    #[error("{0}")]
    Refused(Refusal),
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
    pub(super) fn refused(text: Text<'static>) -> Self {
        Self::explained(move |language| language.say(text.clone()))
    }

    /// The same, when what is put into the text is said in the caller's language as well.
    pub(super) fn explained(why: impl Fn(Language) -> String + Send + Sync + 'static) -> Self {
        Self::Refused(Refusal(Box::new(why)))
    }
}

/// A sentence to the caller, in whichever language is theirs; in English for the log.
pub struct Refusal(Box<dyn Fn(Language) -> String + Send + Sync>);

impl Refusal {
    fn say(&self, language: Language) -> String {
        (self.0)(language)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(Language::English))
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({:?})", self.say(Language::English))
    }
}

impl From<RestError> for CommandError {
    fn from(error: RestError) -> Self {
        Self::Discord(error.to_string())
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
            let text = tell(command, &error, language_of(ctx));
            answer(ctx, text).await;
        }
        FrameworkError::MissingUserPermissions {
            missing_permissions,
            ctx,
            ..
        } => {
            let missing = missing_permissions.unwrap_or_default();
            answer(ctx, permissions::needed(missing, language_of(ctx))).await;
        }
        FrameworkError::GuildOnly { ctx, .. } => {
            answer(ctx, language_of(ctx).say(Text::ServerOnly)).await;
        }
        FrameworkError::CooldownHit {
            remaining_cooldown,
            ctx,
            ..
        } => {
            let seconds = (remaining_cooldown.as_secs() + 1).to_string().into();
            answer(ctx, language_of(ctx).say(Text::MomentPlease { seconds })).await;
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
            answer(ctx, language_of(ctx).say(Text::OptionUnclear)).await;
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
pub(super) fn tell(command: &str, error: &CommandError, language: Language) -> String {
    let (sentence, blame) = match error {
        CommandError::Refused(refusal) => {
            debug!(command, "refused: {refusal}");
            return refusal.say(language);
        }
        CommandError::Radio(error) => radio(*error),
        CommandError::Store(_) => (Text::StoreUnreachable, true),
        CommandError::Discord(_) => (Text::DiscordRefused, true),
    };
    let sentence = language.say(sentence);
    if !blame {
        debug!(command, "{error}");
        return sentence;
    }
    let reference = format!("{:06x}", rand::random::<u32>() & 0x00ff_ffff);
    error!(command, reference, "command failed: {error}");
    let reference = reference.into();
    format!(
        "{sentence}\n-# {}",
        language.say(Text::Reference { reference })
    )
}

/// What is said of errors is for the caller alone.
fn language_of(ctx: poise::Context<'_, Data, CommandError>) -> Language {
    ctx.locale().map(Language::from_discord).unwrap_or_default()
}

/// What to do about it, and whether it is worth telling the operator.
const fn radio(error: RadioError) -> (Text<'static>, bool) {
    match error {
        RadioError::Timeout(_) => (Text::RadioTimeout, true),
        RadioError::Voice(_) => (Text::RadioVoice, true),
        RadioError::Obstacle(_) => (Text::RadioObstacle, false),
        RadioError::Discord => (Text::RadioDiscord, true),
        RadioError::Superseded => (Text::RadioSuperseded, false),
        RadioError::NoCall => (Text::RadioSilent, false),
        RadioError::Busy => (Text::RadioBusy, false),
        RadioError::Store => (Text::RadioStore, true),
        RadioError::Stopping => (Text::RadioStopping, false),
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
        .content(Language::from_discord(&interaction.locale).say(Text::OutdatedCommand))
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
            for language in Language::ALL {
                let text = tell("radio join", &error, language);
                assert_eq!(text.matches('`').count(), 2, "a reference: {text}");
                for inside in ["Timeout", "tls", "page 3", "HTTP", "Error", "{", "("] {
                    assert!(!text.contains(inside), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_refusal_is_said_in_the_callers_language() {
        let refused = CommandError::refused(Text::ServerOnly);
        assert_eq!(
            tell("radio join", &refused, Language::German),
            "Das geht nur auf einem Server."
        );
        assert_eq!(refused.to_string(), "That works in a server only.");
        let off = CommandError::Radio(RadioError::NoCall);
        let text = tell("radio leave", &off, Language::English);
        assert!(!text.contains("reference"), "{text}");
    }
}
