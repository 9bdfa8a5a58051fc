//! How the bot does, for `/about`; where to get it, for `/invite`.

use std::time::Duration;

use serenity::all::{CreateActionRow, CreateButton, CreateEmbed, Permissions};
use time::OffsetDateTime;

use super::{
    song::colour,
    text::{Style, timestamp},
};
use crate::{
    language::{Language, Text},
    link::LinkState,
    station::Station,
};

/// What the bot needs in a server; the README has the same link.
const WANTED: Permissions = Permissions::VIEW_CHANNEL
    .union(Permissions::SEND_MESSAGES)
    .union(Permissions::SEND_MESSAGES_IN_THREADS)
    .union(Permissions::EMBED_LINKS)
    .union(Permissions::CONNECT)
    .union(Permissions::SPEAK)
    .union(Permissions::REQUEST_TO_SPEAK)
    .union(Permissions::SET_VOICE_CHANNEL_STATUS);

/// How the bot does.
#[derive(Clone, Debug)]
pub struct State {
    /// When the process began.
    pub started: OffsetDateTime,
    /// Shards of the session with Discord, and the time that a heartbeat of this one takes.
    pub shards: usize,
    /// Zero while it is not known.
    pub latency: Duration,
    /// Servers the bot is in.
    pub servers: usize,
    /// Calls it plays in.
    pub calls: i64,
    /// Announcements since the start.
    pub announced: u64,
    /// Each connection: its name, its state, and the time since something came.
    pub upstreams: Vec<(&'static str, LinkState, Duration)>,
}

/// How the bot does.
pub fn card(state: &State, language: Language) -> CreateEmbed {
    let latency = if state.latency.is_zero() {
        language.say(Text::NotMeasured)
    } else {
        format!("{} ms", state.latency.as_millis())
    };
    let say = |text: Text<'_>| language.say(text);
    let shards = say(Text::Shards {
        count: state.shards as u64,
    });
    let upstreams = state.upstreams.iter();
    let upstreams: Vec<String> = upstreams.map(|it| upstream(it, language)).collect();
    let mut embed = CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title(concat!("uguisu ", env!("CARGO_PKG_VERSION")))
        .field(
            say(Text::AboutStarted),
            timestamp(state.started, Style::Relative),
            true,
        )
        .field("Discord", format!("{shards} · {latency}"), true)
        .field(
            say(Text::AboutServers),
            language.number(state.servers as u64),
            true,
        )
        .field(
            say(Text::AboutCalls),
            language.number(state.calls.unsigned_abs()),
            true,
        )
        .field(
            say(Text::AboutAnnounced),
            language.number(state.announced),
            true,
        );
    if !upstreams.is_empty() {
        embed = embed.field(say(Text::AboutSources), upstreams.join("\n"), false);
    }
    embed
}

fn upstream(
    (name, state, silent): &(&'static str, LinkState, Duration),
    language: Language,
) -> String {
    let name = match *name {
        "listen-moe-jpop" => "LISTEN.moe J-pop".to_owned(),
        "listen-moe-kpop" => "LISTEN.moe K-pop".to_owned(),
        "lanyard" => "Lanyard".to_owned(),
        "stream-jpop" => language.say(Text::SourceJpopStream),
        "stream-kpop" => language.say(Text::SourceKpopStream),
        other => other.to_owned(),
    };
    let heard = || {
        let age = span(*silent, language).into();
        language.say(Text::LastHeard { age })
    };
    let (mark, how) = match state {
        LinkState::Up { .. } => ("🟢", heard()),
        LinkState::Connecting | LinkState::Handshaking => {
            ("🟡", language.say(Text::SourceConnecting))
        }
        LinkState::Waiting { .. } => {
            let heard = heard().into();
            ("🔴", language.say(Text::SourceWaiting { heard }))
        }
        LinkState::Idle => ("⚪", language.say(Text::SourceIdle)),
        LinkState::Stopped => ("⚪", language.say(Text::SourceStopped)),
    };
    format!("{mark} {name} · {how}")
}

/// `12 s`, `3 min`, `5 h`.
fn span(span: Duration, language: Language) -> String {
    language.say(match span.as_secs() {
        count @ 0..60 => Text::SecondsShort { count },
        seconds @ 60..3600 => Text::MinutesShort {
            count: seconds / 60,
        },
        seconds => Text::HoursShort {
            count: seconds / 3600,
        },
    })
}

/// Where to get the bot.
pub fn invitation(language: Language) -> CreateEmbed {
    CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title(language.say(Text::InviteTitle))
        .description(format!(
            "{}\n{}",
            language.say(Text::InviteServer),
            language.say(Text::InviteAccount)
        ))
}

/// The two ways to install the application.
/// <https://discord.com/developers/docs/topics/oauth2#bot-authorization-flow>
pub fn invitation_links(application: u64, language: Language) -> Vec<CreateActionRow> {
    let address = format!("https://discord.com/oauth2/authorize?client_id={application}");
    let server = format!(
        "{address}&integration_type=0&scope=bot%20applications.commands&permissions={}",
        WANTED.bits()
    );
    let account = format!("{address}&integration_type=1&scope=applications.commands");
    vec![CreateActionRow::Buttons(vec![
        CreateButton::new_link(server).label(language.say(Text::AddToServer)),
        CreateButton::new_link(account).label(language.say(Text::AddToAccount)),
    ])]
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[test]
    fn each_source_is_named_with_its_state_and_age() {
        let since = Instant::now();
        let why = "gone".into();
        let state = State {
            started: OffsetDateTime::UNIX_EPOCH,
            shards: 2,
            latency: Duration::from_millis(42),
            servers: 1234,
            calls: 3,
            announced: 5,
            upstreams: vec![
                ("lanyard", LinkState::Up { since }, Duration::from_secs(7)),
                (
                    "listen-moe-jpop",
                    LinkState::Waiting { until: since, why },
                    Duration::from_secs(150),
                ),
                ("stream-kpop", LinkState::Idle, Duration::from_mins(150)),
            ],
        };
        let card = card(&state, Language::English);
        crate::discord::cards::hostile::assert_valid(&card);
        let card = serde_json::to_value(card).unwrap();
        let values: Vec<&str> = card["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["value"].as_str().unwrap())
            .collect();
        assert_eq!(
            values,
            [
                "<t:0:R>",
                "2 shards · 42 ms",
                "1,234",
                "3",
                "5",
                "🟢 Lanyard · last heard 7 s ago\n\
                 🔴 LISTEN.moe J-pop · last heard 2 min ago, trying again\n\
                 ⚪ K-pop stream · nobody listens"
            ]
        );
    }

    #[test]
    fn the_links_ask_for_what_the_bot_needs() {
        let rows = serde_json::to_value(invitation_links(7, Language::English)).unwrap();
        let link = rows[0]["components"][0]["url"].as_str().unwrap();
        assert!(link.starts_with("https://discord.com/oauth2/authorize?client_id=7&"));
        assert!(link.ends_with(&format!("permissions={}", WANTED.bits())));
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(&format!("permissions={}\n", WANTED.bits())));
    }
}
