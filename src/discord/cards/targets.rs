//! The card of `/announce show`.

use serenity::all::{CreateEmbed, Mentionable};

use super::text::list;
use crate::{discord::escape, store::Target};

/// The longest description Discord takes, in UTF-16 code units.
const DESCRIPTION: usize = 4096;
/// The longest trouble shown, in UTF-16 code units.
const TROUBLE: usize = 200;

/// The channels of a server that get each new song, and what is wrong with any of them.
pub fn card(targets: &[Target]) -> CreateEmbed {
    let embed = CreateEmbed::new()
        .colour(0x00ff_015b)
        .title("Announcements");
    if targets.is_empty() {
        return embed.description(
            "No channel gets songs yet. `/announce set` chooses one, and each new song is posted there.",
        );
    }
    let lines: Vec<String> = targets.iter().map(line).collect();
    embed.description(list(&lines, "\n", DESCRIPTION))
}

fn line(target: &Target) -> String {
    let line = format!("{} · {}", target.channel.mention(), target.station.title());
    match &target.trouble {
        Some(trouble) => format!("{line}\n-# ⚠️ {}", escape::markdown(trouble, TROUBLE)),
        None => line,
    }
}
