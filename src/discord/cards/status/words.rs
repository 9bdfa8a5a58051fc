//! What the cards of `/status` say: how each text of theirs that is not somebody's own is called.

use crate::{
    language::{Language, Text},
    lanyard::{ActivityKind, Platform, Status},
    station::Station,
};

/// The community whose members Lanyard knows: <https://github.com/Phineas/lanyard>
pub(super) const LANYARD: &str = "https://discord.gg/lanyard";

/// With the emoji of a custom status that has none.
pub(super) const BUBBLE: &str = "💬";

pub(super) fn status(status: Status, language: Language) -> String {
    let (mark, name) = match status {
        Status::Online => ("🟢", Text::Online),
        Status::Idle => ("🌙", Text::Idle),
        Status::DoNotDisturb => ("⛔", Text::DoNotDisturb),
        Status::Offline => ("⚫", Text::Offline),
    };
    format!("{mark} **{}**", language.say(name))
}

pub(super) fn platform(platform: Platform, language: Language) -> String {
    let (mark, name) = match platform {
        Platform::Desktop => ("🖥️", Text::Desktop),
        Platform::Mobile => ("📱", Text::Mobile),
        Platform::Web => ("🌐", Text::Web),
        Platform::Embedded => ("🎮", Text::Console),
        Platform::Vr => ("🥽", Text::Vr),
    };
    format!("{mark} {}", language.say(name))
}

pub(super) fn spotify(language: Language) -> String {
    format!("🎧 {}", language.say(Text::ListeningSpotify))
}

const fn mark(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Playing => "🎮",
        ActivityKind::Streaming => "📺",
        ActivityKind::Listening => "🎧",
        ActivityKind::Watching => "🍿",
        ActivityKind::Competing => "🏆",
    }
}

pub(super) fn activity(kind: ActivityKind, language: Language) -> String {
    let text = match kind {
        ActivityKind::Playing => Text::Playing,
        ActivityKind::Streaming => Text::Streaming,
        ActivityKind::Listening => Text::Listening,
        ActivityKind::Watching => Text::Watching,
        ActivityKind::Competing => Text::Competing,
    };
    format!("{} {}", mark(kind), language.say(text))
}

/// Above a song or a show, when the application that plays it is called `name`.
pub(super) fn activity_in(kind: ActivityKind, name: &str, language: Language) -> String {
    let in_it = name.into();
    let text = match kind {
        ActivityKind::Listening => Text::ListeningTo { name: in_it },
        ActivityKind::Streaming => Text::StreamingOn { name: in_it },
        ActivityKind::Watching => Text::WatchingOn { name: in_it },
        ActivityKind::Playing | ActivityKind::Competing => {
            return format!("{} {name}", activity(kind, language));
        }
    };
    format!("{} {}", mark(kind), language.say(text))
}

pub(super) fn radio(station: Station, language: Language) -> String {
    let name = "LISTEN.moe".into();
    let listening = language.say(Text::ListeningTo { name });
    format!("📻 {listening} · {}", station.title())
}

pub(super) fn party((current, most): (u64, u64), language: Language) -> String {
    let (current, most) = (current.to_string().into(), most.to_string().into());
    format!("({})", language.say(Text::Party { current, most }))
}

pub(super) fn stale(when: String, language: Language) -> String {
    let when = when.into();
    format!("⚠️ {}", language.say(Text::LanyardStale { when }))
}

pub(super) fn live(when: String, language: Language) -> String {
    let when = when.into();
    format!("-# 🔴 {}", language.say(Text::LiveStops { when }))
}

/// Above and below, for someone whom Lanyard does not know.
pub(super) fn not_on_lanyard(name: &str, oneself: bool, language: Language) -> (String, String) {
    let (name, address) = (name.into(), || LANYARD.into());
    let (title, join) = if oneself {
        let join = Text::LanyardJoinYou { address: address() };
        (Text::NotOnLanyardYou, join)
    } else {
        let join = Text::LanyardJoin { address: address() };
        (Text::NotOnLanyard { name }, join)
    };
    let lanyard = language.say(Text::Lanyard { address: address() });
    let text = format!("{lanyard}\n\n{}", language.say(join));
    (language.say(title), text)
}

pub(super) fn hidden(oneself: bool, language: Language) -> String {
    language.say(if oneself {
        Text::HiddenYou
    } else {
        Text::Hidden
    })
}
