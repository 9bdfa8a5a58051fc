//! The card of `/radio status`: what really happens. It shows facts, and says so where something
//! cannot be known.

#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serenity::all::{CreateEmbed, CreateEmbedFooter, Mentionable};
use time::OffsetDateTime;

use super::{
    panel::{self, GREY, hushed},
    text::{Style, minutes, timestamp},
};
use crate::{
    discord::{control::explain, escape},
    language::{Language, Text, Words},
    link::LinkState,
    radio::{Codec, RadioError, Report, Sent, Standing, StreamReport, Trouble, Volume},
};

const GREEN: u32 = 0x0023_a55a;
const YELLOW: u32 = 0x00f0_b232;
const RED: u32 = 0x00f2_3f43;

/// Packets in a second of a call in which all is well.
const RATE: f64 = 50.0;

/// How well a call does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Health {
    Well,
    Quiet,
    Troubled,
    Broken,
    Off,
}

/// The connection to the station that plays.
pub type Stream = (LinkState, StreamReport);

/// A server's radio, and the stream it plays.
pub fn card(
    report: &Report,
    stream: Option<&Stream>,
    now: OffsetDateTime,
    language: Language,
) -> CreateEmbed {
    let say = |text: Text<'_>| language.say(text);
    let (health, verdict) = verdict(report, stream.map(|(state, _)| state), language);
    let mut embed = CreateEmbed::new()
        .colour(match health {
            Health::Well => GREEN,
            Health::Quiet | Health::Off => GREY,
            Health::Troubled => YELLOW,
            Health::Broken => RED,
        })
        .title(title(report, language))
        .description(verdict);
    if let Standing::Up { since } = report.standing {
        embed = embed
            .field(
                say(Text::Connected),
                format!(
                    "{}\n-# {}",
                    timestamp(since, Style::Relative),
                    stays(report, language)
                ),
                true,
            )
            .field(say(Text::Listeners), listeners(report, language), true)
            .field(say(Text::Sent), sent(report, language), true)
            .field(say(Text::Cushion), cushion(report, language), true)
            .field(
                say(Text::Stream),
                stream.map_or_else(
                    || say(Text::Unknown),
                    |stream| stream_line(report, stream, language),
                ),
                true,
            );
    }
    embed = embed.field(say(Text::Volume), volume(report, language), true);
    if matches!(report.standing, Standing::Up { .. }) {
        embed = embed.field(say(Text::Encryption), encryption(report, language), false);
    }
    let trouble = [
        report.trouble.map(|(trouble, at)| {
            let at = timestamp(at, Style::Relative);
            format!("{} · {at}", say(trouble_line(trouble)))
        }),
        stream.and_then(|(_, stream)| stream_trouble(stream, now, language)),
    ];
    let trouble: Vec<String> = trouble.into_iter().flatten().collect();
    let trouble = if trouble.is_empty() {
        say(Text::TroubleNone)
    } else {
        trouble.join("\n")
    };
    embed
        .field(say(Text::LastTrouble), trouble, false)
        .footer(CreateEmbedFooter::new(say(Text::Measured)))
        .timestamp(
            serenity::all::Timestamp::from_unix_timestamp(now.unix_timestamp()).unwrap_or_default(),
        )
}

fn title(report: &Report, language: Language) -> String {
    // What is heard, rather than what was chosen a moment ago.
    let playing = report.playing.map(|(station, _)| station);
    match (playing, report.target) {
        (Some(station), Some(_)) | (None, Some((_, station))) => {
            format!("📻 {}", station.title())
        }
        (_, None) => format!("📻 {}", language.say(Text::RadioIsOff)),
    }
}

/// What people hear, in a sentence.
fn verdict(report: &Report, stream: Option<&LinkState>, language: Language) -> (Health, String) {
    let Some((channel, _)) = report.target else {
        let why = report.ended.map_or_else(
            || language.say(Text::RadioStart),
            |ended| {
                format!(
                    "{} ({})\n{}",
                    panel::ending(ended.why, ended.channel, language),
                    timestamp(ended.at, Style::Relative),
                    language.say(Text::RadioBack)
                )
            },
        );
        return (Health::Off, why);
    };
    let place = channel.mention().to_string().into();
    let (health, mark, text) = match report.standing {
        Standing::Off | Standing::Connecting => (
            Health::Broken,
            "⏳",
            Text::VerdictConnecting { channel: place },
        ),
        Standing::Blocked(obstacle) => {
            let why = explain(obstacle, channel, language);
            return (Health::Broken, format!("⛔ {why}"));
        }
        Standing::Up { .. } => heard(report, stream, place, language),
    };
    (health, format!("{mark} {}", language.say(text)))
}

/// The same of a call that is up.
fn heard<'a>(
    report: &Report,
    stream: Option<&LinkState>,
    channel: Words<'a>,
    language: Language,
) -> (Health, &'static str, Text<'a>) {
    if let Some(why) = hushed(report) {
        let why = language.say(why).into();
        return (Health::Broken, "🔇", Text::VerdictHushed { channel, why });
    }
    if report.silent {
        return (Health::Quiet, "💤", Text::VerdictQuiet { channel });
    }
    match report.sent {
        None => (Health::Well, "▶️", Text::VerdictNew { channel }),
        Some(sent) if sent.packets == 0 => (Health::Broken, "🔇", Text::VerdictRepair { channel }),
        Some(sent) if sent.silence >= sent.packets => {
            let text = if stream.is_some_and(LinkState::is_up) {
                Text::VerdictEmpty { channel }
            } else {
                Text::VerdictReconnecting { channel }
            };
            (Health::Broken, "🔇", text)
        }
        Some(sent) if sent.silence > 0 || rate(sent) < RATE * 0.9 => {
            (Health::Troubled, "⚠️", Text::VerdictGaps { channel })
        }
        Some(_) => (Health::Well, "▶️", Text::VerdictWell { channel }),
    }
}

