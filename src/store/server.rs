//! What servers read.

use serenity::all::GuildId;

use super::{Result, Store, guild, to_sql};
use crate::language::{Language, Titles};

/// What a server has chosen to read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ServerSettings {
    /// The language of everything that is public; `None`: the server's on Discord.
    pub language: Option<Language>,
    /// How songs and artists are called.
    pub titles: Titles,
}

impl Store {
    /// What every server has chosen that has chosen anything.
    pub async fn all_server_settings(&self) -> Result<Vec<(GuildId, ServerSettings)>> {
        let rows = sqlx::query!("SELECT guild_id, language, titles FROM server_settings")
            .fetch_all(&self.pool)
            .await?;
        let settings = rows.into_iter().map(|row| {
            let settings = ServerSettings {
                // A language that this version does not speak.
                language: row.language.and_then(|key| key.parse().ok()),
                // The schema lets nothing else in than the names of the scripts.
                titles: row.titles.parse().unwrap_or_default(),
            };
            (guild(row.guild_id), settings)
        });
        Ok(settings.collect())
    }

    /// A server has chosen this.
    pub async fn set_server_settings(
        &self,
        guild: GuildId,
        settings: ServerSettings,
    ) -> Result<()> {
        let guild = to_sql(guild.get());
        let (language, titles) = (settings.language.map(Language::key), settings.titles.key());
        sqlx::query!(
            "INSERT INTO server_settings (guild_id, language, titles) VALUES (?, ?, ?)
             ON CONFLICT (guild_id)
             DO UPDATE SET language = excluded.language, titles = excluded.titles",
            guild,
            language,
            titles
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
