//! The state of the simulated Discord: pure, without input or output.
//!
//! [`World`] is plain data behind one lock (held by [`Discord`](crate::discord::Discord)). Its
//! methods change it and leave [`Effect`]s behind, in the order in which they happened.
//!
//! | module | subject |
//! | --- | --- |
//! | [`id`] | snowflakes |
//! | [`installs`] | applications that people have installed for themselves |
//! | [`model`] | applications, users, guilds, channels, roles, members |
//! | [`message`] | messages |
//! | [`files`] | what was uploaded, and which files a message has |
//! | [`interaction`] | interactions and their tokens |
//! | [`permissions`] | who may do what |
//! | [`effect`] | what leaves the world: events for bots, watchers and voice |
//! | `render` | Discord's JSON of everything |
//! | `demo`, `bots` | the worlds there are at start, and the applications in them |
//! | `chat`, `mentions`, `reactions`, `pins`, `polls`, `threads`, `forums`, `talk`, `voice_status`, `stage`, `channels`, `members`, `roles`, `guilds`, `invites`, `webhooks`, `admin`, `commands`, `asking` | what can happen: messages, voice, moderation, registered commands, interactions |

mod admin;
mod asking;
mod bots;
mod channels;
mod chat;
mod commands;
mod demo;
pub mod effect;
pub mod files;
mod forums;
mod guilds;
pub mod id;
pub mod installs;
pub mod interaction;
mod invites;
mod members;
mod mentions;
pub mod message;
pub mod model;
mod options;
pub mod permissions;
mod pins;
mod polls;
mod reactions;
mod render;
mod roles;
mod stage;
mod talk;
mod threads;
mod voice_status;
mod webhooks;

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::Value;

pub use asking::{Ask, AskError, Asked};
pub use channels::ChannelEdit;
pub use chat::{Draft, Edit};
pub use commands::Unstored;
pub use effect::{Dispatch, Effect, VoiceOrder, intents};
pub use files::{Attachments, Files, Recording, Upload};
pub use forums::{Forum, ForumEdit, Tag, channel_flags};
pub use guilds::GuildEdit;
pub use id::{Id, IdSource};
pub use installs::Place;
pub use interaction::{Interaction, Progress};
pub use invites::{Invite, invite_code};
pub use members::MemberEdit;
pub use mentions::{Allowed, Which};
pub use message::{Author, Message, Reference, flags};
pub use model::{
    Application, Channel, ChannelKind, Command, Guild, Member, Role, StageInstance, Thread, User,
    VoiceState, Webhook,
};
pub use permissions::{Overwrite, Permissions};
pub use pins::PINS;
pub use polls::{Poll, PollAnswer, VoteError};
pub use reactions::EMOJIS;
pub use render::{iso, role_json, webhook_json};
pub use roles::RoleEdit;
pub use talk::{Refused, SelfState};
pub use threads::{NewThread, thread_member_json};

/// All that Discord knows.
#[derive(Debug, Default)]
pub struct World {
    now_ms: u64,
    ids: IdSource,
    effects: Vec<Effect>,
    main: Option<Id>,
    /// Accounts.
    pub users: HashMap<Id, User>,
    /// Bots; their accounts are among the users too.
    pub applications: BTreeMap<Id, Application>,
    tokens: HashMap<String, Id>,
    /// Guilds, oldest first.
    pub guilds: BTreeMap<Id, Guild>,
    /// Channels of guilds, threads and direct messages.
    pub channels: HashMap<Id, Channel>,
    /// The direct messages of a user and a bot, or of two people.
    direct: HashMap<(Id, Id), Id>,
    /// Where the messages are that are kept.
    message_channels: HashMap<Id, Id>,
    /// Polls that are open, by when they end, and their channels.
    polls: BTreeMap<(u64, Id), Id>,
    /// Webhooks of channels.
    pub webhooks: HashMap<Id, Webhook>,
    /// Files that were uploaded.
    pub files: Files,
    /// Where files are fetched from, without a slash at the end.
    cdn: String,
    invites: HashMap<String, Invite>,
    interactions: HashMap<Id, Interaction>,
    interaction_tokens: HashMap<String, Id>,
    /// Ids of interactions, oldest first, to forget them in time.
    interaction_ages: VecDeque<Id>,
}

