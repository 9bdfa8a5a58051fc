//! How the bot does, for `/about`; where to get it, for `/invite`.

use std::time::Duration;

use serenity::all::{CreateActionRow, CreateButton, CreateEmbed, Permissions};
use time::OffsetDateTime;

use super::{
    song::colour,
    text::{Style, count, timestamp},
};
use crate::{link::LinkState, station::Station};

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
pub fn card(state: &State) -> CreateEmbed {
    let latency = if state.latency.is_zero() {
        "not measured yet".to_owned()
    } else {
        format!("{} ms", state.latency.as_millis())
    };
    let shards = match state.shards {
        1 => "1 shard".to_owned(),
        shards => format!("{shards} shards"),
    };
    let upstreams: Vec<String> = state.upstreams.iter().map(upstream).collect();
    let mut embed = CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title(concat!("uguisu ", env!("CARGO_PKG_VERSION")))
        .field("Started", timestamp(state.started, Style::Relative), true)
        .field("Discord", format!("{shards} · {latency}"), true)
        .field("Servers", count(number(state.servers)), true)
        .field("Calls", count(state.calls.unsigned_abs()), true)
        .field("Songs announced", count(state.announced), true);
    if !upstreams.is_empty() {
        embed = embed.field("Sources", upstreams.join("\n"), false);
    }
    embed
}

fn number(number: usize) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

fn upstream((name, state, silent): &(&'static str, LinkState, Duration)) -> String {
    let name = match *name {
        "listen-moe-jpop" => "LISTEN.moe J-pop",
        "listen-moe-kpop" => "LISTEN.moe K-pop",
        "lanyard" => "Lanyard",
        "stream-jpop" => "J-pop stream",
        "stream-kpop" => "K-pop stream",
        other => other,
    };
    let age = format!("last heard {} ago", span(*silent));
    match state {
        LinkState::Up { .. } => format!("🟢 {name} · {age}"),
        LinkState::Connecting | LinkState::Handshaking => format!("🟡 {name} · connecting"),
        LinkState::Waiting { .. } => format!("🔴 {name} · {age}, trying again"),
        LinkState::Idle => format!("⚪ {name} · nobody listens"),
        LinkState::Stopped => format!("⚪ {name} · stopped"),
    }
}

/// `12 s`, `3 min`, `5 h`.
fn span(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..3600 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3600),
    }
}

/// Where to get the bot.
pub fn invitation() -> CreateEmbed {
    CreateEmbed::new()
        .colour(colour(Station::Jpop))
        .title("Take me along")
        .description(
            "To a **server**: the radio, announcements and all the rest.\n\
             To **your account**: what is on air and what played, wherever you are.",
        )
}

/// The two ways to install the application.
/// <https://discord.com/developers/docs/topics/oauth2#bot-authorization-flow>
pub fn invitation_links(application: u64) -> Vec<CreateActionRow> {
    let address = format!("https://discord.com/oauth2/authorize?client_id={application}");
    let server = format!(
        "{address}&integration_type=0&scope=bot%20applications.commands&permissions={}",
        WANTED.bits()
    );
    let account = format!("{address}&integration_type=1&scope=applications.commands");
    vec![CreateActionRow::Buttons(vec![
        CreateButton::new_link(server).label("Add to a server"),
        CreateButton::new_link(account).label("Add to your account"),
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
        let card = card(&state);
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
        let rows = serde_json::to_value(invitation_links(7)).unwrap();
        let link = rows[0]["components"][0]["url"].as_str().unwrap();
        assert!(link.starts_with("https://discord.com/oauth2/authorize?client_id=7&"));
        assert!(link.ends_with(&format!("permissions={}", WANTED.bits())));
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(&format!("permissions={}\n", WANTED.bits())));
    }
}
