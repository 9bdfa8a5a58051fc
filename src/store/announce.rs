//! The channels that get each new song.

use serenity::all::{ChannelId, GuildId};

use super::{Result, Store, channel, guild, station, to_sql};
use crate::{listen_moe::PlayId, station::Station};

/// A channel that gets each new song of a station.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    /// The server it is in.
    pub guild: GuildId,
    /// The channel.
    pub channel: ChannelId,
    /// The station it follows.
    pub station: Station,
    /// The play that was announced last.
    pub last_play: Option<PlayId>,
    /// Why posting fails; `None` while it works.
    pub trouble: Option<String>,
}

/// A row as SQLite has it.
struct Row {
    guild_id: i64,
    channel_id: i64,
    station: String,
    last_play: Option<String>,
    trouble: Option<String>,
}

impl From<Row> for Target {
    fn from(row: Row) -> Self {
        Self {
            guild: guild(row.guild_id),
            channel: channel(row.channel_id),
            station: station(&row.station),
            // What an older version wrote in another form counts as unknown.
            last_play: row.last_play.and_then(|play| play.parse().ok()),
            trouble: row.trouble,
        }
    }
}

impl Store {
    /// From now on the channel gets each new song of the station. Setting it again clears its
    /// trouble and keeps its last play.
    pub async fn set_target(
        &self,
        guild: GuildId,
        channel: ChannelId,
        station: Station,
    ) -> Result<()> {
        let (guild, channel, station) = (to_sql(guild.get()), to_sql(channel.get()), station.key());
        sqlx::query!(
            "INSERT INTO announce_target (guild_id, channel_id, station) VALUES (?, ?, ?)
             ON CONFLICT (channel_id, station)
             DO UPDATE SET guild_id = excluded.guild_id, trouble = NULL",
            guild,
            channel,
            station
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The channel gets no more songs, of either station. Tells whether it got any.
    pub async fn remove_target(&self, guild: GuildId, channel: ChannelId) -> Result<bool> {
        let (guild, channel) = (to_sql(guild.get()), to_sql(channel.get()));
        let done = sqlx::query!(
            "DELETE FROM announce_target WHERE guild_id = ? AND channel_id = ?",
            guild,
            channel
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// No channel of the server gets songs any more. Tells how many entries there were.
    pub async fn remove_targets_of(&self, guild: GuildId) -> Result<u64> {
        let guild = to_sql(guild.get());
        let done = sqlx::query!("DELETE FROM announce_target WHERE guild_id = ?", guild)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected())
    }

    /// The channels of one server, in the order of their ids.
    pub async fn targets_of(&self, guild: GuildId) -> Result<Vec<Target>> {
        let guild = to_sql(guild.get());
        let rows = sqlx::query_as!(
            Row,
            "SELECT guild_id, channel_id, station, last_play, trouble FROM announce_target
             WHERE guild_id = ? ORDER BY channel_id, station",
            guild
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Target::from).collect())
    }

    /// The channels of every server that follow a station.
    pub async fn targets(&self, station: Station) -> Result<Vec<Target>> {
        let station = station.key();
        let rows = sqlx::query_as!(
            Row,
            "SELECT guild_id, channel_id, station, last_play, trouble FROM announce_target
             WHERE station = ? ORDER BY channel_id",
            station
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Target::from).collect())
    }

    /// Records that a play is announced to a target. True when it was not recorded before: only
    /// then may it be posted. Call it before posting, so that nothing is ever posted twice.
    ///
    /// False also when the target was removed in the meantime.
    pub async fn claim(&self, channel: ChannelId, station: Station, play: &PlayId) -> Result<bool> {
        let (channel, station, play) = (to_sql(channel.get()), station.key(), play.to_string());
        let done = sqlx::query!(
            "UPDATE announce_target SET last_play = ?1
             WHERE channel_id = ?2 AND station = ?3 AND last_play IS NOT ?1",
            play,
            channel,
            station
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// Notes why posting to a target fails, or that it works again.
    pub async fn set_trouble(
        &self,
        channel: ChannelId,
        station: Station,
        trouble: Option<&str>,
    ) -> Result<()> {
        let (channel, station) = (to_sql(channel.get()), station.key());
        sqlx::query!(
            "UPDATE announce_target SET trouble = ?1
             WHERE channel_id = ?2 AND station = ?3 AND trouble IS NOT ?1",
            trouble,
            channel,
            station
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
