//! How an answer is written: for one that only the caller sees, in the caller's language; for one
//! that everyone in a channel sees, in the server's. What servers have chosen about titles is for
//! both.

use serenity::all::{CommandInteraction, ComponentInteraction, GuildId, MessageFlags};

use crate::language::{Language, Servers, Wording};

/// For an answer that only the caller sees.
pub(super) fn private(servers: &Servers, interaction: &CommandInteraction) -> Wording {
    of_caller(servers, &interaction.locale, interaction.guild_id)
}

/// For an answer that everyone sees.
pub(super) fn public(servers: &Servers, interaction: &CommandInteraction) -> Wording {
    let there = interaction.guild_locale.as_deref();
    of_everyone(servers, &interaction.locale, interaction.guild_id, there)
}

/// For the message that a button is on, whoever sees it.
pub(super) fn of_message(servers: &Servers, interaction: &ComponentInteraction) -> Wording {
    let flags = interaction.message.flags.unwrap_or_default();
    if flags.contains(MessageFlags::EPHEMERAL) {
        of_caller(servers, &interaction.locale, interaction.guild_id)
    } else {
        let there = interaction.guild_locale.as_deref();
        of_everyone(servers, &interaction.locale, interaction.guild_id, there)
    }
}

fn of_caller(servers: &Servers, locale: &str, guild: Option<GuildId>) -> Wording {
    let chosen = guild.map(|guild| servers.chosen(guild)).unwrap_or_default();
    Wording {
        language: Language::from_discord(locale),
        titles: chosen.titles,
    }
}

/// Where there is no server, the caller is everyone. Discord tells the server's language with the
/// interaction, also of servers that the bot is not in.
fn of_everyone(
    servers: &Servers,
    locale: &str,
    guild: Option<GuildId>,
    there: Option<&str>,
) -> Wording {
    let chosen = guild.map(|guild| servers.chosen(guild)).unwrap_or_default();
    let language = chosen.language;
    Wording {
        language: language.unwrap_or_else(|| Language::from_discord(there.unwrap_or(locale))),
        titles: chosen.titles,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{language::Titles, store::ServerSettings};

    #[tokio::test]
    async fn a_caller_reads_their_own_language_and_everyone_the_servers() {
        let servers = Servers::default();
        let guild = GuildId::new(1);
        let private = |locale| of_caller(&servers, locale, Some(guild)).language;
        let public = |locale, guild, there| of_everyone(&servers, locale, guild, there).language;
        assert_eq!(private("ja"), Language::Japanese);
        assert_eq!(private("cs"), Language::English);
        assert_eq!(public("ja", Some(guild), Some("de")), Language::German);
        assert_eq!(public("ja", None, None), Language::Japanese);

        let (store, _directory) = crate::store::tests::store().await;
        let chosen = ServerSettings {
            language: Some(Language::French),
            titles: Titles::Romaji,
            managers: None,
        };
        let change = |settings: &mut ServerSettings| *settings = chosen;
        servers.choose(&store, guild, change).await.unwrap();
        assert_eq!(public("ja", Some(guild), Some("de")), Language::French);
        assert_eq!(private("ja"), Language::Japanese);
        let titles = of_caller(&servers, "ja", Some(guild)).titles;
        assert_eq!(titles, Titles::Romaji);
    }
}
