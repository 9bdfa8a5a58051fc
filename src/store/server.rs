//! What servers read, and who may change that.

use serenity::all::{GuildId, RoleId};

use super::{Result, Store, guild, to_sql};
use crate::language::{Language, Titles};

/// What a server has chosen to read, and who may choose.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ServerSettings {
    /// The language of everything that is public; `None`: the server's on Discord.
    pub language: Option<Language>,
    /// How songs and artists are called.
    pub titles: Titles,
    /// Who has this role may change settings, beside those who may manage the server.
    pub managers: Option<RoleId>,
}

impl Store {
    /// What every server has chosen that has chosen anything.
    pub async fn all_server_settings(&self) -> Result<Vec<(GuildId, ServerSettings)>> {
        let rows =
            sqlx::query!("SELECT guild_id, language, titles, manager_role_id FROM server_settings")
                .fetch_all(&self.pool)
                .await?;
        let settings = rows.into_iter().map(|row| {
            let settings = ServerSettings {
                // A language that this version does not speak.
                language: row.language.and_then(|key| key.parse().ok()),
                // The schema lets nothing else in than the names of the scripts.
                titles: row.titles.parse().unwrap_or_default(),
                managers: row
                    .manager_role_id
                    .map(|role| RoleId::new(role.cast_unsigned().max(1))),
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
        let managers = settings.managers.map(|role| to_sql(role.get()));
        sqlx::query!(
            "INSERT INTO server_settings (guild_id, language, titles, manager_role_id)
             VALUES (?, ?, ?, ?)
             ON CONFLICT (guild_id)
             DO UPDATE SET language = excluded.language, titles = excluded.titles,
                 manager_role_id = excluded.manager_role_id",
            guild,
            language,
            titles,
            managers
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
