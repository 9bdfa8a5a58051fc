//! The voice channels the radio is in.

use serenity::all::{ChannelId, GuildId};

use super::{Result, Store, channel, guild, station, to_sql};
use crate::station::Station;

/// Where a server's radio is, and what it plays.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RadioSetting {
    /// The server.
    pub guild: GuildId,
    /// The voice channel.
    pub channel: ChannelId,
    /// The station.
    pub station: Station,
}

impl Store {
    /// The server's radio is in this channel and plays this station, also after a restart.
    /// [`RadioSettings::station`](super::RadioSettings) remembers it for when the radio was off.
    pub async fn set_radio(
        &self,
        guild: GuildId,
        channel: ChannelId,
        station: Station,
    ) -> Result<()> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let (guild, channel, station) = (to_sql(guild.get()), to_sql(channel.get()), station.key());
        sqlx::query!(
            "INSERT INTO radio (guild_id, channel_id, station) VALUES (?, ?, ?)
             ON CONFLICT (guild_id)
             DO UPDATE SET channel_id = excluded.channel_id, station = excluded.station",
            guild,
            channel,
            station
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "INSERT INTO radio_settings (guild_id, station) VALUES (?, ?)
             ON CONFLICT (guild_id) DO UPDATE SET station = excluded.station",
            guild,
            station
        )
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// The server's radio is off, also after a restart.
    pub async fn clear_radio(&self, guild: GuildId) -> Result<()> {
        let guild = to_sql(guild.get());
        sqlx::query!("DELETE FROM radio WHERE guild_id = ?", guild)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// One server's radio, if it is on.
    pub async fn radio(&self, guild: GuildId) -> Result<Option<RadioSetting>> {
        let id = to_sql(guild.get());
        let row = sqlx::query!(
            "SELECT channel_id, station FROM radio WHERE guild_id = ?",
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| RadioSetting {
            guild,
            channel: channel(row.channel_id),
            station: station(&row.station),
        }))
    }

    /// Every server's radio, in the order of the servers' ids.
    pub async fn radios(&self) -> Result<Vec<RadioSetting>> {
        let rows =
            sqlx::query!("SELECT guild_id, channel_id, station FROM radio ORDER BY guild_id")
                .fetch_all(&self.pool)
                .await?;
        Ok(rows
            .into_iter()
            .map(|row| RadioSetting {
                guild: guild(row.guild_id),
                channel: channel(row.channel_id),
                station: station(&row.station),
            })
            .collect())
    }
}
