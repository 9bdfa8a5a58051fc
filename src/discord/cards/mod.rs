//! Cards: values of the model become embeds. Pure: no clock, no network, no cache.
//!
//! - [`now_playing`]: what is on air, for `/nowplaying`.
//! - [`history`]: what played, for `/history`.
//! - [`help`]: every command, for `/help`.
//! - [`about`]: how the bot does, for `/about`; where to get it, for `/invite`.
//! - [`announcement`]: a song that has just begun, for a channel.
//! - [`queue`]: how many songs wait, for `/queue`.
//! - [`status`]: a presence, for `/status`; and the buttons below it.
//! - [`panel`]: what the radio plays, above its buttons.
//! - [`radio_status`]: what the radio really does, for `/radio status`.
//! - [`radio_settings`]: how a server wants its radio.
//! - [`settings`]: everything that is set for a server, for `/settings`.
//! - [`targets`]: where a server's announcements go, for `/announce show`.
//! - `song`: what the first two share.
//! - `text`: lists, addresses and times.
//!
//! Every card obeys Discord's limits whatever text it is given, and mentions nobody: property tests
//! over hostile text hold them to it.
//! <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>

pub mod about;
pub mod announcement;
pub mod help;
pub mod history;
#[cfg(test)]
pub(super) mod hostile;
pub mod now_playing;
pub mod panel;
pub mod queue;
pub mod radio_settings;
pub mod radio_status;
pub mod settings;
mod song;
pub mod status;
pub mod targets;
#[cfg(test)]
mod tests;
pub(super) mod text;

pub use self::song::caption;
