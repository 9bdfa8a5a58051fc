//! The message with the radio's buttons: what plays where, and how to change it.

use serenity::all::{
    ButtonStyle, ChannelId, CreateActionRow, CreateButton, CreateEmbed, Mentionable,
};

use super::{
    song::colour,
    text::{self, Style, timestamp},
};
use crate::{
    discord::{
        changes::Tuning,
        components::radio::{Button, TURN},
        control::explain,
    },
    language::{Language, Text},
    radio::{Ending, Hushed, Obstacle, Report, Standing, Volume},
    station::Station,
};

/// When the radio is off.
pub(super) const GREY: u32 = 0x0080_848e;

/// `Playing **J-pop** in #lounge. Enjoy!`
pub fn playing(channel: ChannelId, station: Station, already: bool, language: Language) -> String {
    let (channel, station) = (channel.mention().to_string().into(), station.title().into());
    language.say(if already {
        Text::PanelAlready { station, channel }
    } else {
        Text::PanelPlaying { station, channel }
    })
}

/// What plays, or why nothing does, and how it was `before` somebody changed it. `already` is for
/// who asks for what is so.
pub fn card(
    report: &Report,
    before: Option<Tuning>,
    already: bool,
    language: Language,
) -> CreateEmbed {
    let before = before.and_then(|tuning| self::before(tuning, Tuning::of(report)));
    let Some((channel, station)) = report.target else {
        let said = text::with_before(off(report, language), before, language);
        return CreateEmbed::new().colour(GREY).description(said);
    };
    let mut lines = vec![match report.standing {
        Standing::Up { .. } => playing(channel, station, already, language),
        Standing::Connecting | Standing::Off => {
            let (channel, station) = (channel.mention().to_string().into(), station.title().into());
            let connecting = Text::PanelConnecting { channel, station };
            format!("⏳ {}", language.say(connecting))
        }
        Standing::Blocked(obstacle) => format!("⛔ {}", explain(obstacle, channel, language)),
    }];
    lines.extend(hushed(report).map(|why| format!("⚠️ {}", language.say(why))));
    let volume = report.settings.volume.to_string().into();
    let mut small = language.say(Text::PanelVolume { volume });
    if report.settings.stay {
        small = format!("{small} · {}", language.say(Text::StaysClock));
    }
    lines.push(format!("-# {small}"));
    let said = text::with_before(lines.join("\n"), before, language);
    CreateEmbed::new().colour(colour(station)).description(said)
}

/// What of this is otherwise now: `J-pop · #lounge · 60%`.
pub(in crate::discord) fn before(before: Tuning, now: Tuning) -> Option<String> {
    let mut parts = Vec::new();
    if let Some((channel, station)) = before.target.filter(|_| before.target != now.target) {
        parts.push(station.title().to_owned());
        if now.target.is_none_or(|(now, _)| now != channel) {
            parts.push(channel.mention().to_string());
        }
    }
    if before.volume != now.volume {
        parts.push(before.volume.to_string());
    }
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// Why people hear nothing although the bot is there.
pub(super) fn hushed(report: &Report) -> Option<Text<'static>> {
    if !matches!(report.standing, Standing::Up { .. }) {
        return None;
    }
    Some(match report.hushed? {
        Hushed::Muted => Text::HushedMuted,
        Hushed::InAudience => Text::HushedAudience,
        Hushed::MayNotSpeak => Text::HushedSpeak,
    })
}

fn off(report: &Report, language: Language) -> String {
    match report.ended {
        Some(ended) => format!(
            "{}\n-# {}",
            goodbye(ended.why, ended.channel, language),
            timestamp(ended.at, Style::Relative)
        ),
        None => language.say(Text::RadioOff),
    }
}

/// Why the radio is off, and how it comes back.
pub fn goodbye(why: Ending, channel: ChannelId, language: Language) -> String {
    let back = language.say(Text::RadioBack);
    format!("{} {back}", ending(why, channel, language))
}

/// Why the radio is off, in a sentence.
pub(super) fn ending(why: Ending, channel: ChannelId, language: Language) -> String {
    let place = channel.mention().to_string().into();
    language.say(match why {
        Ending::Disconnected => Text::EndingDisconnected { channel: place },
        Ending::Alone(patience) => {
            let minutes = u16::try_from(patience.as_secs() / 60).unwrap_or(u16::MAX);
            Text::EndingAlone {
                channel: place,
                minutes: text::minutes(minutes, language).into(),
            }
        }
        Ending::Hopeless(Obstacle::Gone) => Text::EndingGone,
        Ending::Hopeless(obstacle) => Text::EndingHopeless {
            why: explain(obstacle, channel, language).into(),
        },
    })
}

