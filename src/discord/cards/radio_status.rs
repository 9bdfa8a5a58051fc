//! The card of `/radio status`: what really happens. It shows facts, and says so where something
//! cannot be known.

use std::fmt::Write as _;

use serenity::all::{CreateEmbed, CreateEmbedFooter, Mentionable};
use time::OffsetDateTime;

use super::{
    panel::{self, GREY, hushed},
    text::{Style, minutes, timestamp},
};
use crate::{
    discord::{control::explain, escape},
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
pub fn card(report: &Report, stream: Option<&Stream>, now: OffsetDateTime) -> CreateEmbed {
    let (health, verdict) = verdict(report, stream.map(|(state, _)| state));
    let mut embed = CreateEmbed::new()
        .colour(match health {
            Health::Well => GREEN,
            Health::Quiet | Health::Off => GREY,
            Health::Troubled => YELLOW,
            Health::Broken => RED,
        })
        .title(title(report))
        .description(verdict);
    if let Standing::Up { since } = report.standing {
        embed = embed
            .field(
                "Connected",
                format!(
                    "{}\n-# {}",
                    timestamp(since, Style::Relative),
                    stays(report)
                ),
                true,
            )
            .field("Listeners", listeners(report), true)
            .field("Sent", sent(report), true)
            .field("Cushion", cushion(report), true)
            .field(
                "Stream",
                stream.map_or_else(
                    || "unknown".to_owned(),
                    |stream| stream_line(report, stream),
                ),
                true,
            );
    }
    embed = embed.field("Volume", volume(report), true);
    if matches!(report.standing, Standing::Up { .. }) {
        embed = embed.field("Encryption", encryption(report), false);
    }
    let trouble = [
        report.trouble.map(|(trouble, at)| {
            let at = timestamp(at, Style::Relative);
            format!("{} · {at}", trouble_line(trouble))
        }),
        stream.and_then(|(_, stream)| stream_trouble(stream, now)),
    ];
    let trouble: Vec<String> = trouble.into_iter().flatten().collect();
    let trouble = if trouble.is_empty() {
        "none since I started".to_owned()
    } else {
        trouble.join("\n")
    };
    embed
        .field("Last trouble", trouble, false)
        .footer(CreateEmbedFooter::new("Measured"))
        .timestamp(
            serenity::all::Timestamp::from_unix_timestamp(now.unix_timestamp()).unwrap_or_default(),
        )
}

fn title(report: &Report) -> String {
    // What is heard, rather than what was chosen a moment ago.
    let playing = report.playing.map(|(station, _)| station);
    match (playing, report.target) {
        (Some(station), Some(_)) | (None, Some((_, station))) => {
            format!("📻 {}", station.title())
        }
        (_, None) => "📻 The radio is off".to_owned(),
    }
}

/// What people hear, in a sentence.
fn verdict(report: &Report, stream: Option<&LinkState>) -> (Health, String) {
    let Some((channel, _)) = report.target else {
        let why = report.ended.map_or_else(
            || "`/radio join` starts it.".to_owned(),
            |ended| {
                format!(
                    "{} ({})\n`/radio join` brings me back.",
                    panel::ending(ended.why, ended.channel),
                    timestamp(ended.at, Style::Relative)
                )
            },
        );
        return (Health::Off, why);
    };
    let place = channel.mention();
    match report.standing {
        Standing::Off | Standing::Connecting => (
            Health::Broken,
            format!("⏳ Connecting to {place}. Nothing is heard until then."),
        ),
        Standing::Blocked(obstacle) => {
            (Health::Broken, format!("⛔ {}", explain(obstacle, channel)))
        }
        Standing::Up { .. } => {
            if let Some(why) = hushed(report) {
                return (
                    Health::Broken,
                    format!("🔇 In {place}, and not heard. {why}"),
                );
            }
            if report.silent {
                return (
                    Health::Quiet,
                    format!("💤 In {place}. Nobody hears me there, so nothing is sent."),
                );
            }
            match report.sent {
                None => (
                    Health::Well,
                    format!("▶️ Playing in {place} since a moment ago."),
                ),
                Some(sent) if sent.packets == 0 => (
                    Health::Broken,
                    format!("🔇 In {place}, and nothing is sent. The call is being repaired."),
                ),
                Some(sent) if sent.silence >= sent.packets => (
                    Health::Broken,
                    format!(
                        "🔇 In {place}. The station's stream gives nothing to play{}.",
                        if stream.is_some_and(LinkState::is_up) {
                            ""
                        } else {
                            "; it is being reconnected"
                        }
                    ),
                ),
                Some(sent) if sent.silence > 0 || rate(sent) < RATE * 0.9 => (
                    Health::Troubled,
                    format!("⚠️ Playing in {place}, with gaps."),
                ),
                Some(_) => (Health::Well, format!("▶️ Playing in {place}.")),
            }
        }
    }
}

fn rate(sent: Sent) -> f64 {
    let seconds = sent.during.as_secs_f64().max(0.001);
    // At most some thousands.
    f64::from(u32::try_from(sent.packets).unwrap_or(u32::MAX)) / seconds
}

fn sent(report: &Report) -> String {
    match report.sent {
        Some(sent) => {
            let silence = match sent.silence {
                0 => String::new(),
                silence => format!(", {silence} of them silence"),
            };
            format!(
                "{:.0} packets a second\n-# {} in {:.1} s{silence}",
                rate(sent),
                sent.packets,
                sent.during.as_secs_f64()
            )
        }
        None if report.silent => "nothing, for nobody listens".to_owned(),
        None => "too early to say".to_owned(),
    }
}

/// What is heard, and what it is about to be.
fn volume(report: &Report) -> String {
    let wanted = report.settings.volume;
    match report.playing {
        Some((_, volume)) if volume != wanted => format!("{volume}, soon {wanted}"),
        _ => wanted.to_string(),
    }
}

fn cushion(report: &Report) -> String {
    report.cushion.map_or_else(
        || "none".to_owned(),
        |cushion| format!("{:.1} s", cushion.as_secs_f64()),
    )
}

fn listeners(report: &Report) -> String {
    match report.audience {
        None => "unknown".to_owned(),
        Some(audience) => {
            let deafened = audience.people.saturating_sub(audience.listeners);
            match deafened {
                0 => audience.listeners.to_string(),
                _ => format!("{}\n-# and {deafened} deafened", audience.listeners),
            }
        }
    }
}

fn stream_line(report: &Report, (state, stream): &Stream) -> String {
    let state = match state {
        LinkState::Up { .. } => "connected",
        LinkState::Connecting | LinkState::Handshaking => "connecting",
        LinkState::Waiting { .. } => "lost, being reconnected",
        LinkState::Idle => return "closed, for nobody listens".to_owned(),
        LinkState::Stopped => return "stopped".to_owned(),
    };
    let mut line = state.to_owned();
    if let Some(codec) = stream.codec {
        let codec = match codec {
            Codec::Opus => "Opus",
            Codec::Vorbis => "Vorbis",
            Codec::Mp3 => "MP3",
        };
        let untouched = report
            .playing
            .is_some_and(|(_, volume)| volume == Volume::UNTOUCHED);
        let how = match (stream.transcoded, untouched) {
            (true, _) => "sent as Opus",
            (false, true) => "passed on untouched",
            (false, false) => "encoded anew for the volume",
        };
        let _ = write!(line, "\n-# {codec}, {how}");
    }
    if stream.addresses > 1 {
        let _ = write!(
            line,
            "\n-# address {} of {}",
            stream.address, stream.addresses
        );
    }
    line
}

fn stream_trouble(stream: &StreamReport, now: OffsetDateTime) -> Option<String> {
    let trouble = stream.trouble.as_ref()?;
    let at = timestamp(now - trouble.at.elapsed(), Style::Relative);
    let what = escape::markdown(&trouble.what, 100);
    Some(format!("the stream: {what} · {at}"))
}

fn stays(report: &Report) -> String {
    if report.settings.stay {
        return "stays around the clock".to_owned();
    }
    match report.leaves_at {
        Some(at) => format!("alone, leaves {}", timestamp(at, Style::Relative)),
        None => format!(
            "leaves after {} alone",
            minutes(report.settings.alone_minutes)
        ),
    }
}

/// What is certain: songbird says neither which of the two ciphers the voice server chose, nor how
/// far the end-to-end encryption has come.
fn encryption(report: &Report) -> &'static str {
    if report.stage {
        "In transit: AES-256-GCM, or XChaCha20-Poly1305 where the voice server lacks it\n\
         End to end (DAVE): not on stages, as Discord has it"
    } else {
        "In transit: AES-256-GCM, or XChaCha20-Poly1305 where the voice server lacks it\n\
         End to end (DAVE): offered, as Discord requires; I am not told whether it is on"
    }
}

