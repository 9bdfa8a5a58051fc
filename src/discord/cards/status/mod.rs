//! The cards of `/status`: an embed for the person, and one for each thing they do that has a
//! picture, because an embed has room for one picture only.
//!
//! - here: the person, and the card as a whole.
//! - `doing`: what they do.
//! - `radio`: LISTEN.moe among that.
//! - `buttons`: what is below the card.
//! - `words`: what they say.

mod buttons;
mod doing;
mod radio;
#[cfg(test)]
mod tests;
mod words;

use serenity::all::{CreateEmbed, CreateEmbedAuthor, CreateEmbedFooter, Timestamp};
use time::OffsetDateTime;

pub use self::buttons::buttons;
use self::doing::Doing;
use super::text::{Style, address_of, timestamp};
use crate::{
    discord::escape,
    language::{Language, Text, Wording},
    lanyard::{CustomStatus, Emoji, Freshness, Presence, Status},
    listen_moe::OnAir,
    station::Station,
};

/// Lengths in UTF-16 code units, chosen so that a full card stays below the 6,000 that all embeds
/// of a message may have together.
mod max {
    pub(super) const NAME: usize = 100;
    /// Of a custom status: Discord allows 128 characters.
    pub(super) const CUSTOM: usize = 150;
    pub(super) const EMOJI: usize = 40;
    /// Of names, details and states of activities: Discord allows 128 characters.
    pub(super) const TEXT: usize = 128;
    /// Of a line that lists several things.
    pub(super) const LINE: usize = 220;
    pub(super) const LABEL: usize = 200;
    /// How many activities are shown; more than this nobody does at once.
    pub(super) const ACTIVITIES: usize = 5;
    /// How many artists of a song are looked at.
    pub(super) const ARTISTS: usize = 20;
}

const NEUTRAL: u32 = 0x0058_65f2;

/// What a card is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Whose it is.
    pub presence: &'a Presence,
    /// Whether that is current.
    pub freshness: Freshness,
    /// What is on air on the station that they [listen to](listens_to), if they do.
    pub on_air: Option<&'a OnAir>,
    /// Until when the card is kept up to date, if it is.
    pub live_until: Option<OffsetDateTime>,
    /// Now.
    pub now: OffsetDateTime,
    /// How it is written for those who see it.
    pub wording: Wording,
}

/// What someone is doing right now. Never empty, and never more embeds than a message may have.
pub fn card(view: &View<'_>) -> Vec<CreateEmbed> {
    let (presence, wording) = (view.presence, view.wording);
    let language = wording.language;
    let colour = colour(presence.status);
    let spotify = presence
        .spotify
        .as_ref()
        .map(|spotify| Doing::spotify(spotify, view.now, language));
    let activities = presence.activities.iter().take(max::ACTIVITIES);
    let (pictured, plain): (Vec<Doing>, Vec<Doing>) = spotify
        .into_iter()
        .chain(activities.map(|activity| Doing::activity(activity, view.on_air, view.now, wording)))
        .partition(|doing| doing.picture.is_some());

    let mut person = person(view).colour(colour);
    for doing in plain {
        let (name, value) = doing.field(language);
        person = person.field(name, value, false);
    }
    let mut embeds = vec![person];
    embeds.extend(
        pictured
            .into_iter()
            .map(|doing| doing.embed(colour, language)),
    );
    if let Some(last) = embeds.pop() {
        embeds.push(last.footer(CreateEmbedFooter::new(language.say(Text::FromLanyard))));
    }
    embeds
}

/// Writes below a card when it was drawn. Apart from [`card`], so that two cards can be compared.
pub fn stamp(mut card: Vec<CreateEmbed>, now: OffsetDateTime) -> Vec<CreateEmbed> {
    if let (Some(last), Ok(now)) = (
        card.pop(),
        Timestamp::from_unix_timestamp(now.unix_timestamp()),
    ) {
        card.push(last.timestamp(now));
    }
    card
}

/// The LISTEN.moe station that someone listens to, through whichever client.
pub fn listens_to(presence: &Presence) -> Option<Station> {
    let mut shown = presence.activities.iter().take(max::ACTIVITIES);
    shown.find_map(radio::station_of)
}

/// When the card says something else although nothing has changed: something is over then.
pub fn next_change(presence: &Presence, now: OffsetDateTime) -> Option<OffsetDateTime> {
    let spotify = presence.spotify.as_ref().and_then(|spotify| spotify.end);
    let activities = presence.activities.iter().take(max::ACTIVITIES);
    spotify
        .into_iter()
        .chain(activities.filter_map(|activity| activity.end))
        .filter(|end| *end > now)
        .min()
}

