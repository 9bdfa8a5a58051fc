//! What the cards of `/status` say: every text of theirs that is not somebody's own.

use crate::{
    lanyard::{ActivityKind, Platform, Status},
    station::Station,
};

/// The community whose members Lanyard knows: <https://github.com/Phineas/lanyard>
pub(super) const LANYARD: &str = "https://discord.gg/lanyard";

pub(super) const FOOTER: &str = "From Lanyard";
pub(super) const SOMEONE: &str = "Someone";
pub(super) const SOMETHING: &str = "Something";
pub(super) const BY: &str = "by";
pub(super) const ON: &str = "on";

/// With the emoji of a custom status that has none.
pub(super) const BUBBLE: &str = "💬";

pub(super) const fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Online => ("🟢", "Online"),
        Status::Idle => ("🌙", "Idle"),
        Status::DoNotDisturb => ("⛔", "Do Not Disturb"),
        Status::Offline => ("⚫", "Offline"),
    }
}

pub(super) const fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Desktop => "🖥️ Desktop",
        Platform::Mobile => "📱 Mobile",
        Platform::Web => "🌐 Web",
        Platform::Embedded => "🎮 Console",
        Platform::Vr => "🥽 VR",
    }
}

pub(super) const SPOTIFY: &str = "🎧 Listening on Spotify";

pub(super) const fn activity(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Playing => "🎮 Playing",
        ActivityKind::Streaming => "📺 Streaming",
        ActivityKind::Listening => "🎧 Listening",
        ActivityKind::Watching => "🍿 Watching",
        ActivityKind::Competing => "🏆 Competing in",
    }
}

/// Above a song or a show, when the application that plays it is called `name`.
pub(super) fn activity_in(kind: ActivityKind, name: &str) -> String {
    match kind {
        ActivityKind::Listening => format!("🎧 Listening to {name}"),
        ActivityKind::Streaming => format!("📺 Streaming on {name}"),
        ActivityKind::Watching => format!("🍿 Watching on {name}"),
        ActivityKind::Playing | ActivityKind::Competing => {
            format!("{} {name}", activity(kind))
        }
    }
}

pub(super) fn radio(station: Station) -> String {
    format!("📻 Listening to LISTEN.moe · {}", station.title())
}

pub(super) const ON_AIR: &str = "On air:";

pub(super) fn party((current, most): (u64, u64)) -> String {
    format!("({current} of {most})")
}

pub(super) fn started(when: &str) -> String {
    format!("▶ Started {when}")
}

pub(super) fn ends(when: &str, over: bool) -> String {
    let verb = if over { "ended" } else { "ends" };
    format!("{verb} {when}")
}

pub(super) fn stale(since: &str) -> String {
    format!("⚠️ Lanyard cannot be reached; this was true {since}")
}

pub(super) fn live(until: &str) -> String {
    format!("-# 🔴 Live · stops {until}")
}

pub(super) const REFRESH: &str = "Refresh";
pub(super) const GO_LIVE: &str = "Keep live";
pub(super) const STOP: &str = "Stop";
pub(super) const OPEN: &str = "Open in Spotify";

pub(super) fn not_on_lanyard(name: &str, oneself: bool) -> (String, String) {
    let (title, whose, who) = if oneself {
        ("You are not on Lanyard yet".to_owned(), "your", "you")
    } else {
        (format!("{name} is not on Lanyard"), "their", "they")
    };
    let text = format!(
        "Statuses come from [Lanyard]({LANYARD}), a free service that shows the live status of \
         people who choose to share it.\n\n\
         To join, {who} only need to become a member of [its Discord server]({LANYARD}): \
         {whose} status is public from then on, and no longer once {who} leave it."
    );
    (title, text)
}

pub(super) const THIS_MEMBER: &str = "This member";

pub(super) const fn hidden(oneself: bool) -> &'static str {
    if oneself {
        "You have hidden yourself from me: the key `uguisu` of your Lanyard is `off`. \
         Delete it there, and your status is here again."
    } else {
        "They have chosen not to be shown here."
    }
}

pub(super) const NOTHING_KNOWN: &str =
    "I am still waiting for Lanyard, where statuses come from. Please try again in a minute.";
