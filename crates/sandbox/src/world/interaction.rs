//! Interactions and their tokens:
//! <https://discord.com/developers/docs/interactions/receiving-and-responding>.

use serde_json::Value;
use tokio::sync::watch;

use super::Id;
use super::installs::FOR_GUILD;
use super::message::Source;

/// How long an application has to answer.
pub const ACKNOWLEDGE_MS: u64 = 3_000;
/// How long the token of an answered interaction is good for.
pub const TOKEN_MS: u64 = 15 * 60 * 1_000;

/// Follow-ups of an application that is there with its user alone.
const FOLLOW_UPS: usize = 5;

/// Kinds of interaction.
pub mod kind {
    /// A command was invoked.
    pub const COMMAND: u64 = 2;
    /// A button was pressed or something selected.
    pub const COMPONENT: u64 = 3;
    /// Choices for an option that is being typed.
    pub const AUTOCOMPLETE: u64 = 4;
    /// A modal was submitted.
    pub const MODAL: u64 = 5;
}

/// How far the application is with an interaction; watched by whoever invoked it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Time to the callback, in milliseconds.
    pub acknowledged_ms: Option<u64>,
    /// There is an answer, not only "is thinking".
    pub answered: bool,
    /// Messages it was answered with, in order.
    pub messages: Vec<Id>,
    /// A modal it was answered with.
    pub modal: Option<Value>,
    /// Choices it was answered with.
    pub choices: Option<Value>,
}

/// An interaction that was sent to an application.
#[derive(Debug)]
pub struct Interaction {
    /// Its id.
    pub id: Id,
    /// The secret its answers are sent with.
    pub token: String,
    /// See [`kind`].
    pub kind: u64,
    /// The application asked.
    pub application: Id,
    /// Whoever invoked it.
    pub user: Id,
    /// Where, if not in a direct message.
    pub guild: Option<Id>,
    /// The channel.
    pub channel: Id,
    /// By whose installation: `authorizing_integration_owners`.
    pub owners: Value,
    /// A command's full name, or the custom id.
    pub name: String,
    /// Sent, in milliseconds since the Unix epoch.
    pub created_ms: u64,
    /// The type of the callback it was acknowledged with.
    pub callback: Option<u64>,
    /// Of a command: it was chosen in the menu of a user or a message.
    pub menu: bool,
    /// The message whose component was used.
    pub message: Option<Id>,
    /// For a submitted modal: the interaction that it was shown for.
    pub trigger: Option<Box<Source>>,
    /// The first answer: `@original`.
    pub original: Option<Id>,
    /// Messages that came after it.
    pub follow_ups: usize,
    /// Told of all progress.
    pub progress: watch::Sender<Progress>,
}

impl Interaction {
    /// Whether another follow-up is one too many:
    /// <https://discord.com/developers/docs/interactions/receiving-and-responding#create-followup-message>.
    pub fn has_said_enough(&self) -> bool {
        self.owners.get(FOR_GUILD).is_none() && self.follow_ups >= FOLLOW_UPS
    }

    /// Whether it can no longer be answered for the first time.
    pub fn has_expired(&self, now_ms: u64) -> bool {
        let age = now_ms.saturating_sub(self.created_ms);
        age > if self.callback.is_some() {
            TOKEN_MS
        } else {
            ACKNOWLEDGE_MS
        }
    }
}
