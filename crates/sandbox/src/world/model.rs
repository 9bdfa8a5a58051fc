//! What there is in Discord: applications, users, guilds and what is in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::permissions::{Overwrite, Permissions};
use super::{Forum, Id, Message};

/// An account, of a person or of a bot.
#[derive(Debug, Clone)]
pub struct User {
    /// The account.
    pub id: Id,
    /// Unique, lower case.
    pub username: String,
    /// The display name; bots have none.
    pub global_name: Option<String>,
    /// Whether it is an application's.
    pub bot: bool,
    /// The language of the client, as Discord's locales have it: `ja`, `en-GB`.
    pub locale: &'static str,
    /// Where the avatar is seen in the page: an RGB colour, for there are no pictures here.
    pub colour: u32,
}

/// A bot: its account has the same id.
#[derive(Debug, Clone)]
pub struct Application {
    /// The application's and its user's id.
    pub id: Id,
    /// The name.
    pub name: String,
    /// What it authenticates with.
    pub token: String,
    /// What it says of itself.
    pub description: String,
    /// Up to five words to find it by.
    pub tags: Vec<String>,
    /// Privileged intents it was allowed in the developer portal.
    pub privileged: u64,
    /// Registered commands, global ones and those of guilds.
    pub commands: Vec<Command>,
    /// Commands that were made new, globally and in each guild.
    pub creates: HashMap<Option<Id>, Creates>,
    /// People who have installed it for themselves.
    pub installed_by: BTreeSet<Id>,
}

/// A registered application command, as Discord stores it.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its id, which a bulk overwrite keeps for the same name and type.
    pub id: Id,
    /// The guild it is registered in; everywhere when none.
    pub guild: Option<Id>,
    /// `1` slash, `2` user, `3` message.
    pub kind: u64,
    /// The name.
    pub name: String,
    /// The whole of it, as responses have it.
    pub body: Value,
}

/// How many commands were made new within a day.
#[derive(Debug, Clone, Copy, Default)]
pub struct Creates {
    /// When the first of them was, in milliseconds since the Unix epoch.
    pub since_ms: u64,
    /// How many.
    pub count: usize,
}

/// Kinds of channel: <https://discord.com/developers/docs/resources/channel#channel-object-channel-types>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ChannelKind {
    /// Text of a guild.
    Text = 0,
    /// Between a user and a bot, or two users.
    Dm = 1,
    /// Voice.
    Voice = 2,
    /// Holds others.
    Category = 4,
    /// Text that others can follow.
    Announcement = 5,
    /// A thread of an announcement channel.
    AnnouncementThread = 10,
    /// A thread anybody can join.
    PublicThread = 11,
    /// A thread for those who were added.
    PrivateThread = 12,
    /// Speakers and an audience.
    Stage = 13,
    /// Holds threads alone.
    Forum = 15,
    /// A forum of pictures.
    Media = 16,
}

impl ChannelKind {
    /// Of Discord's number; none for those that are not simulated.
    pub fn from_number(number: u64) -> Option<Self> {
        [
            Self::Text,
            Self::Dm,
            Self::Voice,
            Self::Category,
            Self::Announcement,
            Self::AnnouncementThread,
            Self::PublicThread,
            Self::PrivateThread,
            Self::Stage,
            Self::Forum,
            Self::Media,
        ]
        .into_iter()
        .find(|kind| *kind as u64 == number)
    }

    /// Whether people talk in it.
    pub fn is_voice(self) -> bool {
        matches!(self, Self::Voice | Self::Stage)
    }

    /// Whether it is a thread.
    pub fn is_thread(self) -> bool {
        matches!(
            self,
            Self::AnnouncementThread | Self::PublicThread | Self::PrivateThread
        )
    }

    /// Whether it holds posts: threads that begin with a message.
    pub fn is_forum(self) -> bool {
        matches!(self, Self::Forum | Self::Media)
    }

    /// Whether messages can be sent to it (voice channels have a text chat as well).
    pub fn has_messages(self) -> bool {
        self != Self::Category && !self.is_forum()
    }
}