fn rate(sent: Sent) -> f64 {
    let seconds = sent.during.as_secs_f64().max(0.001);
    // At most some thousands.
    f64::from(u32::try_from(sent.packets).unwrap_or(u32::MAX)) / seconds
}

fn sent(report: &Report, language: Language) -> String {
    let text = match report.sent {
        Some(sent) => {
            let rate = format!("{:.0}", rate(sent)).into();
            let packets = sent.packets.to_string().into();
            let seconds = tenths(sent.during);
            let small = match sent.silence {
                0 => Text::SentPackets { packets, seconds },
                silence => Text::SentSilence {
                    packets,
                    seconds,
                    silence: silence.to_string().into(),
                },
            };
            let rate = language.say(Text::SentRate { rate });
            return format!("{rate}\n-# {}", language.say(small));
        }
        None if report.silent => Text::SentNobody,
        None => Text::SentEarly,
    };
    language.say(text)
}

/// Seconds, to a tenth.
fn tenths(time: std::time::Duration) -> Words<'static> {
    format!("{:.1}", time.as_secs_f64()).into()
}

/// What is heard, and what it is about to be.
fn volume(report: &Report, language: Language) -> String {
    let wanted = report.settings.volume;
    match report.playing {
        Some((_, volume)) if volume != wanted => {
            let (volume, wanted) = (volume.to_string().into(), wanted.to_string().into());
            language.say(Text::VolumeSoon { volume, wanted })
        }
        _ => wanted.to_string(),
    }
}

fn cushion(report: &Report, language: Language) -> String {
    language.say(report.cushion.map_or(Text::CushionNone, |cushion| {
        let seconds = tenths(cushion);
        Text::Seconds { seconds }
    }))
}

fn listeners(report: &Report, language: Language) -> String {
    match report.audience {
        None => language.say(Text::Unknown),
        Some(audience) => {
            let deafened = audience.people.saturating_sub(audience.listeners);
            match deafened as u64 {
                0 => audience.listeners.to_string(),
                count => {
                    let deafened = language.say(Text::Deafened { count });
                    format!("{}\n-# {deafened}", audience.listeners)
                }
            }
        }
    }
}

fn stream_line(report: &Report, (state, stream): &Stream, language: Language) -> String {
    let mut line = language.say(match state {
        LinkState::Up { .. } => Text::StreamConnected,
        LinkState::Connecting | LinkState::Handshaking => Text::StreamConnecting,
        LinkState::Waiting { .. } => Text::StreamLost,
        LinkState::Idle => return language.say(Text::StreamClosed),
        LinkState::Stopped => return language.say(Text::StreamStopped),
    });
    if let Some(codec) = stream.codec {
        let codec = match codec {
            Codec::Opus => "Opus",
            Codec::Vorbis => "Vorbis",
            Codec::Mp3 => "MP3",
        };
        let codec = codec.into();
        let untouched = report
            .playing
            .is_some_and(|(_, volume)| volume == Volume::UNTOUCHED);
        let how = match (stream.transcoded, untouched) {
            (true, _) => Text::StreamAsOpus { codec },
            (false, true) => Text::StreamUntouched { codec },
            (false, false) => Text::StreamEncoded { codec },
        };
        let _ = write!(line, "\n-# {}", language.say(how));
    }
    if stream.addresses > 1 {
        let number = stream.address.to_string().into();
        let total = stream.addresses.to_string().into();
        let address = language.say(Text::StreamAddress { number, total });
        let _ = write!(line, "\n-# {address}");
    }
    line
}

fn stream_trouble(
    stream: &StreamReport,
    now: OffsetDateTime,
    language: Language,
) -> Option<String> {
    let trouble = stream.trouble.as_ref()?;
    let at = timestamp(now - trouble.at.elapsed(), Style::Relative);
    let what = escape::markdown(&trouble.what, 100).into();
    Some(format!(
        "{} · {at}",
        language.say(Text::TroubleStream { what })
    ))
}

fn stays(report: &Report, language: Language) -> String {
    if report.settings.stay {
        return language.say(Text::StaysClock);
    }
    language.say(match report.leaves_at {
        Some(at) => Text::LeavesAlone {
            when: timestamp(at, Style::Relative).into(),
        },
        None => Text::LeavesAfter {
            minutes: minutes(report.settings.alone_minutes, language).into(),
        },
    })
}

/// What is certain: songbird says neither which of the two ciphers the voice server chose, nor how
/// far the end-to-end encryption has come.
fn encryption(report: &Report, language: Language) -> String {
    let end_to_end = if report.stage {
        Text::EncryptionStage
    } else {
        Text::EncryptionDave
    };
    let transit = language.say(Text::EncryptionTransit);
    format!("{transit}\n{}", language.say(end_to_end))
}

const fn trouble_line(trouble: Trouble) -> Text<'static> {
    match trouble {
        Trouble::Join(RadioError::Timeout(_)) => Text::TroubleTimeout,
        Trouble::Join(RadioError::Voice(_)) => Text::TroubleVoice,
        Trouble::Join(RadioError::Obstacle(_)) => Text::TroubleObstacle,
        Trouble::Join(_) => Text::TroubleJoin,
        Trouble::Lost => Text::TroubleLost,
        Trouble::Stuck => Text::TroubleStuck,
        Trouble::Deaf => Text::TroubleDeaf,
        Trouble::Session => Text::TroubleSession,
        Trouble::Outage => Text::TroubleOutage,
    }
}
