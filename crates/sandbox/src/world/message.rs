//! Messages: <https://discord.com/developers/docs/resources/message>.

use serde_json::Value;

use super::polls::Poll;
use super::{Id, files};

/// Flags of a message that mean something here.
pub mod flags {
    /// Published to following channels.
    pub const CROSSPOSTED: u64 = 1;
    /// Links show no preview, embeds are hidden.
    pub const SUPPRESS_EMBEDS: u64 = 1 << 2;
    /// Only the invoker sees it.
    pub const EPHEMERAL: u64 = 1 << 6;
    /// The bot is thinking.
    pub const LOADING: u64 = 1 << 7;
    /// A thread was started from it.
    pub const HAS_THREAD: u64 = 1 << 5;
    /// It shows a message of elsewhere, as that was when it was forwarded.
    pub const HAS_SNAPSHOT: u64 = 1 << 14;
    /// Rings nobody's phone.
    pub const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
    /// It is a recording.
    pub const IS_VOICE_MESSAGE: u64 = 1 << 13;
    /// The content is made of components alone.
    pub const IS_COMPONENTS_V2: u64 = 1 << 15;
}

/// Types of message.
pub mod kinds {
    /// Somebody's text.
    pub const DEFAULT: u64 = 0;
    /// Somebody has pinned a message.
    pub const PINNED: u64 = 6;
    /// A thread was created without a message.
    pub const THREAD_CREATED: u64 = 18;
    /// A reply.
    pub const REPLY: u64 = 19;
    /// The answer to a slash command.
    pub const COMMAND: u64 = 20;
    /// The first message of a thread that was started from a message: it points to that one.
    pub const THREAD_STARTER: u64 = 21;
    /// The answer to a command of a user or a message.
    pub const MENU: u64 = 23;
    /// A poll has ended.
    pub const POLL_RESULT: u64 = 46;
}

/// Whoever wrote a message.
#[derive(Debug, Clone)]
pub enum Author {
    /// A person or a bot.
    User(Id),
    /// A webhook, under a name.
    Webhook {
        /// The webhook.
        id: Id,
        /// Its name, or the one it was executed with.
        name: String,
        /// The hash of the picture it was executed with.
        avatar: Option<String>,
    },
}

/// Where a message is that another one speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference {
    /// Its channel.
    pub channel: Id,
    /// Its id.
    pub message: Id,
}

/// The interaction that a message answers.
#[derive(Debug, Clone)]
pub struct Source {
    /// The interaction.
    pub interaction: Id,
    /// Its type: 2 command, 3 component, 5 modal.
    pub kind: u64,
    /// Whoever invoked it.
    pub user: Id,
    /// A command's full name.
    pub name: String,
    /// By whose installation: `authorizing_integration_owners`.
    pub owners: Value,
    /// The message whose component was used.
    pub interacted_message: Option<Id>,
    /// For a follow-up: the first answer.
    pub original: Option<Id>,
    /// For a submitted modal: the interaction that it was shown for.
    pub trigger: Option<Box<Source>>,
}

/// A message.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id.
    pub id: Id,
    /// The channel.
    pub channel: Id,
    /// The author.
    pub author: Author,
    /// See [`kinds`].
    pub kind: u64,
    /// Up to 2,000 characters.
    pub content: String,
    /// Embeds, as responses have them.
    pub embeds: Vec<Value>,
    /// Components, as responses have them.
    pub components: Vec<Value>,
    /// Attachments, as responses have them; those that embeds and components show among them.
    pub attachments: Vec<Value>,
    /// See [`flags`].
    pub flags: u64,
    /// Users really mentioned.
    pub mentions: Vec<Id>,
    /// Roles really mentioned.
    pub mention_roles: Vec<Id>,
    /// Everyone was really mentioned.
    pub mention_everyone: bool,
    /// Read aloud.
    pub tts: bool,
    /// What the sender gave to recognise it.
    pub nonce: Option<Value>,
    /// Edited, in milliseconds since the Unix epoch.
    pub edited_ms: Option<u64>,
    /// The message it speaks of: the one replied to, pinned or forwarded.
    pub reference: Option<Reference>,
    /// Of a forward: what that message was then (`MinimalContentMessageResponse`).
    pub snapshot: Option<Value>,
    /// A question to everybody.
    pub poll: Option<Poll>,
    /// The looks of a client, to be tried by others.
    pub theme: Option<Value>,
    /// The interaction it answers.
    pub source: Option<Source>,
    /// The application that sent it.
    pub application: Option<Id>,
    /// What people think of it, by emoji.
    pub reactions: Vec<Reaction>,
    /// Pinned, in milliseconds since the Unix epoch.
    pub pinned_ms: Option<u64>,
    /// The thread that was started from it, which has its id.
    pub has_thread: bool,
}

/// One emoji under a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// One of Unicode's.
    pub emoji: String,
    /// Who chose it, in that order.
    pub users: Vec<Id>,
}

impl Message {
    /// Whoever wrote it: a user, or a webhook.
    pub fn writer(&self) -> Id {
        match self.author {
            Author::User(id) | Author::Webhook { id, .. } => id,
        }
    }

    /// Whether it is no text of somebody's but tells of something: a pin, a new thread.
    pub fn is_system(&self) -> bool {
        !matches!(
            self.kind,
            kinds::DEFAULT | kinds::REPLY | kinds::COMMAND | kinds::MENU
        )
    }

    /// Puts the addresses of its attachments where embeds and components name them.
    pub(super) fn refer(&mut self) {
        for part in self.embeds.iter_mut().chain(&mut self.components) {
            files::refer(part, &self.attachments);
        }
    }

    /// Whether only one user sees it.
    pub fn is_ephemeral(&self) -> bool {
        self.flags & flags::EPHEMERAL != 0
    }
}
