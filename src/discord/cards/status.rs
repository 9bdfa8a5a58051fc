//! The cards of `/status`.

use serenity::all::{CreateEmbed, CreateEmbedAuthor, CreateEmbedFooter};
use time::OffsetDateTime;

use super::text::{Style, address_of, clock, link, list, timestamp};
use crate::{
    discord::escape,
    lanyard::{
        Activity, ActivityKind, CustomStatus, Freshness, Platform, Presence, Spotify, Status,
    },
};

/// The community whose members Lanyard knows: <https://github.com/Phineas/lanyard>
pub const LANYARD: &str = "https://discord.gg/lanyard";

/// Lengths in UTF-16 code units, chosen so that a full card stays below Discord's 6,000.
mod max {
    pub(super) const NAME: usize = 100;
    pub(super) const CUSTOM: usize = 300;
    pub(super) const EMOJI: usize = 40;
    pub(super) const SPOTIFY: usize = 200;
    pub(super) const ACTIVITY: usize = 120;
    /// How many activities are shown; more than this nobody does at once.
    pub(super) const ACTIVITIES: usize = 5;
}

const NEUTRAL: u32 = 0x0058_65f2;

/// What someone is doing right now.
pub fn card(presence: &Presence, freshness: Freshness, now: OffsetDateTime) -> CreateEmbed {
    let mut lines = vec![status_line(presence)];
    lines.extend(presence.custom.as_ref().and_then(custom_line));
    if let Freshness::Stale { since } = freshness {
        lines.push(format!(
            "⚠️ Lanyard cannot be reached; this was true {}",
            timestamp(since, Style::Relative)
        ));
    }

    let mut embed = CreateEmbed::new()
        .colour(look(presence.status).colour)
        .author(author(presence))
        .description(lines.join("\n"))
        .footer(CreateEmbedFooter::new("Live from Lanyard"));
    if let Some(spotify) = &presence.spotify {
        embed = embed.field("🎧 Listening on Spotify", spotify_text(spotify, now), false);
    }
    for activity in presence.activities.iter().take(max::ACTIVITIES) {
        embed = embed.field(activity_name(activity), activity_text(activity, now), false);
    }
    if let Some(picture) = picture(presence) {
        embed = embed.thumbnail(picture);
    }
    embed
}

/// Someone whom Lanyard does not know: what it is, and how to join or not.
pub fn not_on_lanyard(name: &str, oneself: bool) -> CreateEmbed {
    let (title, whose, who) = if oneself {
        ("You are not on Lanyard yet".to_owned(), "your", "you")
    } else {
        let name = match escape::markdown(name, max::NAME) {
            name if name.is_empty() => "This member".to_owned(),
            name => name,
        };
        (format!("{name} is not on Lanyard"), "their", "they")
    };
    CreateEmbed::new()
        .colour(NEUTRAL)
        .title(title)
        .url(LANYARD)
        .description(format!(
            "Statuses come from [Lanyard]({LANYARD}), a free service that shows the live status of \
             people who choose to share it.\n\n\
             To join, {who} only need to become a member of [its Discord server]({LANYARD}): \
             {whose} status is public from then on, and no longer once {who} leave it."
        ))
}

/// Someone who does not want to be shown.
pub fn hidden(oneself: bool) -> CreateEmbed {
    CreateEmbed::new().colour(NEUTRAL).description(if oneself {
        "You have hidden yourself from me: the key `uguisu` of your Lanyard is `off`. \
             Delete it there, and your status is here again."
    } else {
        "They have chosen not to be shown here."
    })
}

/// Nothing has arrived from Lanyard since the start.
pub fn nothing_known() -> CreateEmbed {
    CreateEmbed::new().colour(NEUTRAL).description(
        "I am still waiting for Lanyard, where statuses come from. Please try again in a minute.",
    )
}

struct Look {
    colour: u32,
    emoji: &'static str,
    name: &'static str,
}

/// The colours and names of Discord's own clients.
const fn look(status: Status) -> Look {
    let (colour, emoji, name) = match status {
        Status::Online => (0x0023_a55a, "🟢", "Online"),
        Status::Idle => (0x00f0_b232, "🌙", "Idle"),
        Status::DoNotDisturb => (0x00f2_3f43, "⛔", "Do Not Disturb"),
        Status::Offline => (0x0080_848e, "⚫", "Offline"),
    };
    Look {
        colour,
        emoji,
        name,
    }
}

const fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Desktop => "🖥️ Desktop",
        Platform::Mobile => "📱 Mobile",
        Platform::Web => "🌐 Web",
        Platform::Embedded => "🎮 Console",
        Platform::Vr => "🥽 VR",
    }
}

