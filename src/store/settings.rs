//! How servers want their radio, and where the message with its buttons is.

use std::time::Duration;

use serenity::all::{ChannelId, GuildId, MessageId, RoleId};

use super::{Result, Store, channel, guild, station, to_sql};
use crate::{radio::Volume, station::Station};

/// How a server wants its radio.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RadioSettings {
    /// How loud it plays.
    pub volume: Volume,
    /// The bot stays where nobody is.
    pub stay: bool,
    /// Otherwise it leaves after so many minutes alone: 1 to 1,440.
    pub alone_minutes: u16,
    /// Who has this role may control the radio from anywhere.
    pub dj_role: Option<RoleId>,
    /// The status of the voice channel says what plays.
    pub voice_status: bool,
    /// The topic of a stage says what plays.
    pub stage_topic: bool,
    /// What played last.
    pub station: Station,
}

impl Default for RadioSettings {
    fn default() -> Self {
        Self {
            volume: Volume::default(),
            stay: false,
            alone_minutes: 5,
            dj_role: None,
            voice_status: true,
            stage_topic: false,
            station: Station::default(),
        }
    }
}

impl RadioSettings {
    /// How long the bot stays alone; `None` is for ever.
    pub const fn patience(&self) -> Option<Duration> {
        if self.stay {
            None
        } else {
            Some(Duration::from_secs(self.alone_minutes as u64 * 60))
        }
    }
}

/// The message with a radio's buttons.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Panel {
    /// The channel it is in.
    pub channel: ChannelId,
    /// The message.
    pub message: MessageId,
}

impl Store {
    /// How a server wants its radio: the defaults, where it never said.
    pub async fn radio_settings(&self, guild: GuildId) -> Result<RadioSettings> {
        let mut connection = self.pool.acquire().await?;
        Ok(settings_of(&mut connection, guild)
            .await?
            .unwrap_or_default())
    }

    /// Changes how a server wants its radio, and answers with what it wants now.
    pub async fn change_radio_settings(
        &self,
        guild: GuildId,
        change: impl FnOnce(&mut RadioSettings) + Send,
    ) -> Result<RadioSettings> {
        // A writer from its beginning, so that of two changes none is lost.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let mut settings = settings_of(&mut transaction, guild)
            .await?
            .unwrap_or_default();
        change(&mut settings);
        let guild = to_sql(guild.get());
        let dj_role = settings.dj_role.map(|role| to_sql(role.get()));
        let station = settings.station.key();
        let volume = settings.volume.percent();
        sqlx::query!(
            "INSERT INTO radio_settings (guild_id, volume, stay, alone_minutes, dj_role_id, voice_status, stage_topic, station)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (guild_id) DO UPDATE SET
                 volume = excluded.volume, stay = excluded.stay, alone_minutes = excluded.alone_minutes,
                 dj_role_id = excluded.dj_role_id, voice_status = excluded.voice_status,
                 stage_topic = excluded.stage_topic, station = excluded.station",
            guild,
            volume,
            settings.stay,
            settings.alone_minutes,
            dj_role,
            settings.voice_status,
            settings.stage_topic,
            station
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(settings)
    }

    /// The message with the buttons of a server's radio, if there is one.
    pub async fn panel(&self, guild: GuildId) -> Result<Option<Panel>> {
        let guild = to_sql(guild.get());
        let row = sqlx::query!(
            "SELECT channel_id, message_id FROM radio_panel WHERE guild_id = ?",
            guild
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| Panel {
            channel: channel(row.channel_id),
            message: MessageId::new(row.message_id.cast_unsigned().max(1)),
        }))
    }

    /// Every server whose radio has a message with buttons.
    pub async fn panel_guilds(&self) -> Result<Vec<GuildId>> {
        let rows = sqlx::query!("SELECT guild_id FROM radio_panel ORDER BY guild_id")
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(|row| guild(row.guild_id)).collect())
    }

    /// This message has the buttons now.
    pub async fn set_panel(&self, guild: GuildId, panel: Panel) -> Result<()> {
        let guild = to_sql(guild.get());
        let (channel, message) = (to_sql(panel.channel.get()), to_sql(panel.message.get()));
        sqlx::query!(
            "INSERT INTO radio_panel (guild_id, channel_id, message_id) VALUES (?, ?, ?)
             ON CONFLICT (guild_id)
             DO UPDATE SET channel_id = excluded.channel_id, message_id = excluded.message_id",
            guild,
            channel,
            message
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The message says no more than it does: it is deleted, or the call it was about is over.
    /// Another one that took its place meanwhile stays.
    pub async fn clear_panel(&self, guild: GuildId, panel: Panel) -> Result<()> {
        let (guild, message) = (to_sql(guild.get()), to_sql(panel.message.get()));
        sqlx::query!(
            "DELETE FROM radio_panel WHERE guild_id = ? AND message_id = ?",
            guild,
            message
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

async fn settings_of(
    connection: &mut sqlx::SqliteConnection,
    guild: GuildId,
) -> Result<Option<RadioSettings>> {
    let guild = to_sql(guild.get());
    let row = sqlx::query!(
        "SELECT volume, stay, alone_minutes, dj_role_id, voice_status, stage_topic, station
         FROM radio_settings WHERE guild_id = ?",
        guild
    )
    .fetch_optional(connection)
    .await?;
    // The schema lets nothing in that does not fit.
    let default = RadioSettings::default();
    Ok(row.map(|row| RadioSettings {
        volume: u8::try_from(row.volume)
            .ok()
            .and_then(|percent| percent.try_into().ok())
            .unwrap_or(default.volume),
        stay: row.stay != 0,
        alone_minutes: row
            .alone_minutes
            .try_into()
            .unwrap_or(default.alone_minutes),
        dj_role: row
            .dj_role_id
            .map(|role| RoleId::new(role.cast_unsigned().max(1))),
        voice_status: row.voice_status != 0,
        stage_topic: row.stage_topic != 0,
        station: station(&row.station),
    }))
}
