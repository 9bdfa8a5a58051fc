//! The card of `/queue`.

use serenity::all::CreateEmbed;

use super::{
    song,
    text::{Style, timestamp},
};
use crate::{
    language::{Language, Text},
    listen_moe::OnAir,
};

/// How many songs wait, how many of them are the account's whose token is configured, and how many
/// are before those: as of the frame that told of it.
pub fn card(on_air: &OnAir, language: Language) -> CreateEmbed {
    let embed = CreateEmbed::new()
        .colour(song::colour(on_air.station))
        .author(song::station_line(on_air.station))
        .title(language.say(Text::QueueTitle));
    let Some(queue) = on_air.queue else {
        return embed.description(language.say(Text::QueueUnknown));
    };
    let own = queue.own.filter(|own| *own > 0);
    let before = queue.before_own.filter(|_| own.is_some());
    let lines = [
        queue.songs.map(|count| Text::QueueSongs { count }),
        own.map(|count| Text::QueueOwn { count }),
        before.map(|count| Text::QueueBefore { count }),
    ];
    let mut lines: Vec<String> = lines
        .into_iter()
        .flatten()
        .map(|line| language.say(line))
        .collect();
    let when = timestamp(on_air.received_at, Style::Relative).into();
    lines.push(format!("-# {}", language.say(Text::AsOf { when })));
    embed.description(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{announcer::tests::on_air, listen_moe::Queue};

    fn text(queue: Option<Queue>) -> String {
        let mut on_air = on_air(1);
        on_air.queue = queue;
        let card = serde_json::to_value(card(&on_air, Language::English)).unwrap();
        card["description"].as_str().unwrap().to_owned()
    }

    #[test]
    fn it_says_what_is_known() {
        let queue = |own| Queue {
            songs: Some(9),
            own: Some(own),
            before_own: Some(4),
        };
        let told = text(Some(queue(2)));
        assert!(told.starts_with("**9** songs wait\n"), "{told}");
        assert!(told.contains("**2** ") && told.contains("**4** "), "{told}");
        assert!(told.contains("as of <t:"), "{told}");
        let none = text(Some(queue(0)));
        assert!(!none.contains("**4**"), "{none}");
        assert!(text(None).contains("does not tell"));
    }
}