/// The buttons: they work for whoever may control the radio, and not at all when it is off.
pub fn buttons(report: &Report, language: Language) -> Vec<CreateActionRow> {
    let current = report.target.map(|(_, station)| station);
    let off = current.is_none();
    let volume = report.settings.volume;
    let mut row: Vec<CreateButton> = Station::ALL
        .into_iter()
        .map(|station| {
            let chosen = current == Some(station);
            let style = if chosen {
                ButtonStyle::Primary
            } else {
                ButtonStyle::Secondary
            };
            Button::Station(station)
                .create()
                .label(station.title())
                .style(style)
                .disabled(off || chosen)
        })
        .collect();
    for (turn, emoji, end) in [(-TURN, '🔉', Volume::MIN), (TURN, '🔊', Volume::MAX)] {
        row.push(
            Button::Volume(turn)
                .create()
                .emoji(emoji)
                .style(ButtonStyle::Secondary)
                .disabled(off || volume == end),
        );
    }
    row.push(
        Button::Stop
            .create()
            .label(language.say(Text::Stop))
            .style(ButtonStyle::Danger)
            .disabled(off),
    );
    vec![CreateActionRow::Buttons(row)]
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value;
    use serenity::all::ChannelId;
    use time::OffsetDateTime;

    use super::*;
    use crate::{
        radio::{Audience, Ended},
        store::RadioSettings,
    };

    pub(crate) fn report() -> Report {
        Report {
            target: Some((ChannelId::new(5), Station::Kpop)),
            standing: Standing::Up {
                since: OffsetDateTime::UNIX_EPOCH,
            },
            playing: Some((Station::Kpop, Volume::UNTOUCHED)),
            sent: None,
            cushion: None,
            audience: Some(Audience::default()),
            silent: false,
            hushed: None,
            stage: false,
            leaves_at: None,
            trouble: None,
            ended: None,
            settings: RadioSettings::default(),
        }
    }

    fn shown(report: &Report) -> String {
        let card = serde_json::to_value(card(report, None, false, Language::English)).unwrap();
        card["description"].as_str().unwrap().to_owned()
    }

    fn disabled(report: &Report) -> Vec<(String, bool)> {
        let rows = serde_json::to_value(buttons(report, Language::English)).unwrap();
        let row = rows[0]["components"].as_array().unwrap();
        assert!(row.len() <= 5, "as many as fit into a row");
        row.iter()
            .map(|button| {
                let id = button["custom_id"].as_str().unwrap().to_owned();
                let disabled = button.get("disabled").and_then(Value::as_bool);
                (id, disabled.unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn what_is_so_cannot_be_chosen() {
        let mut report = report();
        assert!(shown(&report).contains("Playing **K-pop** in <#5>"));
        let pressable = |report: &Report| -> Vec<String> {
            let buttons = disabled(report);
            let free = buttons.into_iter().filter(|(_, disabled)| !disabled);
            free.map(|(id, _)| id).collect()
        };
        assert_eq!(
            pressable(&report),
            [
                "radio:station:jpop",
                "radio:volume:-10",
                "radio:volume:10",
                "radio:stop"
            ]
        );
        report.settings.volume = Volume::MAX;
        assert!(!pressable(&report).contains(&"radio:volume:10".to_owned()));
        report.target = None;
        assert!(pressable(&report).is_empty());
    }

    #[test]
    fn it_says_what_was_before() {
        let mut report = report();
        report.settings.volume = Volume::nearest(70);
        let now = Tuning::of(&report);
        let (channel, elsewhere) = (ChannelId::new(5), ChannelId::new(6));
        let at = |channel, station, volume| Tuning {
            target: Some((channel, station)),
            volume: Volume::nearest(volume),
        };
        let off = Tuning {
            target: None,
            ..now
        };
        for (was, said) in [
            (now, None),
            (off, None),
            (at(channel, Station::Kpop, 60), Some("60%")),
            (at(channel, Station::Jpop, 70), Some("J-pop")),
            (at(elsewhere, Station::Kpop, 70), Some("K-pop · <#6>")),
            (at(elsewhere, Station::Jpop, 5), Some("J-pop · <#6> · 5%")),
        ] {
            assert_eq!(before(was, now).as_deref(), said, "{was:?}");
            for language in Language::ALL {
                let card = card(&report, Some(was), false, language);
                let card = serde_json::to_value(card).unwrap();
                let last = card["description"].as_str().unwrap().lines().last();
                let was = said.map(|was| {
                    let was = was.into();
                    format!("-# {}", language.say(Text::Before { was }))
                });
                assert_eq!(last == was.as_deref(), said.is_some(), "{card}");
            }
        }
        // Also when it is off.
        report.target = None;
        let card = card(&report, Some(now), false, Language::English);
        let card = serde_json::to_value(card).unwrap();
        let text = card["description"].as_str().unwrap();
        assert!(text.ends_with("Before: K-pop · <#5>"), "{text}");
    }

    #[test]
    fn it_says_why_nothing_is_heard() {
        let mut report = report();
        report.hushed = Some(Hushed::Muted);
        assert!(shown(&report).contains("muted"));
        report.hushed = Some(Hushed::MayNotSpeak);
        assert!(shown(&report).contains("**Speak**"));
        report.hushed = Some(Hushed::InAudience);
        assert!(shown(&report).contains("asked to speak"));
        report.standing = Standing::Connecting;
        assert!(shown(&report).contains("Connecting"));
        report.target = None;
        report.standing = Standing::Off;
        for why in [
            Ending::Disconnected,
            Ending::Alone(std::time::Duration::from_mins(5)),
            Ending::Hopeless(Obstacle::Full),
            Ending::Hopeless(Obstacle::Gone),
        ] {
            report.ended = Some(Ended {
                why,
                at: OffsetDateTime::UNIX_EPOCH,
                channel: ChannelId::new(5),
            });
            assert!(shown(&report).contains("/radio join"), "{why:?}");
        }
    }
}
