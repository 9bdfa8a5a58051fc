//! What somebody does: a song on Spotify or an activity, as a part of the card.

use serenity::all::{CreateEmbed, CreateEmbedAuthor};
use time::OffsetDateTime;

use super::{
    super::now_playing,
    super::text::{address_of, clock, link, list},
    max, radio, words,
};
use crate::{
    discord::escape,
    language::{Language, Text, Wording},
    lanyard::{Activity, ActivityKind, Spotify},
    listen_moe::OnAir,
};

/// Spotify's green, and the purple that Discord shows for streams.
const SPOTIFY: u32 = 0x001d_b954;
const STREAMING: u32 = 0x0059_3695;

/// One thing that somebody does. With a picture it becomes an embed of its own, because an embed
/// has room for one; without, a field of the person's.
#[derive(Debug, Default)]
pub(super) struct Doing {
    /// `🎮 Playing`: for a place that renders no markdown.
    pub(super) label: String,
    /// Its name, as it was received.
    pub(super) name: String,
    /// Where that leads to.
    pub(super) page: Option<String>,
    /// Below the name, escaped already.
    pub(super) lines: Vec<String>,
    /// The large picture.
    pub(super) picture: Option<String>,
    /// The small picture.
    pub(super) icon: Option<String>,
    /// A colour of its own.
    pub(super) colour: Option<u32>,
}

impl Doing {
    /// A song on Spotify.
    pub(super) fn spotify(spotify: &Spotify, now: OffsetDateTime, language: Language) -> Self {
        let mut lines = Vec::new();
        if let Some(artist) = &spotify.artist {
            let artists: Vec<String> = artist
                .split("; ")
                .take(max::ARTISTS)
                .map(|name| escape::markdown(name, max::TEXT))
                .filter(|name| !name.is_empty())
                .collect();
            let artists = list(&artists, ", ", max::LINE, language);
            if !artists.is_empty() {
                let artists = artists.into();
                lines.push(language.say(Text::By { artists }));
            }
        }
        if let Some(album) = &spotify.album {
            let album = escape::markdown(album, max::TEXT);
            if !album.is_empty() {
                let album = album.into();
                lines.push(language.say(Text::OnAlbum { album }));
            }
        }
        lines.extend(times(spotify.start, spotify.end, now, language));
        Self {
            label: words::spotify(language),
            name: spotify.song.clone(),
            page: track_page(spotify),
            lines,
            picture: spotify.album_art_url.as_deref().and_then(address_of),
            icon: None,
            colour: Some(SPOTIFY),
        }
    }

    /// An activity; on LISTEN.moe with what is `on_air`, which is known better here than by
    /// whichever client they listen with.
    pub(super) fn activity(
        activity: &Activity,
        on_air: Option<&OnAir>,
        now: OffsetDateTime,
        wording: Wording,
    ) -> Self {
        if let Some(station) = radio::station_of(activity) {
            return radio::doing(station, activity, on_air, now, wording);
        }
        Self::plain(activity, now, wording.language)
    }

    /// An activity as its application describes it.
    pub(super) fn plain(activity: &Activity, now: OffsetDateTime, language: Language) -> Self {
        // What matters of music, shows and streams is what is on, not what plays it.
        let on = activity
            .details
            .as_ref()
            .filter(|text| activity.kind.has_content() && !escape::plain(text, 1).is_empty());
        let app = escape::plain(&activity.name, max::TEXT);
        let (label, name, details) = match on {
            Some(on) if app.is_empty() => (words::activity(activity.kind, language), on, None),
            Some(on) => (words::activity_in(activity.kind, &app, language), on, None),
            None => (
                words::activity(activity.kind, language),
                &activity.name,
                activity.details.as_deref(),
            ),
        };
        let shown = |text: Option<&str>| {
            let text = escape::markdown(text?, max::TEXT);
            (!text.is_empty()).then_some(text)
        };
        let mut lines = Vec::new();
        lines.extend(shown(details));
        let party = activity.party.map(|party| words::party(party, language));
        match (shown(activity.state.as_deref()), party) {
            (Some(state), Some(party)) => lines.push(format!("{state} {party}")),
            (state, party) => lines.extend(state.or(party)),
        }
        // For music it is the album; for games it is a remark on the picture.
        if activity.kind == ActivityKind::Listening {
            let album = shown(activity.image_text.as_deref());
            let album = album.map(Into::into);
            lines.extend(album.map(|album| language.say(Text::OnAlbum { album })));
        }
        lines.extend(times(activity.start, activity.end, now, language));
        Self {
            label,
            name: name.clone(),
            page: Some(activity.kind)
                .filter(|kind| *kind == ActivityKind::Streaming)
                .and(activity.url.as_deref())
                .and_then(address_of),
            lines,
            picture: activity.image_url.as_deref().and_then(address_of),
            icon: activity.small_image_url.as_deref().and_then(address_of),
            colour: (activity.kind == ActivityKind::Streaming).then_some(STREAMING),
        }
    }

    /// As an embed of its own.
    pub(super) fn embed(self, colour: u32, language: Language) -> CreateEmbed {
        let label = CreateEmbedAuthor::new(self.label);
        let mut embed = CreateEmbed::new()
            .colour(self.colour.unwrap_or(colour))
            .author(match self.icon {
                Some(icon) => label.icon_url(icon),
                None => label,
            })
            .title(match escape::markdown(&self.name, max::TEXT) {
                name if name.is_empty() => language.say(Text::Something),
                name => name,
            });
        if let Some(page) = self.page {
            embed = embed.url(page);
        }
        if !self.lines.is_empty() {
            embed = embed.description(self.lines.join("\n"));
        }
        match self.picture {
            Some(picture) => embed.thumbnail(picture),
            None => embed,
        }
    }

    /// As a field: its name and value.
    pub(super) fn field(self, language: Language) -> (String, String) {
        let name = match link(&self.name, self.page.as_deref(), max::TEXT) {
            name if name.is_empty() => language.say(Text::Something),
            name => name,
        };
        let mut lines = vec![format!("**{name}**")];
        lines.extend(self.lines);
        // Nothing in it is markdown but where an application's name is: in a field it would be.
        let label = escape::markdown(&self.label, max::LABEL);
        (label, lines.join("\n"))
    }
}

/// The longest id of a track that is taken for one: Spotify's have 22 characters.
const TRACK: usize = 64;

/// The page of a song on Spotify.
pub(super) fn track_page(spotify: &Spotify) -> Option<String> {
    let track = spotify.track_id.as_deref()?;
    (track.len() <= TRACK).then(|| format!("https://open.spotify.com/track/{track}"))
}

/// When something started and ends, in times that the reader's client keeps current, and how long
/// it takes as a whole.
pub(super) fn times(
    start: Option<OffsetDateTime>,
    end: Option<OffsetDateTime>,
    now: OffsetDateTime,
    language: Language,
) -> Option<String> {
    let mut parts = Vec::new();
    parts.extend(start.map(|start| now_playing::started(start, language)));
    parts.extend(end.map(|end| now_playing::ends(end, now, language)));
    if let (Some(start), Some(end)) = (start, end)
        && let Ok(length) = std::time::Duration::try_from(end - start)
    {
        parts.push(format!("`{}`", clock(length)));
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

impl ActivityKind {
    /// Whether the details are what it is about: a song, an episode, the title of a stream.
    const fn has_content(self) -> bool {
        matches!(self, Self::Listening | Self::Watching | Self::Streaming)
    }
}
