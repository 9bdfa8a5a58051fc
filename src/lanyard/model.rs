//! A presence, parsed on lookup from the bytes that the store keeps.
//!
//! Text is as it was received and NOT yet escaped for Discord. Addresses are checked to be
//! `http(s)`.

use time::OffsetDateTime;

/// A user's live presence, as `/status` shows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presence {
    /// The Discord user's id.
    pub user_id: u64,
    /// The account name.
    pub username: String,
    /// The name to show, when one is set.
    pub display_name: Option<String>,
    /// Address of the avatar, when they have one of their own.
    pub avatar_url: Option<String>,
    /// Online, idle, do not disturb or offline.
    pub status: Status,
    /// The clients they are online with.
    pub platforms: Vec<Platform>,
    /// The custom status, when one is set.
    pub custom: Option<CustomStatus>,
    /// What they listen to on Spotify.
    pub spotify: Option<Spotify>,
    /// Every other activity, in Discord's order: neither the custom status nor Spotify.
    pub activities: Vec<Activity>,
}

/// <https://discord.com/developers/docs/events/gateway-events#update-presence-status-types>
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Status {
    /// Online.
    Online,
    /// Idle: away from keyboard.
    Idle,
    /// Do not disturb.
    DoNotDisturb,
    /// Offline, invisible, or a status this version does not know.
    #[default]
    Offline,
}

/// A kind of Discord client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Platform {
    /// The desktop application.
    Desktop,
    /// A phone or tablet.
    Mobile,
    /// A browser.
    Web,
    /// A console or another embedded client.
    Embedded,
    /// A VR headset.
    Vr,
}

/// A custom status: at least one of the two is set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomStatus {
    /// Its text.
    pub text: Option<String>,
    /// Its emoji.
    pub emoji: Option<Emoji>,
}

/// An emoji of a custom status.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Emoji {
    /// The character itself, or the name of a server's emoji.
    pub name: String,
    /// Set for a server's emoji, which only that server's members may be able to see.
    pub id: Option<u64>,
    /// Whether a server's emoji is animated.
    pub animated: bool,
}

impl Emoji {
    /// Address of the picture of a server's emoji.
    /// <https://discord.com/developers/docs/reference#image-formatting>
    pub fn image_url(&self) -> Option<String> {
        let extension = if self.animated { "gif" } else { "png" };
        let id = self.id?;
        Some(format!(
            "https://cdn.discordapp.com/emojis/{id}.{extension}"
        ))
    }
}

/// A song on Spotify.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spotify {
    /// The track's id, for `https://open.spotify.com/track/<id>`; checked to be alphanumeric.
    pub track_id: Option<String>,
    /// Title.
    pub song: String,
    /// Artists: Lanyard separates them with `; `.
    pub artist: Option<String>,
    /// Album.
    pub album: Option<String>,
    /// Address of the cover.
    pub album_art_url: Option<String>,
    /// When the track started.
    pub start: Option<OffsetDateTime>,
    /// When it ends.
    pub end: Option<OffsetDateTime>,
}

/// <https://discord.com/developers/docs/events/gateway-events#activity-object-activity-types>
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ActivityKind {
    /// Playing a game, or a kind this version does not know.
    #[default]
    Playing,
    /// Streaming.
    Streaming,
    /// Listening, other than Spotify.
    Listening,
    /// Watching.
    Watching,
    /// Competing.
    Competing,
}

/// An activity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    /// What kind it is.
    pub kind: ActivityKind,
    /// Name of the game or application.
    pub name: String,
    /// What they are doing in it.
    pub details: Option<String>,
    /// How they are doing it: party, mode.
    pub state: Option<String>,
    /// Address of the stream, when streaming.
    pub url: Option<String>,
    /// Address of the large image.
    pub image_url: Option<String>,
    /// What is written on the large image: for music the album.
    pub image_text: Option<String>,
    /// Address of the small image, in a corner of the large one.
    pub small_image_url: Option<String>,
    /// How many are in their party, and how many fit into it.
    pub party: Option<(u64, u64)>,
    /// When it started.
    pub start: Option<OffsetDateTime>,
    /// When it ends.
    pub end: Option<OffsetDateTime>,
}
