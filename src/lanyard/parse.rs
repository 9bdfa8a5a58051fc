//! The JSON of one presence becomes the model. Every field may be null, missing or of a wrong
//! type.

use super::{
    Activity, ActivityKind, CustomStatus, Emoji, Platform, Presence, Spotify, Status,
    raw::{self, List, Scalar},
};
use crate::json;

/// Parses what the store keeps. `None` when it is not an object.
pub(crate) fn presence(user: u64, json: &[u8]) -> Option<Presence> {
    if !json.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let presence: raw::Presence<'_> = serde_json::from_slice(json).ok()?;
    let List(activities) = &presence.activities;
    let spotify = spotify(&presence.spotify);
    Some(Presence {
        user_id: user,
        username: presence.user.username.owned().unwrap_or_default(),
        display_name: presence
            .user
            .display_name
            .owned()
            .or_else(|| presence.user.global_name.owned()),
        avatar_url: avatar(user, &presence.user.avatar),
        status: status(&presence.status),
        platforms: platforms(&presence),
        custom: activities.iter().find(|it| is_custom(it)).and_then(custom),
        activities: activities
            .iter()
            .filter(|it| !is_custom(it))
            .filter(|it| spotify.is_none() || !is_spotify(it))
            .filter_map(activity)
            .collect(),
        spotify,
    })
}

/// <https://discord.com/developers/docs/reference#image-formatting>
fn avatar(user: u64, hash: &Scalar<'_>) -> Option<String> {
    let hash = hash.text().filter(|hash| is_word(hash))?;
    let extension = if hash.starts_with("a_") { "gif" } else { "png" };
    Some(format!(
        "https://cdn.discordapp.com/avatars/{user}/{hash}.{extension}"
    ))
}

fn status(status: &Scalar<'_>) -> Status {
    match status.text() {
        Some("online") => Status::Online,
        Some("idle") => Status::Idle,
        Some("dnd") => Status::DoNotDisturb,
        _ => Status::Offline,
    }
}

fn platforms(presence: &raw::Presence<'_>) -> Vec<Platform> {
    [
        (&presence.desktop, Platform::Desktop),
        (&presence.mobile, Platform::Mobile),
        (&presence.web, Platform::Web),
        (&presence.embedded, Platform::Embedded),
        (&presence.vr, Platform::Vr),
    ]
    .into_iter()
    .filter(|(active, _)| active.flag())
    .map(|(_, platform)| platform)
    .collect()
}

fn spotify(spotify: &raw::Spotify<'_>) -> Option<Spotify> {
    Some(Spotify {
        track_id: spotify
            .track_id
            .text()
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            .map(str::to_owned),
        song: spotify.song.owned()?,
        artist: spotify.artist.owned(),
        album: spotify.album.owned(),
        album_art_url: spotify.album_art_url.web_address(),
        start: spotify.timestamps.start.millis(),
        end: spotify.timestamps.end.millis(),
    })
}

const CUSTOM: u64 = 4;

fn is_custom(activity: &raw::Activity<'_>) -> bool {
    activity.kind.number() == Some(CUSTOM)
}

/// Lanyard shows Spotify both as `spotify` and as an activity with this id.
fn is_spotify(activity: &raw::Activity<'_>) -> bool {
    let id = activity.id.text();
    id.is_some_and(|id| id.starts_with("spotify:"))
}

fn custom(activity: &raw::Activity<'_>) -> Option<CustomStatus> {
    let custom = CustomStatus {
        text: activity.state.owned(),
        emoji: emoji(&activity.emoji),
    };
    (custom != CustomStatus::default()).then_some(custom)
}

fn emoji(emoji: &raw::Emoji<'_>) -> Option<Emoji> {
    Some(Emoji {
        name: emoji.name.owned()?,
        id: emoji.id.number(),
        animated: emoji.animated.flag(),
    })
}

