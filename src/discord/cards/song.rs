//! What every card about a song shows: the parts that `/nowplaying` and announcements share.

use serenity::all::{CreateEmbed, CreateEmbedAuthor};

use super::text::{self, address_of, link, list};
use crate::{
    discord::escape,
    listen_moe::{self, Named, OnAir, Song},
    station::Station,
};

/// Lengths in UTF-16 code units. Together with what a card adds they stay below the 6,000 that
/// Discord allows an embed: <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>
mod max {
    pub(super) const TITLE: usize = 256;
    pub(super) const ROMAJI: usize = 256;
    pub(super) const NAME: usize = 100;
    pub(super) const ARTISTS: usize = 900;
    pub(super) const FIELD: usize = 500;
}

/// The colours of LISTEN.moe: pink for J-pop, blue for K-pop.
pub(super) const fn colour(station: Station) -> u32 {
    match station {
        Station::Jpop => 0x00ff_015b,
        Station::Kpop => 0x0030_a9ed,
    }
}

/// Station, title, artists, album, source, characters, event, requester and cover; `lines` are
/// added below the artists.
pub(super) fn embed(on_air: &OnAir, lines: &[String]) -> CreateEmbed {
    let song = &on_air.song;
    let mut description = Vec::new();
    if let Some(romaji) = romaji(song) {
        description.push(format!("*{}*", escape::markdown(romaji, max::ROMAJI)));
    }
    description.extend(artists(song));
    description.extend_from_slice(lines);

    let mut embed = CreateEmbed::new()
        .colour(colour(on_air.station))
        .author(station_line(on_air.station))
        .title(title(song))
        .url(listen_moe::song_url(song.id));
    if !description.is_empty() {
        embed = embed.description(description.join("\n"));
    }
    if let Some(event) = &on_air.event {
        let name = match escape::markdown(&event.name, max::FIELD) {
            name if name.is_empty() => "Live".to_owned(),
            name => name,
        };
        embed = embed.field("📡 Live event", format!("**{name}**"), false);
    }
    for (name, values) in [
        ("Album", linked(&song.albums, listen_moe::album_url)),
        ("From", linked(&song.sources, listen_moe::source_url)),
        ("Sung as", named(&song.characters)),
    ] {
        let values = list(&values, "\n", max::FIELD);
        if !values.is_empty() {
            embed = embed.field(name, values, true);
        }
    }
    if let Some(name) = requester(on_air) {
        embed = embed.field("Requested by", name, true);
    }
    if let Some(cover) = cover(song) {
        embed = embed.thumbnail(cover);
    }
    if let Some(image) = on_air
        .event
        .as_ref()
        .and_then(|event| event.image.as_deref())
        && let Some(image) = address_of(image)
    {
        embed = embed.image(image);
    }
    embed
}

/// Who asked for the song, linked to their profile.
pub(super) fn requester(on_air: &OnAir) -> Option<String> {
    let requester = on_air.requester.as_ref()?;
    let profile = requester.username.as_deref().map(listen_moe::profile_url);
    let name = link(&requester.display_name, profile.as_deref(), max::NAME);
    (!name.is_empty()).then_some(name)
}

/// A song on one line: its linked title and who sings it.
pub(super) fn line(song: &Song) -> String {
    let artists = list(&named(&song.artists), ", ", max::NAME);
    joined(song.id, name_of(song), &artists)
}

/// The same of a song of which only its texts were kept.
pub(super) fn written(id: u64, title: Option<&str>, artists: Option<&str>) -> String {
    let artists = artists.map(|artists| escape::markdown(artists, max::NAME));
    joined(id, title.unwrap_or(UNTITLED), &artists.unwrap_or_default())
}

/// `artists` are escaped already.
fn joined(id: u64, title: &str, artists: &str) -> String {
    let title = match escape::markdown(title, max::NAME) {
        shown if shown.is_empty() => UNTITLED,
        _ => title,
    };
    let title = link(title, Some(&listen_moe::song_url(id)), max::NAME);
    if artists.is_empty() {
        title
    } else {
        format!("{title} · {artists}")
    }
}

/// A song on one line where no markdown is rendered: `title · artists`, of at most `max` UTF-16
/// code units. Empty when nothing is left of the title that can be shown.
pub fn caption(on_air: &OnAir, max: usize) -> String {
    let song = &on_air.song;
    let title = escape::plain(name_of(song), max);
    let artists: Vec<&str> = song.artists.iter().filter_map(name).collect();
    if title.is_empty() || artists.is_empty() {
        return title;
    }
    escape::plain(&format!("{title} · {}", artists.join(", ")), max)
}

/// The title as an embed's title, never empty.
fn title(song: &Song) -> String {
    let title = escape::markdown(name_of(song), max::TITLE);
    if title.is_empty() {
        UNTITLED.to_owned()
    } else {
        title
    }
}

const UNTITLED: &str = "Untitled";

pub(super) fn name_of(song: &Song) -> &str {
    song.title
        .as_deref()
        .or(song.title_romaji.as_deref())
        .unwrap_or(UNTITLED)
}

/// The title in Latin letters, when it says more than the title.
fn romaji(song: &Song) -> Option<&str> {
    song.title_romaji
        .as_deref()
        .filter(|romaji| {
            song.title
                .as_deref()
                .is_some_and(|title| !title.eq_ignore_ascii_case(romaji))
        })
        .filter(|romaji| !escape::markdown(romaji, max::ROMAJI).is_empty())
}

fn artists(song: &Song) -> Option<String> {
    artists_within(song, max::ARTISTS)
}

/// Who sings it, in at most `max` UTF-16 code units and a word.
pub(super) fn artists_within(song: &Song, max: usize) -> Option<String> {
    let links = linked(&song.artists, listen_moe::artist_url);
    let artists = list(&links, " · ", max);
    (!artists.is_empty()).then(|| format!("by {artists}"))
}

fn linked(things: &[Named], page: fn(u64) -> String) -> Vec<String> {
    things
        .iter()
        .filter_map(|thing| {
            let page = thing.id.map(page);
            let text = link(name(thing)?, page.as_deref(), max::NAME);
            (!text.is_empty()).then_some(text)
        })
        .collect()
}

fn named(things: &[Named]) -> Vec<String> {
    things
        .iter()
        .filter_map(name)
        .map(|name| escape::markdown(name, max::NAME))
        .filter(|name| !name.is_empty())
        .collect()
}

fn name(thing: &Named) -> Option<&str> {
    thing.name.as_deref().or(thing.name_romaji.as_deref())
}

/// The cover of the first album that has one.
pub(super) fn cover(song: &Song) -> Option<String> {
    cover_file(song)
        .map(listen_moe::cover_url)
        .as_deref()
        .and_then(address_of)
}

/// The file name of that cover.
pub(super) fn cover_file(song: &Song) -> Option<&str> {
    song.albums.iter().find_map(|album| album.image.as_deref())
}

pub(super) fn station_line(station: Station) -> CreateEmbedAuthor {
    let page = match station {
        Station::Jpop => "https://listen.moe",
        Station::Kpop => "https://listen.moe/kpop",
    };
    CreateEmbedAuthor::new(format!("LISTEN.moe · {}", station.title())).url(page)
}

/// `87 listeners`
pub(super) fn listeners(listeners: u64) -> String {
    let noun = if listeners == 1 {
        "listener"
    } else {
        "listeners"
    };
    format!("{} {noun}", text::count(listeners))
}