/// Someone whom Lanyard does not know: what it is, and how to join or not.
pub fn not_on_lanyard(name: &str, oneself: bool, language: Language) -> CreateEmbed {
    let name = match escape::markdown(name, max::NAME) {
        name if name.is_empty() => language.say(Text::ThisMember),
        name => name,
    };
    let (title, text) = words::not_on_lanyard(&name, oneself, language);
    CreateEmbed::new()
        .colour(NEUTRAL)
        .title(title)
        .url(words::LANYARD)
        .description(text)
}

/// Someone who does not want to be shown.
pub fn hidden(oneself: bool, language: Language) -> CreateEmbed {
    CreateEmbed::new()
        .colour(NEUTRAL)
        .description(words::hidden(oneself, language))
}

/// Nothing has arrived from Lanyard since the start.
pub fn nothing_known(language: Language) -> CreateEmbed {
    CreateEmbed::new()
        .colour(NEUTRAL)
        .description(language.say(Text::LanyardSilent))
}

/// The colours of Discord's own clients.
const fn colour(status: Status) -> u32 {
    match status {
        Status::Online => 0x0023_a55a,
        Status::Idle => 0x00f0_b232,
        Status::DoNotDisturb => 0x00f2_3f43,
        Status::Offline => 0x0080_848e,
    }
}

/// The custom status as the bubble above, then who it is and how they are there.
fn person(view: &View<'_>) -> CreateEmbed {
    let (presence, language) = (view.presence, view.wording.language);
    let mut lines = vec![status_line(presence, language)];
    if let Freshness::Stale { since } = view.freshness {
        lines.push(words::stale(timestamp(since, Style::Relative), language));
    }
    if let Some(until) = view.live_until {
        lines.push(words::live(timestamp(until, Style::Relative), language));
    }
    let embed = CreateEmbed::new()
        .title(name(presence, language))
        .url(format!("https://discord.com/users/{}", presence.user_id))
        .thumbnail(avatar(presence))
        .description(lines.join("\n"));
    match presence.custom.as_ref().and_then(bubble) {
        Some(bubble) => embed.author(bubble),
        None => embed,
    }
}

fn name(presence: &Presence, language: Language) -> String {
    let account = escape::markdown(&presence.username, max::NAME);
    let shown = presence
        .display_name
        .as_deref()
        .map(|name| escape::markdown(name, max::NAME))
        .filter(|name| !name.is_empty() && *name != account);
    match (shown, account.is_empty()) {
        (Some(name), false) => format!("{name} ({account})"),
        (Some(name), true) => name,
        (None, false) => account,
        (None, true) => language.say(Text::Someone),
    }
}

/// Their own, or the one that Discord gives to everybody without one.
/// <https://discord.com/developers/docs/reference#image-formatting>
fn avatar(presence: &Presence) -> String {
    let own = presence.avatar_url.as_deref().and_then(address_of);
    own.unwrap_or_else(|| {
        let number = (presence.user_id >> 22) % 6;
        format!("https://cdn.discordapp.com/embed/avatars/{number}.png")
    })
}

fn status_line(presence: &Presence, language: Language) -> String {
    let mut line = words::status(presence.status, language);
    for platform in &presence.platforms {
        line.push_str(" · ");
        line.push_str(&words::platform(*platform, language));
    }
    line
}

/// A server's own emoji can be drawn by that server's members only; its picture by all.
fn bubble(custom: &CustomStatus) -> Option<CreateEmbedAuthor> {
    let text = custom
        .text
        .as_deref()
        .map(|text| escape::plain(text, max::CUSTOM))
        .filter(|text| !text.is_empty());
    let emoji = custom.emoji.as_ref();
    let name = emoji
        .map(|emoji| escape::plain(&emoji.name, max::EMOJI))
        .filter(|name| !name.is_empty());
    if let Some(picture) = emoji.and_then(Emoji::image_url) {
        // As one text: what its end and the colon would make together is seen.
        let colons = |emoji: &Emoji| escape::plain(&format!(":{}:", emoji.name), max::EMOJI);
        let line = text.or_else(|| name.and(emoji).map(colons))?;
        return Some(CreateEmbedAuthor::new(line).icon_url(picture));
    }
    let line = match (name, text) {
        (Some(emoji), Some(text)) => format!("{emoji} {text}"),
        (Some(emoji), None) => emoji,
        (None, Some(text)) => format!("{} {text}", words::BUBBLE),
        (None, None) => return None,
    };
    Some(CreateEmbedAuthor::new(line))
}
