//! The card of `/announce show`.

use std::fmt::Write as _;

use serenity::all::{CreateEmbed, Mentionable};

use super::text::{Style, list, timestamp};
use crate::{
    discord::escape,
    store::{self, Mode, NoWebhook, Target, WhyNot},
};

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

/// A channel, how it wants its announcements, and what is wrong with it.
pub(super) fn line(target: &Target) -> String {
    let mut line = format!(
        "{} · {}\n-# {}",
        target.channel.mention(),
        target.station.title(),
        style(&target.style)
    );
    if let Some(no) = &target.no_webhook {
        let _ = write!(line, "\n-# ⚠️ {}", without(no));
        if let Some(at) = no.retry_at {
            let _ = write!(line, " · next try {}", timestamp(at, Style::Relative));
        }
    }
    if let Some(trouble) = &target.trouble {
        let _ = write!(line, "\n-# ⚠️ {}", escape::markdown(&trouble.why, TROUBLE));
        if let Some(at) = trouble.retry_at {
            let _ = write!(line, " · next try {}", timestamp(at, Style::Relative));
        }
    }
    line
}

/// Why the bot posts as itself although a webhook is wanted, and what to do about it.
const fn without(no: &NoWebhook) -> &'static str {
    match no.why {
        WhyNot::Forbidden => "I post as myself: give me Manage Webhooks in this channel",
        WhyNot::Full => "I post as myself: this channel has all the webhooks it can have",
        WhyNot::Deleted => {
            "I post as myself: my webhook was deleted, `/announce set` makes another"
        }
        WhyNot::Refused => "I post as myself: Discord refuses a webhook here",
    }
}

/// How a channel wants its announcements, in a few words.
pub fn style(style: &store::Style) -> String {
    let mut parts = vec![style.mode.title().to_owned()];
    if style.mode != Mode::Events {
        parts.push(style.detail.title().to_owned());
    }
    if let Some(role) = style.role {
        parts.push(format!("{} is told of events", role.mention()));
    }
    if style.pause_minutes > 0 {
        parts.push(format!("at most every {} min", style.pause_minutes));
    }
    parts.extend(style.quiet.map(|quiet| format!("quiet {quiet}")));
    parts.extend(
        style
            .webhook
            .map(|_| "as the station, through a webhook".to_owned()),
    );
    parts.join(" · ")
}