impl World {
    /// Sets the clock, in milliseconds since the Unix epoch; what is due by then happens.
    pub fn set_now(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.end_due_polls();
    }

    /// Sets where files are fetched from: the address of the CDN, without a slash at the end.
    pub fn set_cdn(&mut self, address: String) {
        self.cdn = address;
    }

    /// The clock, in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// What has happened since this was last asked.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// A new id, of now.
    pub fn next_id(&mut self) -> Id {
        self.ids.next(self.now_ms)
    }

    /// The application that the sandbox was started for.
    ///
    /// # Panics
    /// Never: a world is generated with it.
    pub fn main_application(&self) -> &Application {
        #[allow(clippy::expect_used)] // a world without it cannot be made
        self.main
            .and_then(|id| self.applications.get(&id))
            .expect("a world has its main application")
    }

    /// The application that a token belongs to.
    pub fn application_of(&self, token: &str) -> Option<Id> {
        self.tokens.get(token).copied()
    }

    /// The simulated people: id, username and display name.
    pub fn people(&self) -> Vec<(u64, String, String)> {
        let mut people: Vec<_> = self
            .users
            .values()
            .filter(|user| !user.bot)
            .map(|user| {
                let shown = user.global_name.clone();
                (
                    user.id.0,
                    user.username.clone(),
                    shown.unwrap_or_else(|| user.username.clone()),
                )
            })
            .collect();
        people.sort_unstable();
        people
    }

    /// A guild that is there and not unavailable.
    pub fn live_guild(&self, id: Id) -> Option<&Guild> {
        self.guilds.get(&id).filter(|guild| !guild.unavailable)
    }

    /// The permissions of a user in a guild as a whole; none for a stranger.
    pub fn guild_permissions(&self, guild: Id, user: Id) -> Permissions {
        let Some(guild) = self.guilds.get(&guild) else {
            return Permissions::NONE;
        };
        let Some(member) = guild.members.get(&user) else {
            return Permissions::NONE;
        };
        let roles = std::iter::once(&guild.id).chain(&member.roles);
        let has = permissions::in_guild(
            guild.owner == user,
            roles
                .filter_map(|role| guild.roles.get(role))
                .map(|role| role.permissions),
        );
        self.silenced(member, has)
    }

    /// The permissions of a user in a channel; none for a stranger. A thread has those of the
    /// channel it belongs to.
    pub fn permissions(&self, channel: Id, user: Id) -> Permissions {
        let Some(channel) = self.channels.get(&channel) else {
            return Permissions::NONE;
        };
        let Some(guild) = channel.guild.and_then(|id| self.guilds.get(&id)) else {
            return if channel.recipients.contains(&user) {
                DM_PERMISSIONS
            } else {
                Permissions::NONE
            };
        };
        let Some(member) = guild.members.get(&user) else {
            return Permissions::NONE;
        };
        let source = if channel.kind.is_thread() {
            channel.parent.and_then(|id| self.channels.get(&id))
        } else {
            Some(channel)
        };
        let has = permissions::in_channel(
            self.guild_permissions(guild.id, user),
            guild.id,
            user,
            &member.roles,
            source.map_or(&[], |source| &source.overwrites),
            channel.kind,
        );
        let has = self.silenced(member, has);
        // A private thread is seen by those in it, and by moderators.
        let inside = channel.thread.as_ref().map(|thread| &thread.members);
        let is_hidden = channel.kind == ChannelKind::PrivateThread
            && !inside.is_some_and(|members| members.contains_key(&user))
            && !has.has(Permissions::MANAGE_THREADS);
        if is_hidden { Permissions::NONE } else { has }
    }

