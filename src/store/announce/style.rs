//! How a channel wants its announcements.

use std::{fmt, str::FromStr, time::Duration};

use serenity::all::{ChannelId, RoleId};

use super::quiet::Quiet;
use crate::language::Language;

/// When a channel gets a message, and what becomes of the one before.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Mode {
    /// A message a song.
    #[default]
    Post,
    /// One message, kept current; a new one when others have pushed it up.
    Edit,
    /// A message a song, and the one before is deleted.
    Replace,
    /// A message for each live event, and none for songs.
    Events,
}

/// How much of a song a message shows.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Detail {
    /// Everything that is known, with the cover.
    #[default]
    Full,
    /// One line.
    Compact,
}

/// How a channel wants its announcements.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Style {
    /// When there is a message.
    pub mode: Mode,
    /// What is in it.
    pub detail: Detail,
    /// Who is mentioned when a live event begins: nobody, unless chosen.
    pub role: Option<RoleId>,
    /// Minutes between two messages at least, up to [`Style::LONGEST_PAUSE`]. An edit is no
    /// message.
    pub pause_minutes: u16,
    /// When no new message comes.
    pub quiet: Option<Quiet>,
    /// Whose webhook posts, as the station: that of the channel itself, or of the one that a thread
    /// is in. `None`: the bot posts as itself.
    pub webhook: Option<ChannelId>,
    /// The language of its messages; `None`: the server's.
    pub language: Option<Language>,
}

impl Mode {
    /// All of them, in the order people see them.
    pub const ALL: [Self; 4] = [Self::Post, Self::Edit, Self::Replace, Self::Events];

    /// The name that is stored.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Post => "post",
            Self::Edit => "edit",
            Self::Replace => "replace",
            Self::Events => "events",
        }
    }
}

impl Detail {
    /// Both, in the order people see them.
    pub const ALL: [Self; 2] = [Self::Full, Self::Compact];

    /// The name that is stored.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Compact => "compact",
        }
    }
}

impl Style {
    /// A day.
    pub const LONGEST_PAUSE: u16 = 24 * 60;

    /// The time between two messages at least.
    pub const fn pause(&self) -> Duration {
        Duration::from_secs(self.pause_minutes as u64 * 60)
    }
}

/// A text that names no [`Mode`] or [`Detail`].
#[derive(Debug, thiserror::Error)]
#[error("not one of the choices")]
pub struct NoSuchChoice;

impl FromStr for Mode {
    type Err = NoSuchChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|mode| mode.key() == text).ok_or(NoSuchChoice)
    }
}

impl FromStr for Detail {
    type Err = NoSuchChoice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|detail| detail.key() == text).ok_or(NoSuchChoice)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}