fn activity(activity: &raw::Activity<'_>) -> Option<Activity> {
    let assets = &activity.assets;
    Some(Activity {
        kind: match activity.kind.number() {
            Some(1) => ActivityKind::Streaming,
            Some(2) => ActivityKind::Listening,
            Some(3) => ActivityKind::Watching,
            Some(5) => ActivityKind::Competing,
            _ => ActivityKind::Playing,
        },
        name: activity.name.owned()?,
        details: activity.details.owned(),
        state: activity.state.owned(),
        url: activity.url.web_address(),
        image_url: image(activity, &assets.large_image),
        image_text: assets.large_text.owned(),
        small_image_url: image(activity, &assets.small_image),
        party: party(&activity.party),
        start: activity.timestamps.start.millis(),
        end: activity.timestamps.end.millis(),
    })
}

/// `size` is `[current, most]`. One alone is no party.
fn party(party: &raw::Party<'_>) -> Option<(u64, u64)> {
    let List(size) = &party.size;
    let [current, most] = size.as_slice() else {
        return None;
    };
    let (current, most) = (current.number()?, most.number()?);
    (most > 1 && current <= most).then_some((current, most))
}

/// The forms that are documented, and those of the services that Discord shows by itself.
/// <https://discord.com/developers/docs/events/gateway-events#activity-object-activity-asset-image>
fn image(activity: &raw::Activity<'_>, image: &Scalar<'_>) -> Option<String> {
    let image = image.text()?;
    let address = match image.split_once(':') {
        Some(("mp", path)) => format!("https://media.discordapp.net/{path}"),
        Some(("spotify", id)) if is_word(id) => format!("https://i.scdn.co/image/{id}"),
        Some(("twitch", name)) if is_word(name) => {
            format!("https://static-cdn.jtvnw.net/previews-ttv/live_user_{name}-440x248.jpg")
        }
        Some(("youtube", id)) if is_word(&id.replace('-', "_")) => {
            format!("https://i.ytimg.com/vi/{id}/hqdefault.jpg")
        }
        None if is_word(image) => {
            let application = activity.application_id.number()?;
            format!("https://cdn.discordapp.com/app-assets/{application}/{image}.png")
        }
        _ => image.to_owned(),
    };
    json::checked_web_address(&address)
}

/// Fit to be a part of an address.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn each_form_of_an_image_has_its_address() {
        let address = |image: &str| {
            let assets = json!({"large_image": image, "small_image": image});
            let activity = json!({"application_id": "7", "assets": assets}).to_string();
            let activity: raw::Activity<'_> = serde_json::from_str(&activity).unwrap();
            let large = super::image(&activity, &activity.assets.large_image);
            let small = super::image(&activity, &activity.assets.small_image);
            assert_eq!(large, small);
            large
        };
        for (image, expected) in [
            (
                "mp:external/aB-9/https/x.example/a.png",
                "https://media.discordapp.net/external/aB-9/https/x.example/a.png",
            ),
            ("spotify:ab67", "https://i.scdn.co/image/ab67"),
            (
                "twitch:kana_live",
                "https://static-cdn.jtvnw.net/previews-ttv/live_user_kana_live-440x248.jpg",
            ),
            (
                "youtube:dQw4-w_X",
                "https://i.ytimg.com/vi/dQw4-w_X/hqdefault.jpg",
            ),
            (
                "565945350645481492",
                "https://cdn.discordapp.com/app-assets/7/565945350645481492.png",
            ),
            ("https://x.example/a.png", "https://x.example/a.png"),
        ] {
            assert_eq!(address(image).as_deref(), Some(expected), "{image}");
        }
        for nonsense in [
            "",
            " ",
            "spotify:",
            "spotify:../x",
            "javascript:x",
            "a b",
            "x:y",
        ] {
            assert_eq!(address(nonsense), None, "{nonsense}");
        }
        let of_no_application = raw::Activity::default();
        assert_eq!(image(&of_no_application, &Scalar::Text("1".into())), None);
    }

    #[test]
    fn a_party_has_room_for_more_than_one() {
        let of = |size: Value| {
            let party = json!({"size": size}).to_string();
            super::party(&serde_json::from_str(&party).unwrap())
        };
        assert_eq!(of(json!([2, 4])), Some((2, 4)));
        for none in [
            json!([1, 1]),
            json!([5, 4]),
            json!([2]),
            json!("2"),
            Value::Null,
        ] {
            assert_eq!(of(none), None);
        }
    }
}