    /// The text channel a guild's member would land in: the first that they can see.
    pub fn first_text_channel(&self, guild: &Guild, user: Id) -> Option<Id> {
        guild.channels.iter().copied().find(|id| {
            self.channels
                .get(id)
                .is_some_and(|channel| channel.kind == ChannelKind::Text)
                && self.permissions(*id, user).has(Permissions::VIEW_CHANNEL)
        })
    }

    /// The text channel between a user and a bot, made when there is none.
    pub fn direct_message(&mut self, user: Id, bot: Id) -> Id {
        if let Some(existing) = self.direct.get(&(user, bot)) {
            return *existing;
        }
        let id = self.next_id();
        let mut channel = Channel::new(id, ChannelKind::Dm, None, String::new());
        channel.recipients = vec![user, bot];
        self.channels.insert(id, channel);
        self.direct.insert((user, bot), id);
        id
    }

    /// Whether there is a guild in which all of them are.
    pub fn share_a_guild(&self, users: &[Id]) -> bool {
        let mut guilds = self.guilds.values();
        guilds.any(|guild| users.iter().all(|user| guild.members.contains_key(user)))
    }

    /// Tells whoever watches the sandbox.
    pub fn tell(&mut self, kind: &'static str, data: Value) {
        self.effects.push(Effect::Tell(kind, data));
    }

    /// Sends an event to the bots of a guild that want it.
    pub(crate) fn dispatch(&mut self, guild: Id, name: &'static str, intents: u64, data: &Value) {
        let bots = self.guilds.get(&guild).map(|guild| guild.bots.clone());
        self.dispatch_to(bots.unwrap_or_default(), Some(guild), name, intents, data);
    }

    /// Sends an event to the bots that can see a channel and want it.
    pub(crate) fn dispatch_in(
        &mut self,
        channel: Id,
        name: &'static str,
        intents: u64,
        data: &Value,
    ) {
        let guild = self
            .channels
            .get(&channel)
            .and_then(|channel| channel.guild);
        let bots = self.bots_seeing(channel);
        self.dispatch_to(bots, guild, name, intents, data);
    }

    pub(crate) fn dispatch_to(
        &mut self,
        applications: Vec<Id>,
        guild: Option<Id>,
        name: &'static str,
        intents: u64,
        data: &Value,
    ) {
        if applications.is_empty() {
            return;
        }
        self.effects.push(Effect::Dispatch(Dispatch {
            name,
            data: data.to_string().into(),
            guild,
            applications,
            intents,
            redacted: None,
        }));
    }

    /// The bots that can see a channel.
    pub(crate) fn bots_seeing(&self, channel: Id) -> Vec<Id> {
        let Some(found) = self.channels.get(&channel) else {
            return Vec::new();
        };
        let candidates = match found.guild {
            Some(guild) => self.live_guild(guild).map(|guild| guild.bots.clone()),
            None => Some(found.recipients.clone()),
        };
        candidates
            .unwrap_or_default()
            .into_iter()
            .filter(|bot| {
                self.applications.contains_key(bot)
                    && self
                        .permissions(channel, *bot)
                        .has(Permissions::VIEW_CHANNEL)
            })
            .collect()
    }
}

/// What everybody may do in a direct message.
const DM_PERMISSIONS: Permissions = Permissions(
    Permissions::VIEW_CHANNEL.0
        | Permissions::SEND_MESSAGES.0
        | Permissions::EMBED_LINKS.0
        | Permissions::ATTACH_FILES.0
        | Permissions::READ_MESSAGE_HISTORY.0
        | Permissions::ADD_REACTIONS.0
        | Permissions::SEND_POLLS.0
        | Permissions::USE_EXTERNAL_EMOJIS.0
        | Permissions::USE_APPLICATION_COMMANDS.0,
);
