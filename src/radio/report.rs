//! What really happens in a server's call, for people to read. Nothing here is what was asked for,
//! or what ought to be: each value is a fact, or is not there.

use std::time::Duration;

use serenity::all::ChannelId;
use time::OffsetDateTime;

use super::{Audience, Obstacle, RadioError, Volume};
use crate::{station::Station, store::RadioSettings};

/// A server's radio at one moment.
#[derive(Clone, Debug)]
pub struct Report {
    /// Where it is meant to be, and what is to play there; `None` when it is off.
    pub target: Option<(ChannelId, Station)>,
    /// Whether the voice connection stands.
    pub standing: Standing,
    /// What is played now. It follows what is wanted within moments; `None` when nothing is.
    pub playing: Option<(Station, Volume)>,
    /// What was handed to the voice server during the last seconds. `None` when that cannot be
    /// said: nothing is sent, or has been for less than a second.
    pub sent: Option<Sent>,
    /// How much audio is held between the station and this call: an outage so long is not heard.
    pub cushion: Option<Duration>,
    /// Who is in the channel; `None` when Discord does not say.
    pub audience: Option<Audience>,
    /// Nobody hears it, so nothing is sent.
    pub silent: bool,
    /// What keeps people from hearing what is sent.
    pub hushed: Option<Hushed>,
    /// It is a stage channel.
    pub stage: bool,
    /// When the bot leaves, because nobody is there.
    pub leaves_at: Option<OffsetDateTime>,
    /// What went wrong last with this call.
    pub trouble: Option<(Trouble, OffsetDateTime)>,
    /// Why the radio is off although nobody turned it off.
    pub ended: Option<Ended>,
    /// How the server wants its radio.
    pub settings: RadioSettings,
}

/// Whether a voice connection stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Standing {
    /// There is none, and none is wanted.
    Off,
    /// It is being built.
    Connecting,
    /// It stands.
    Up {
        /// Since when.
        since: OffsetDateTime,
    },
    /// Something is in the way, which somebody has to change.
    Blocked(Obstacle),
}

/// What keeps people from hearing the bot.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Hushed {
    /// A moderator has muted it.
    Muted,
    /// It is in the audience of a stage, and has asked to speak.
    InAudience,
    /// It lacks the permission to speak.
    MayNotSpeak,
}

/// Packets of 20 ms that songbird took from the reader to encrypt and send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Sent {
    /// During so long a time.
    pub during: Duration,
    /// So many: 50 a second when all is well.
    pub packets: u64,
    /// How many of them were silence, for want of audio.
    pub silence: u64,
}

/// What went wrong with a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trouble {
    /// It could not be joined.
    Join(RadioError),
    /// The voice connection was lost.
    Lost,
    /// Songbird stopped asking for packets.
    Stuck,
    /// The voice server stopped telling what Discord's gateway told.
    Deaf,
    /// Discord replaced the session that the call belonged to.
    Session,
    /// Discord had an outage.
    Outage,
}

/// A call that ended without anybody having asked for it here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ended {
    /// Why.
    pub why: Ending,
    /// When.
    pub at: OffsetDateTime,
    /// Where it was, or was to be.
    pub channel: ChannelId,
}

/// Why a call ended without anybody having asked for it here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// A moderator disconnected the bot.
    Disconnected,
    /// Nobody was there for so long.
    Alone(Duration),
    /// It cannot be joined, and somebody has to change that.
    Hopeless(Obstacle),
}
