//! The JSON of one presence becomes the model. Every field may be null, missing or of a wrong
//! type.

use serde_json::Value;

use super::{Activity, ActivityKind, CustomStatus, Emoji, Platform, Presence, Spotify, Status};
use crate::json;

/// Parses what the store keeps. `None` when it is not an object.
pub(crate) fn presence(user: u64, json: &[u8]) -> Option<Presence> {
    let presence: Value = serde_json::from_slice(json).ok()?;
    if !presence.is_object() {
        return None;
    }
    let discord_user = presence.get("discord_user").unwrap_or(&Value::Null);
    let spotify = spotify(&presence);
    let activities = json::list(&presence, "activities");
    Some(Presence {
        user_id: user,
        username: json::text(discord_user, "username").unwrap_or_default(),
        display_name: json::text(discord_user, "display_name")
            .or_else(|| json::text(discord_user, "global_name")),
        avatar_url: avatar(user, discord_user),
        status: status(&presence),
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
fn avatar(user: u64, discord_user: &Value) -> Option<String> {
    let hash = json::text(discord_user, "avatar").filter(|hash| is_word(hash))?;
    let extension = if hash.starts_with("a_") { "gif" } else { "png" };
    Some(format!(
        "https://cdn.discordapp.com/avatars/{user}/{hash}.{extension}"
    ))
}

fn status(presence: &Value) -> Status {
    match json::text(presence, "discord_status").as_deref() {
        Some("online") => Status::Online,
        Some("idle") => Status::Idle,
        Some("dnd") => Status::DoNotDisturb,
        _ => Status::Offline,
    }
}

fn platforms(presence: &Value) -> Vec<Platform> {
    [
        ("active_on_discord_desktop", Platform::Desktop),
        ("active_on_discord_mobile", Platform::Mobile),
        ("active_on_discord_web", Platform::Web),
        ("active_on_discord_embedded", Platform::Embedded),
        ("active_on_discord_vr", Platform::Vr),
    ]
    .into_iter()
    .filter(|(key, _)| json::flag(presence, key))
    .map(|(_, platform)| platform)
    .collect()
}

fn spotify(presence: &Value) -> Option<Spotify> {
    let spotify = presence.get("spotify")?;
    let timestamps = spotify.get("timestamps").unwrap_or(&Value::Null);
    Some(Spotify {
        track_id: json::text(spotify, "track_id")
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric())),
        song: json::text(spotify, "song")?,
        artist: json::text(spotify, "artist"),
        album: json::text(spotify, "album"),
        album_art_url: json::web_address(spotify, "album_art_url"),
        start: json::millis(timestamps, "start"),
        end: json::millis(timestamps, "end"),
    })
}

const CUSTOM: u64 = 4;

fn is_custom(activity: &Value) -> bool {
    json::id(activity, "type") == Some(CUSTOM)
}

/// Lanyard shows Spotify both as `spotify` and as an activity with this id.
fn is_spotify(activity: &Value) -> bool {
    json::text(activity, "id").is_some_and(|id| id.starts_with("spotify:"))
}

fn custom(activity: &Value) -> Option<CustomStatus> {
    let custom = CustomStatus {
        text: json::text(activity, "state"),
        emoji: activity.get("emoji").and_then(emoji),
    };
    (custom != CustomStatus::default()).then_some(custom)
}

fn emoji(emoji: &Value) -> Option<Emoji> {
    Some(Emoji {
        name: json::text(emoji, "name")?,
        id: json::id(emoji, "id"),
        animated: json::flag(emoji, "animated"),
    })
}

fn activity(activity: &Value) -> Option<Activity> {
    let timestamps = activity.get("timestamps").unwrap_or(&Value::Null);
    Some(Activity {
        kind: match json::id(activity, "type") {
            Some(1) => ActivityKind::Streaming,
            Some(2) => ActivityKind::Listening,
            Some(3) => ActivityKind::Watching,
            Some(5) => ActivityKind::Competing,
            _ => ActivityKind::Playing,
        },
        name: json::text(activity, "name")?,
        details: json::text(activity, "details"),
        state: json::text(activity, "state"),
        url: json::web_address(activity, "url"),
        image_url: image(activity, "large_image"),
        image_text: activity
            .get("assets")
            .and_then(|assets| json::text(assets, "large_text")),
        small_image_url: image(activity, "small_image"),
        party: party(activity),
        start: json::millis(timestamps, "start"),
        end: json::millis(timestamps, "end"),
    })
}

/// `size` is `[current, most]`. One alone is no party.
fn party(activity: &Value) -> Option<(u64, u64)> {
    let [current, most] = json::list(activity.get("party")?, "size") else {
        return None;
    };
    let (current, most) = (json::number(current)?, json::number(most)?);
    (most > 1 && current <= most).then_some((current, most))
}

/// The forms that are documented, and those of the services that Discord shows by itself.
/// <https://discord.com/developers/docs/events/gateway-events#activity-object-activity-asset-image>
fn image(activity: &Value, key: &str) -> Option<String> {
    let image = json::text(activity.get("assets")?, key)?;
    let address = match image.split_once(':') {
        Some(("mp", path)) => format!("https://media.discordapp.net/{path}"),
        Some(("spotify", id)) if is_word(id) => format!("https://i.scdn.co/image/{id}"),
        Some(("twitch", name)) if is_word(name) => {
            format!("https://static-cdn.jtvnw.net/previews-ttv/live_user_{name}-440x248.jpg")
        }
        Some(("youtube", id)) if is_word(&id.replace('-', "_")) => {
            format!("https://i.ytimg.com/vi/{id}/hqdefault.jpg")
        }
        None if is_word(&image) => {
            let application = json::id(activity, "application_id")?;
            format!("https://cdn.discordapp.com/app-assets/{application}/{image}.png")
        }
        _ => image,
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
    use serde_json::json;

    use super::*;

    #[test]
    fn each_form_of_an_image_has_its_address() {
        let address = |image: &str| {
            let assets = json!({"large_image": image, "small_image": image});
            let activity = json!({"application_id": "7", "assets": assets});
            let large = super::image(&activity, "large_image");
            assert_eq!(large, super::image(&activity, "small_image"));
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
        assert_eq!(
            image(&json!({"assets": {"large_image": "1"}}), "large_image"),
            None
        );
    }

    #[test]
    fn a_party_has_room_for_more_than_one() {
        let of = |size: Value| party(&json!({"party": {"size": size}}));
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