/// A channel of a guild, a thread or a direct message.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id.
    pub id: Id,
    /// What kind.
    pub kind: ChannelKind,
    /// The guild; none for a direct message.
    pub guild: Option<Id>,
    /// The name; empty in a direct message.
    pub name: String,
    /// The topic.
    pub topic: Option<String>,
    /// Place in the list.
    pub position: u32,
    /// The category, or the channel a thread belongs to.
    pub parent: Option<Id>,
    /// What roles and members are given and denied here.
    pub overwrites: Vec<Overwrite>,
    /// Voice: bits per second, 8,000 to 384,000.
    pub bitrate: u32,
    /// Voice: how many may be in it, 0 for any number.
    pub user_limit: u32,
    /// Voice: where its server is to be, anywhere when none.
    pub region: Option<String>,
    /// Voice: `1` whatever fits, `2` 720p.
    pub video_quality: u8,
    /// Voice: what is shown under its name, up to 500 characters; gone when nobody is inside.
    pub status: Option<String>,
    /// Voice: when the first of those inside came, in milliseconds since the Unix epoch.
    pub voice_since_ms: Option<u64>,
    /// What only threads have.
    pub thread: Option<Thread>,
    /// What only forums have.
    pub forum: Option<Forum>,
    /// See [`channel_flags`](super::channel_flags).
    pub flags: u64,
    /// Seconds that people wait between messages, 0 to 21,600; bots do not.
    pub slow_mode: u32,
    /// What new threads get as theirs, 0 to 21,600 seconds.
    pub thread_slow_mode: u32,
    /// Minutes after which new threads are archived, where they do not say.
    pub thread_archive: u32,
    /// For adults only.
    pub nsfw: bool,
    /// Direct messages: the two users.
    pub recipients: Vec<Id>,
    /// The newest messages, by id.
    pub messages: BTreeMap<Id, Message>,
    /// The id of the newest, even when it was deleted.
    pub last_message: Option<Id>,
    /// The last pin, in milliseconds since the Unix epoch.
    pub last_pin_ms: Option<u64>,
    /// Messages with `enforce_nonce` of the last minutes.
    pub nonces: HashMap<(Id, String), Id>,
}

impl Channel {
    /// A channel with Discord's defaults.
    pub fn new(id: Id, kind: ChannelKind, guild: Option<Id>, name: String) -> Self {
        Self {
            id,
            kind,
            guild,
            name,
            topic: None,
            position: 0,
            parent: None,
            overwrites: Vec::new(),
            bitrate: 64_000,
            user_limit: 0,
            region: None,
            video_quality: 1,
            status: None,
            voice_since_ms: None,
            thread: kind.is_thread().then(|| Thread::new(id.unix_ms())),
            forum: kind.is_forum().then(Forum::default),
            flags: 0,
            slow_mode: 0,
            thread_slow_mode: 0,
            thread_archive: 1_440,
            nsfw: false,
            recipients: Vec::new(),
            messages: std::collections::BTreeMap::new(),
            last_message: None,
            last_pin_ms: None,
            nonces: std::collections::HashMap::new(),
        }
    }
}

/// What only threads have.
#[derive(Debug, Clone)]
pub struct Thread {
    /// Whoever opened it.
    pub owner: Option<Id>,
    /// Over, until somebody writes again.
    pub archived: bool,
    /// Archived or opened, in milliseconds since the Unix epoch.
    pub archive_ms: u64,
    /// Only moderators bring it back.
    pub locked: bool,
    /// Whether those in a private thread may add others.
    pub invitable: bool,
    /// Minutes without a message after which it is out of the way.
    pub auto_archive: u32,
    /// Who is in it, and since when, in milliseconds since the Unix epoch.
    pub members: BTreeMap<Id, u64>,
    /// Messages ever sent to it, without the one that it began with.
    pub sent: u64,
    /// Tags of its forum.
    pub tags: Vec<Id>,
}

