//! What every card about a song shows: the parts that `/nowplaying` and announcements share.

use serenity::all::{CreateEmbed, CreateEmbedAuthor};

use super::text::{address_of, link, list};
use crate::{
    discord::escape,
    language::{Language, Text, Titles, Wording},
    listen_moe::{self, Named, OnAir, Song},
    station::Station,
    store::PastPlay,
};

/// Lengths in UTF-16 code units. Together with what a card adds they stay below the 6,000 that
/// Discord allows an embed: <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>
mod max {
    pub(super) const TITLE: usize = 256;
    pub(super) const OTHER_SCRIPT: usize = 256;
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
pub(super) fn embed(on_air: &OnAir, lines: &[String], wording: Wording) -> CreateEmbed {
    let (song, language) = (&on_air.song, wording.language);
    let mut description = Vec::new();
    if let Some(other) = in_other_script(song, wording.titles) {
        description.push(format!("*{}*", escape::markdown(other, max::OTHER_SCRIPT)));
    }
    description.extend(artists_within(song, max::ARTISTS, wording));
    description.extend_from_slice(lines);

    let mut embed = CreateEmbed::new()
        .colour(colour(on_air.station))
        .author(station_line(on_air.station))
        .title(title(song, wording))
        .url(listen_moe::song_url(song.id));
    if !description.is_empty() {
        embed = embed.description(description.join("\n"));
    }
    if let Some(event) = &on_air.event {
        let name = match escape::markdown(&event.name, max::FIELD) {
            name if name.is_empty() => language.say(Text::Live),
            name => name,
        };
        let title = format!("📡 {}", language.say(Text::LiveEvent));
        embed = embed.field(title, format!("**{name}**"), false);
    }
    for (name, values) in [
        (
            Text::Album,
            linked(&song.albums, listen_moe::album_url, wording.titles),
        ),
        (
            Text::From,
            linked(&song.sources, listen_moe::source_url, wording.titles),
        ),
        (Text::SungAs, named(&song.characters, wording.titles)),
    ] {
        let values = list(&values, "\n", max::FIELD, language);
        if !values.is_empty() {
            embed = embed.field(language.say(name), values, true);
        }
    }
    if let Some(name) = requester(on_air) {
        embed = embed.field(language.say(Text::RequestedBy), name, true);
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
pub(super) fn line(song: &Song, wording: Wording) -> String {
    let artists = named(&song.artists, wording.titles);
    let artists = list(&artists, ", ", max::NAME, wording.language);
    joined(
        song.id,
        name_of(song, wording.titles),
        &artists,
        wording.language,
    )
}

/// The same of a song of the record.
pub(super) fn past_line(play: &PastPlay, wording: Wording) -> String {
    let (title, romaji) = (play.title.as_deref(), play.title_romaji.as_deref());
    let (title, _) = wording.titles.order(title, romaji);
    let (artists, romaji) = (play.artists.as_deref(), play.artists_romaji.as_deref());
    let (artists, _) = wording.titles.order(artists, romaji);
    let artists = artists.map(|artists| escape::markdown(artists, max::NAME));
    joined(
        play.song,
        title,
        &artists.unwrap_or_default(),
        wording.language,
    )
}

/// `artists` are escaped already.
fn joined(id: u64, title: Option<&str>, artists: &str, language: Language) -> String {
    let shown = title.filter(|title| !escape::markdown(title, max::NAME).is_empty());
    let title = shown.map_or_else(|| language.say(Text::Untitled), str::to_owned);
    let title = link(&title, Some(&listen_moe::song_url(id)), max::NAME);
    if artists.is_empty() {
        title
    } else {
        format!("{title} · {artists}")
    }
}

/// A song on one line where no markdown is rendered: `title · artists`, of at most `max` UTF-16
/// code units. Empty when nothing is left of the title that can be shown.
pub fn caption(on_air: &OnAir, titles: Titles, max: usize) -> String {
    let song = &on_air.song;
    let title = escape::plain(name_of(song, titles).unwrap_or_default(), max);
    let artists = song.artists.iter().filter_map(|it| name(it, titles));
    let artists: Vec<&str> = artists.collect();
    if title.is_empty() || artists.is_empty() {
        return title;
    }
    escape::plain(&format!("{title} · {}", artists.join(", ")), max)
}

/// The title as an embed's title, never empty.
fn title(song: &Song, wording: Wording) -> String {
    let title = name_of(song, wording.titles).map(|title| escape::markdown(title, max::TITLE));
    title
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| wording.say(Text::Untitled))
}

pub(super) fn name_of(song: &Song, titles: Titles) -> Option<&str> {
    in_both_scripts(song, titles).0
}

fn in_both_scripts(song: &Song, titles: Titles) -> (Option<&str>, Option<&str>) {
    titles.order(song.title.as_deref(), song.title_romaji.as_deref())
}

/// The title in the script that was not chosen, when it says more than the title.
fn in_other_script(song: &Song, titles: Titles) -> Option<&str> {
    let (title, other) = in_both_scripts(song, titles);
    other
        .filter(|other| title.is_some_and(|title| !title.eq_ignore_ascii_case(other)))
        .filter(|other| !escape::markdown(other, max::OTHER_SCRIPT).is_empty())
}

/// Who sings it, in at most `max` UTF-16 code units and a word.
pub(super) fn artists_within(song: &Song, max: usize, wording: Wording) -> Option<String> {
    let links = linked(&song.artists, listen_moe::artist_url, wording.titles);
    let artists = list(&links, " · ", max, wording.language);
    let artists = Some(artists).filter(|artists| !artists.is_empty())?;
    Some(wording.say(Text::By {
        artists: artists.into(),
    }))
}

fn linked(things: &[Named], page: fn(u64) -> String, titles: Titles) -> Vec<String> {
    things
        .iter()
        .filter_map(|thing| {
            let page = thing.id.map(page);
            let text = link(name(thing, titles)?, page.as_deref(), max::NAME);
            (!text.is_empty()).then_some(text)
        })
        .collect()
}

fn named(things: &[Named], titles: Titles) -> Vec<String> {
    things
        .iter()
        .filter_map(|thing| name(thing, titles))
        .map(|name| escape::markdown(name, max::NAME))
        .filter(|name| !name.is_empty())
        .collect()
}

fn name(thing: &Named, titles: Titles) -> Option<&str> {
    titles
        .order(thing.name.as_deref(), thing.name_romaji.as_deref())
        .0
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
pub(super) fn listeners(count: u64, language: Language) -> String {
    language.say(Text::ListenersCount { count })
}
