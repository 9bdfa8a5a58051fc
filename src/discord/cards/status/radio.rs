//! LISTEN.moe among somebody's activities, through whichever client they listen.

use time::OffsetDateTime;

use super::{
    super::{now_playing, song},
    doing::Doing,
    max, words,
};
use crate::{
    language::{Text, Wording},
    lanyard::{Activity, ActivityKind},
    listen_moe::{self, OnAir},
    station::Station,
};

/// What the service is called, everywhere.
const SERVICE: &str = "listen.moe";

/// At most this many characters of a text are looked through.
const LOOKED_AT: usize = 256;

/// The station of an activity, when it is listening to LISTEN.moe: its clients name themselves after
/// it or link to it, players name it as what they play. An editor with a file of that name does not.
pub(super) fn station_of(activity: &Activity) -> Option<Station> {
    let name = lower(&activity.name);
    let url = activity.url.as_deref().map(lower).unwrap_or_default();
    let details = [&activity.details, &activity.state]
        .into_iter()
        .flatten()
        .map(|text| lower(text));
    let texts: Vec<String> = [name, url].into_iter().chain(details).collect();
    let named = texts[0].contains(SERVICE)
        || is_service(&texts[1])
        || (activity.kind == ActivityKind::Listening
            && texts[2..].iter().any(|text| text.contains(SERVICE)));
    let kpop = || {
        let says = |text: &String| text.contains("kpop") || text.contains("k-pop");
        texts.iter().any(says)
    };
    named.then(|| if kpop() { Station::Kpop } else { Station::Jpop })
}

fn lower(text: &str) -> String {
    text.chars()
        .take(LOOKED_AT)
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether an address is one of the service's, rather than one that only names it.
fn is_service(url: &str) -> bool {
    let host = url
        .split_once("://")
        .map(|(_, rest)| rest.split(['/', '?', '#', ':']).next().unwrap_or_default());
    host.is_some_and(|host| {
        host.strip_suffix(SERVICE)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// Listening to a station, with the song on air.
pub(super) fn doing(
    station: Station,
    activity: &Activity,
    on_air: Option<&OnAir>,
    now: OffsetDateTime,
    wording: Wording,
) -> Doing {
    let language = wording.language;
    let plain = Doing::plain(activity, now, language);
    let Some(on_air) = on_air.filter(|on_air| on_air.station == station) else {
        return Doing {
            label: words::radio(station, language),
            colour: Some(song::colour(station)),
            ..plain
        };
    };
    let mut lines = Vec::new();
    lines.extend(song::artists_within(&on_air.song, max::LINE, wording));
    lines.extend(now_playing::time_line(on_air, now, language));
    Doing {
        label: words::radio(station, language),
        name: language.say(Text::OnAir {
            title: song::name_of(&on_air.song, wording.titles)
                .map_or_else(|| language.say(Text::Untitled).into(), Into::into),
        }),
        page: Some(listen_moe::song_url(on_air.song.id)),
        lines,
        picture: song::cover(&on_air.song).or(plain.picture),
        icon: plain.icon,
        colour: Some(song::colour(station)),
    }
}