impl Thread {
    fn new(now_ms: u64) -> Self {
        Self {
            owner: None,
            archived: false,
            archive_ms: now_ms,
            locked: false,
            invitable: true,
            auto_archive: 1_440,
            members: BTreeMap::new(),
            sent: 0,
            tags: Vec::new(),
        }
    }
}

/// A role of a guild.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its id; the guild's own for `@everyone`.
    pub id: Id,
    /// The name.
    pub name: String,
    /// What it gives.
    pub permissions: Permissions,
    /// RGB, 0 for none.
    pub colour: u32,
    /// Place in the hierarchy, 0 for `@everyone`.
    pub position: u32,
    /// Whether everybody may mention it.
    pub mentionable: bool,
    /// Shown apart in the member list.
    pub hoist: bool,
    /// The bot whose own role it is.
    pub bot: Option<Id>,
}

/// A user in a guild.
#[derive(Debug, Clone)]
pub struct Member {
    /// The account.
    pub user: Id,
    /// The name in this guild.
    pub nick: Option<String>,
    /// Roles, without `@everyone`.
    pub roles: Vec<Id>,
    /// Joined, in milliseconds since the Unix epoch.
    pub joined_ms: u64,
    /// Muted by the guild.
    pub mute: bool,
    /// Deafened by the guild.
    pub deaf: bool,
    /// Silent until then, in milliseconds since the Unix epoch.
    pub timeout_ms: Option<u64>,
}

impl Member {
    /// A member without roles.
    pub fn new(user: Id, joined_ms: u64) -> Self {
        Self {
            user,
            nick: None,
            roles: Vec::new(),
            joined_ms,
            mute: false,
            deaf: false,
            timeout_ms: None,
        }
    }
}

/// Someone in a voice channel.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools)] // Discord's object
pub struct VoiceState {
    /// Who.
    pub user: Id,
    /// Where.
    pub channel: Id,
    /// Names the user's voice session.
    pub session_id: String,
    /// Muted by the user.
    pub self_mute: bool,
    /// Deafened by the user.
    pub self_deaf: bool,
    /// Has a camera on.
    pub self_video: bool,
    /// In a stage: in the audience.
    pub suppress: bool,
    /// In a stage: asked to speak at this time.
    pub request_to_speak_ms: Option<u64>,
}

/// A stage that is live.
#[derive(Debug, Clone)]
pub struct StageInstance {
    /// Its id.
    pub id: Id,
    /// The stage channel.
    pub channel: Id,
    /// The topic.
    pub topic: String,
}

/// A server.
#[derive(Debug, Clone)]
pub struct Guild {
    /// Its id.
    pub id: Id,
    /// The name.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// Whose it is.
    pub owner: Id,
    /// The language its people prefer.
    pub locale: &'static str,
    /// Where the icon is seen in the page.
    pub colour: u32,
    /// Roles by id; `@everyone` has the guild's.
    pub roles: BTreeMap<Id, Role>,
    /// Channels and threads, in order.
    pub channels: Vec<Id>,
    /// Members, people and bots.
    pub members: BTreeMap<Id, Member>,
    /// Applications that are members.
    pub bots: Vec<Id>,
    /// Who is in which voice channel.
    pub voice_states: BTreeMap<Id, VoiceState>,
    /// Stages that are live.
    pub stages: Vec<StageInstance>,
    /// Settings that were changed, by their names in responses.
    pub settings: Map<String, Value>,
    /// Who is banned, and why.
    pub bans: BTreeMap<Id, Option<String>>,
    /// An outage: nothing works and nothing is heard from it.
    pub unavailable: bool,
}

/// A webhook of a channel.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Its id.
    pub id: Id,
    /// What executes it.
    pub token: String,
    /// The name its messages show.
    pub name: String,
    /// The channel.
    pub channel: Id,
    /// The guild.
    pub guild: Id,
    /// Who made it.
    pub creator: Id,
    /// The application that made it.
    pub application: Option<Id>,
}