fn trouble_line(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Join(RadioError::Timeout(_)) => "Discord did not let me into the channel in time",
        Trouble::Join(RadioError::Voice(_)) => "the voice server could not be reached",
        Trouble::Join(RadioError::Obstacle(_)) => "the channel could not be joined",
        Trouble::Join(_) => "the call could not be built",
        Trouble::Lost => "the voice connection was lost",
        Trouble::Stuck => "nothing was sent any more",
        Trouble::Deaf => "the voice server did not answer any more",
        Trouble::Session => "Discord replaced my session",
        Trouble::Outage => "Discord had an outage",
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::panel::tests::report, *};
    use crate::radio::{Audience, Ended, Ending, Hushed, Obstacle};

    fn sending(packets: u64, silence: u64) -> Report {
        Report {
            sent: Some(Sent {
                during: Duration::from_secs(5),
                packets,
                silence,
            }),
            audience: Some(Audience {
                people: 3,
                listeners: 2,
            }),
            ..report()
        }
    }

    fn shown(report: &Report) -> String {
        let card = card(report, None, OffsetDateTime::UNIX_EPOCH);
        serde_json::to_value(card).unwrap().to_string()
    }

    #[test]
    fn playing_is_claimed_only_where_packets_prove_it() {
        let health = |report: &Report| verdict(report, None).0;
        assert_eq!(health(&sending(250, 0)), Health::Well);
        assert_eq!(health(&sending(250, 20)), Health::Troubled);
        assert_eq!(health(&sending(200, 0)), Health::Troubled);
        assert_eq!(health(&sending(250, 250)), Health::Broken);
        assert_eq!(health(&sending(0, 0)), Health::Broken);
        for report in [
            Report {
                hushed: Some(Hushed::Muted),
                ..sending(250, 0)
            },
            Report {
                hushed: Some(Hushed::MayNotSpeak),
                ..sending(250, 0)
            },
            Report {
                standing: Standing::Connecting,
                ..sending(250, 0)
            },
            Report {
                standing: Standing::Blocked(Obstacle::Full),
                ..sending(250, 0)
            },
        ] {
            assert_eq!(health(&report), Health::Broken, "{report:?}");
            assert!(!shown(&report).contains("▶️"), "{report:?}");
        }
        let silent = Report {
            silent: true,
            sent: None,
            ..report()
        };
        assert_eq!(health(&silent), Health::Quiet);
        assert!(shown(&sending(250, 0)).contains("50 packets a second\\n-# 250 in 5.0 s"));
        assert!(shown(&sending(250, 0)).contains("and 1 deafened"));
    }

    #[test]
    fn a_radio_that_is_off_says_why() {
        let off = Report {
            target: None,
            standing: Standing::Off,
            ended: Some(Ended {
                why: Ending::Disconnected,
                at: OffsetDateTime::UNIX_EPOCH,
                channel: serenity::all::ChannelId::new(5),
            }),
            trouble: Some((Trouble::Lost, OffsetDateTime::UNIX_EPOCH)),
            ..report()
        };
        let shown = shown(&off);
        for text in [
            "disconnected me",
            "<#5>",
            "/radio join",
            "connection was lost · <t:0:R>",
        ] {
            assert!(shown.contains(text), "{text} is not in {shown}");
        }
        assert!(!shown.contains("Encryption"));
    }
}
