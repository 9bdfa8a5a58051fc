//! The card of `/announce show`.

use std::fmt::Write as _;

use serenity::all::{CreateEmbed, Mentionable, RoleId};
use time::OffsetDateTime;

use super::text::{Style, list, minutes, timestamp};
use crate::{
    discord::escape,
    language::{Language, Text},
    store::{self, Detail, Mode, NoWebhook, Reason, Target, WhyNot},
};

/// The longest description Discord takes, in UTF-16 code units.
const DESCRIPTION: usize = 4096;
/// The longest list of what was ended, in UTF-16 code units: a message holds 2,000.
const AS_THEY_WERE: usize = 1500;
/// The longest trouble shown, in UTF-16 code units.
const TROUBLE: usize = 200;

/// The channels of a server that get each new song, and what is wrong with any of them.
pub fn card(targets: &[Target], language: Language) -> CreateEmbed {
    let embed = CreateEmbed::new()
        .colour(0x00ff_015b)
        .title(language.say(Text::Announcements));
    if targets.is_empty() {
        return embed.description(language.say(Text::AnnouncementsNone));
    }
    let lines: Vec<String> = targets.iter().map(|it| line(it, language)).collect();
    embed.description(list(&lines, "\n", DESCRIPTION, language))
}

/// A channel, how it wants its announcements, and what is wrong with it.
pub(super) fn line(target: &Target, language: Language) -> String {
    let mut line = format!(
        "{} · {}\n-# {}",
        target.channel.mention(),
        target.station.title(),
        style(&target.style, language)
    );
    let next_try = |at: Option<OffsetDateTime>| {
        at.map_or_else(String::new, |at| {
            let when = timestamp(at, Style::Relative).into();
            format!(" · {}", language.say(Text::NextTry { when }))
        })
    };
    if let Some(no) = &target.no_webhook {
        let why = language.say(without(no));
        let _ = write!(line, "\n-# ⚠️ {why}{}", next_try(no.retry_at));
    }
    if let Some(trouble) = &target.trouble {
        let why = explained(&trouble.why, language);
        let _ = write!(line, "\n-# ⚠️ {why}{}", next_try(trouble.retry_at));
    }
    line
}

/// What was done, and that a role is named in vain which nobody but its members may mention.
pub(in crate::discord) fn with_silent_role(
    said: String,
    silent: Option<RoleId>,
    language: Language,
) -> String {
    let Some(role) = silent.map(|role| role.mention().to_string().into()) else {
        return said;
    };
    format!("{said}\n⚠️ {}", language.say(Text::RoleIsSilent { role }))
}

/// How channels wanted their announcements that get none any more, a line each; `None` without any.
pub(in crate::discord) fn as_they_were(targets: &[Target], language: Language) -> Option<String> {
    let line = |target: &Target| {
        let (channel, station) = (target.channel.mention(), target.station.title());
        format!("{channel} · {station} · {}", style(&target.style, language))
    };
    let lines: Vec<String> = targets.iter().map(line).collect();
    (!lines.is_empty()).then(|| list(&lines, "\n-# ", AS_THEY_WERE, language))
}

/// Why the bot posts as itself although a webhook is wanted, and what to do about it.
const fn without(no: &NoWebhook) -> Text<'static> {
    match no.why {
        WhyNot::Forbidden => Text::WebhookForbidden,
        WhyNot::Full => Text::WebhookFull,
        WhyNot::Deleted => Text::WebhookDeleted,
        WhyNot::Refused => Text::WebhookRefused,
    }
}

/// Why nothing can be posted, and what to do about it.
fn explained(why: &Reason, language: Language) -> String {
    language.say(match why {
        Reason::Access => Text::RefusedAccess,
        Reason::Permissions => Text::RefusedPermissions,
        Reason::Refused(code) => Text::Refused {
            code: code.to_string().into(),
        },
        Reason::HeldBack => Text::HeldBack,
        Reason::Unreachable => Text::Unreachable,
        Reason::Other(text) => return escape::markdown(text, TROUBLE),
    })
}

/// How a mode is called.
pub(in crate::discord) const fn mode(mode: Mode) -> Text<'static> {
    match mode {
        Mode::Post => Text::ModePost,
        Mode::Edit => Text::ModeEdit,
        Mode::Replace => Text::ModeReplace,
        Mode::Events => Text::ModeEvents,
    }
}

/// How a detail is called.
pub(in crate::discord) const fn detail(detail: Detail) -> Text<'static> {
    match detail {
        Detail::Full => Text::CardFull,
        Detail::Compact => Text::CardCompact,
    }
}

/// How a channel wants its announcements, in a few words.
pub fn style(style: &store::Style, language: Language) -> String {
    let mut parts = vec![language.say(mode(style.mode))];
    if style.mode != Mode::Events {
        parts.push(language.say(detail(style.detail)));
    }
    parts.extend(style.language.map(|chosen| chosen.title().to_owned()));
    if let Some(role) = style.role {
        let role = role.mention().to_string().into();
        parts.push(language.say(Text::ToldOfEvents { role }));
    }
    if style.pause_minutes > 0 {
        let minutes = minutes(style.pause_minutes, language).into();
        parts.push(language.say(Text::AtMostEvery { minutes }));
    }
    parts.extend(style.quiet.map(|quiet| {
        let hours = quiet.to_string().into();
        language.say(Text::Quiet { hours })
    }));
    if style.webhook.is_some() {
        parts.push(language.say(Text::AsTheStation));
    }
    parts.join(" · ")
}
