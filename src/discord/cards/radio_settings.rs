//! The card of `/radio settings`.

use serenity::all::{CreateEmbed, Mentionable};

use super::text::minutes;
use crate::store::RadioSettings;

/// How a server wants its radio, and which command changes what.
pub fn card(settings: &RadioSettings) -> CreateEmbed {
    let stay = if settings.stay {
        "around the clock".to_owned()
    } else {
        format!("{} alone, then I leave", minutes(settings.alone_minutes))
    };
    let dj = settings
        .dj_role
        .map_or_else(|| "nobody".to_owned(), |role| role.mention().to_string());
    let on = |on| if on { "on" } else { "off" };
    CreateEmbed::new()
        .colour(0x00ff_015b)
        .title("Radio settings")
        .field(
            "Volume",
            format!("{}\n-# `/radio volume`", settings.volume),
            true,
        )
        .field("Stays", format!("{stay}\n-# `/radio stay`"), true)
        .field("DJs", format!("{dj}\n-# `/radio dj`"), true)
        .field(
            "Song as voice status",
            format!(
                "{}\n-# `/radio settings voice_status:`",
                on(settings.voice_status)
            ),
            true,
        )
        .field(
            "Song as stage topic",
            format!(
                "{}\n-# `/radio settings stage_topic:`",
                on(settings.stage_topic)
            ),
            true,
        )
}