fn author(presence: &Presence) -> CreateEmbedAuthor {
    let account = escape::plain(&presence.username, max::NAME);
    let shown = presence
        .display_name
        .as_deref()
        .map(|name| escape::plain(name, max::NAME))
        .filter(|name| !name.is_empty() && *name != account);
    let name = match (shown, account.is_empty()) {
        (Some(name), false) => format!("{name} ({account})"),
        (Some(name), true) => name,
        (None, false) => account,
        (None, true) => "Someone".to_owned(),
    };
    let author = CreateEmbedAuthor::new(name);
    match presence.avatar_url.as_deref().and_then(address_of) {
        Some(avatar) => author.icon_url(avatar),
        None => author,
    }
}

fn status_line(presence: &Presence) -> String {
    let look = look(presence.status);
    let mut line = format!("{} **{}**", look.emoji, look.name);
    for each in &presence.platforms {
        line.push_str(" · ");
        line.push_str(platform(*each));
    }
    line
}

fn custom_line(custom: &CustomStatus) -> Option<String> {
    let emoji = custom.emoji.as_ref().map(|emoji| {
        // A server's own emoji can be drawn by that server's members only: its name says it to all.
        match emoji.id {
            Some(_) => escape::markdown(&format!(":{}:", emoji.name), max::EMOJI),
            None => escape::markdown(&emoji.name, max::EMOJI),
        }
    });
    let text = custom
        .text
        .as_deref()
        .map(|text| escape::markdown(text, max::CUSTOM));
    let parts: Vec<String> = [emoji, text]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect();
    // The bubble keeps what follows from being read as a heading, a quote or a list.
    (!parts.is_empty()).then(|| format!("💬 {}", parts.join(" ")))
}

fn spotify_text(spotify: &Spotify, now: OffsetDateTime) -> String {
    let page = spotify
        .track_id
        .as_deref()
        .map(|id| format!("https://open.spotify.com/track/{id}"));
    let song = match link(&spotify.song, page.as_deref(), max::SPOTIFY) {
        song if song.is_empty() => "Something".to_owned(),
        song => song,
    };
    let mut lines = vec![format!("**{song}**")];
    if let Some(artist) = &spotify.artist {
        let artists: Vec<String> = artist
            .split("; ")
            .map(|name| escape::markdown(name, max::SPOTIFY))
            .filter(|name| !name.is_empty())
            .collect();
        let artists = list(&artists, ", ", max::SPOTIFY + 24);
        if !artists.is_empty() {
            lines.push(format!("by {artists}"));
        }
    }
    if let Some(album) = &spotify.album {
        let album = escape::markdown(album, max::SPOTIFY);
        if !album.is_empty() {
            lines.push(format!("on {album}"));
        }
    }
    lines.extend(times(spotify.start, spotify.end, now));
    lines.join("\n")
}

fn activity_name(activity: &Activity) -> String {
    let (emoji, verb) = match activity.kind {
        ActivityKind::Playing => ("🎮", "Playing"),
        ActivityKind::Streaming => ("📺", "Streaming"),
        ActivityKind::Listening => ("🎧", "Listening to"),
        ActivityKind::Watching => ("🍿", "Watching"),
        ActivityKind::Competing => ("🏆", "Competing in"),
    };
    let name = escape::markdown(&activity.name, max::ACTIVITY);
    let name = if name.is_empty() { "something" } else { &name };
    format!("{emoji} {verb} {name}")
}

fn activity_text(activity: &Activity, now: OffsetDateTime) -> String {
    let mut lines: Vec<String> = [&activity.details, &activity.state]
        .into_iter()
        .flatten()
        .map(|text| escape::markdown(text, max::ACTIVITY))
        .filter(|text| !text.is_empty())
        .collect();
    if activity.kind == ActivityKind::Streaming
        && let Some(url) = activity.url.as_deref().and_then(address_of)
    {
        lines.push(link("Watch", Some(&url), max::ACTIVITY));
    }
    lines.extend(times(activity.start, activity.end, now));
    if lines.is_empty() {
        lines.push("Right now".to_owned());
    }
    lines.join("\n")
}

/// When something started and ends, in times that the reader's client keeps current, and how long
/// it takes as a whole.
fn times(
    start: Option<OffsetDateTime>,
    end: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Option<String> {
    let mut parts = Vec::new();
    if let Some(start) = start {
        parts.push(format!("▶ Started {}", timestamp(start, Style::Relative)));
    }
    if let Some(end) = end {
        let verb = if end > now { "ends" } else { "ended" };
        parts.push(format!("{verb} {}", timestamp(end, Style::Relative)));
    }
    if let (Some(start), Some(end)) = (start, end)
        && let Ok(length) = std::time::Duration::try_from(end - start)
    {
        parts.push(format!("`{}`", clock(length)));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// What there is to see: the cover of the song, else a picture of what they do.
fn picture(presence: &Presence) -> Option<String> {
    let cover = presence
        .spotify
        .as_ref()
        .and_then(|spotify| spotify.album_art_url.as_deref());
    let activities = presence
        .activities
        .iter()
        .take(max::ACTIVITIES)
        .filter_map(|activity| activity.image_url.as_deref());
    cover
        .into_iter()
        .chain(activities)
        .chain(presence.avatar_url.as_deref())
        .find_map(address_of)
}
