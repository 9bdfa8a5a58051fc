//! The channels that get announcements.
//!
//! - `style`: how a channel wants them.
//! - `quiet`: hours in which it wants none.
//! - `reason`: why a channel gets nothing.
//! - `webhook`: the webhooks that post as the station.

mod quiet;
mod reason;
mod style;
mod webhook;

use serenity::all::{ChannelId, GuildId, MessageId, RoleId, WebhookId};
use time::OffsetDateTime;

pub use self::{
    quiet::{Quiet, Zone},
    reason::Reason,
    style::{Detail, Mode, NoSuchChoice, Style},
    webhook::{NoWebhook, Webhook, WhyNot},
};
use super::{Result, Store, channel, guild, station, to_sql};
use crate::{language::Language, listen_moe::Occasion, station::Station};

/// A channel that gets the announcements of a station.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    /// The server it is in.
    pub guild: GuildId,
    /// The channel.
    pub channel: ChannelId,
    /// The station it follows.
    pub station: Station,
    /// How it wants its announcements.
    pub style: Style,
    /// What was announced last.
    pub last: Option<Occasion>,
    /// The newest message.
    pub message: Option<MessageId>,
    /// The webhook that wrote it, which alone can change it; `None` when the bot itself did.
    pub author: Option<Webhook>,
    /// The webhook that writes the next one, where one is wanted and there.
    pub webhook: Option<Webhook>,
    /// Why there is none although one is wanted.
    pub no_webhook: Option<NoWebhook>,
    /// Why posting fails; `None` while it works.
    pub trouble: Option<Trouble>,
}

/// Why a channel gets nothing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trouble {
    /// What Discord said to the last attempt.
    pub why: Reason,
    /// How often Discord has refused a message since one arrived.
    pub refusals: u32,
    /// When the next attempt is; `None` at the next occasion.
    pub retry_at: Option<OffsetDateTime>,
}

/// A row as SQLite has it.
struct Row {
    guild_id: i64,
    channel_id: i64,
    station: String,
    mode: String,
    card: String,
    role_id: Option<i64>,
    pause_minutes: i64,
    quiet_from: Option<i64>,
    quiet_to: Option<i64>,
    time_zone: Option<String>,
    language: Option<String>,
    last_play: Option<String>,
    message_id: Option<i64>,
    trouble: Option<String>,
    refusals: i64,
    retry_at: Option<i64>,
    webhook_channel_id: Option<i64>,
    webhook_id: Option<i64>,
    webhook_token: Option<String>,
    webhook_trouble: Option<String>,
    webhook_refusals: Option<i64>,
    webhook_retry_at: Option<i64>,
    author_id: Option<i64>,
    author_token: Option<String>,
    author_channel_id: Option<i64>,
}

/// The targets of which this is true.
macro_rules! targets_where {
    ($condition:tt, $($value:expr),+) => {
        sqlx::query_as!(
            Row,
            "SELECT target.guild_id, target.channel_id, target.station, mode, card, role_id,
                 pause_minutes, quiet_from, quiet_to, time_zone, language, last_play, message_id,
                 target.trouble, target.refusals, target.retry_at, webhook_channel_id,
                 writer.webhook_id AS \"webhook_id?\", writer.token AS \"webhook_token?\",
                 writer.trouble AS \"webhook_trouble?\", writer.refusals AS \"webhook_refusals?\",
                 writer.retry_at AS \"webhook_retry_at?\",
                 author.webhook_id AS \"author_id?\", author.token AS \"author_token?\",
                 author.channel_id AS \"author_channel_id?\"
             FROM announce_target AS target
             LEFT JOIN webhook AS writer ON writer.channel_id = target.webhook_channel_id
                 AND writer.station = target.station
             LEFT JOIN webhook AS author ON author.webhook_id = target.message_webhook_id
             WHERE " + $condition + " ORDER BY target.channel_id, target.station",
            $($value),+
        )
    };
}

impl Row {
    fn quiet(&self) -> Option<Quiet> {
        let (from, to) = (
            self.quiet_from?.try_into().ok()?,
            self.quiet_to?.try_into().ok()?,
        );
        // A zone that the database has dropped.
        let zone = self.time_zone.as_deref()?.parse().unwrap_or(Zone::UTC);
        Quiet::new(from, to, zone)
    }
}

impl From<Row> for Target {
    fn from(row: Row) -> Self {
        let quiet = row.quiet();
        let no_webhook = row.webhook_trouble.as_deref().and_then(|why| {
            NoWebhook::read(why, row.webhook_refusals.unwrap_or(0), row.webhook_retry_at)
        });
        let trouble = row.trouble.map(|why| Trouble {
            why: Reason::read(&why),
            refusals: row.refusals.try_into().unwrap_or(u32::MAX),
            retry_at: row
                .retry_at
                .and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()),
        });
        Self {
            guild: guild(row.guild_id),
            channel: channel(row.channel_id),
            station: station(&row.station),
            // The schema lets nothing else in than the names of the choices.
            style: Style {
                mode: row.mode.parse().unwrap_or_default(),
                detail: row.card.parse().unwrap_or_default(),
                role: row.role_id.map(|id| RoleId::new(id.cast_unsigned().max(1))),
                pause_minutes: row.pause_minutes.try_into().unwrap_or(0),
                quiet,
                webhook: row.webhook_channel_id.map(channel),
                language: row.language.and_then(|key| key.parse().ok()),
            },
            // What an older version wrote in another form counts as unknown.
            last: row.last_play.and_then(|last| last.parse().ok()),
            message: row
                .message_id
                .map(|id| MessageId::new(id.cast_unsigned().max(1))),
            author: webhook::read(row.author_id, row.author_token, row.author_channel_id),
            webhook: webhook::read(row.webhook_id, row.webhook_token, row.webhook_channel_id),
            no_webhook,
            trouble,
        }
    }
}

impl Store {
    /// From now on the channel gets the announcements of the station in this style. Setting it
    /// again clears its trouble, also that with a webhook, and keeps what was announced last. Gives
    /// the style it had before.
    pub async fn set_target(
        &self,
        guild: GuildId,
        channel: ChannelId,
        station: Station,
        style: &Style,
    ) -> Result<Option<Style>> {
        let before = self.targets_of(guild).await?;
        let before = before
            .into_iter()
            .find(|target| target.channel == channel && target.station == station)
            .map(|target| target.style);
        let (guild, channel, station) = (to_sql(guild.get()), to_sql(channel.get()), station.key());
        let (mode, card) = (style.mode.key(), style.detail.key());
        let role = style.role.map(|role| to_sql(role.get()));
        let pause = i64::from(style.pause_minutes);
        let quiet_from = style.quiet.map(|quiet| i64::from(quiet.from()));
        let quiet_to = style.quiet.map(|quiet| i64::from(quiet.to()));
        let zone = style.quiet.map(|quiet| quiet.zone().name());
        let webhook = style.webhook.map(|channel| to_sql(channel.get()));
        let language = style.language.map(Language::key);
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "INSERT INTO announce_target
                 (guild_id, channel_id, station, mode, card, role_id, pause_minutes,
                  quiet_from, quiet_to, time_zone, webhook_channel_id, language)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (channel_id, station)
             DO UPDATE SET guild_id = excluded.guild_id, mode = excluded.mode,
                 card = excluded.card, role_id = excluded.role_id,
                 pause_minutes = excluded.pause_minutes,
                 quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to,
                 time_zone = excluded.time_zone,
                 webhook_channel_id = excluded.webhook_channel_id,
                 language = excluded.language,
                 trouble = NULL, refusals = 0, retry_at = NULL",
            guild,
            channel,
            station,
            mode,
            card,
            role,
            pause,
            quiet_from,
            quiet_to,
            zone,
            webhook,
            language
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "DELETE FROM webhook WHERE channel_id = ? AND station = ? AND webhook_id IS NULL",
            webhook,
            station
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(before)
    }

    /// The channel gets no more announcements, of either station. Tells whether it got any.
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

    /// The channel gets no more announcements of this station. Tells whether it got any.
    pub async fn remove_target_of(
        &self,
        guild: GuildId,
        channel: ChannelId,
        station: Station,
    ) -> Result<bool> {
        let (guild, channel, station) = (to_sql(guild.get()), to_sql(channel.get()), station.key());
        let done = sqlx::query!(
            "DELETE FROM announce_target WHERE guild_id = ? AND channel_id = ? AND station = ?",
            guild,
            channel,
            station
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// No channel of the server gets announcements any more. Tells how many entries there were.
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
        let rows = targets_where!("target.guild_id = ?", guild)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(Target::from).collect())
    }

    /// The channels of every server that follow a station.
    pub async fn targets(&self, station: Station) -> Result<Vec<Target>> {
        let station = station.key();
        let rows = targets_where!("target.station = ?", station)
            .fetch_all(&self.pool)
            .await?;
        Ok(rows.into_iter().map(Target::from).collect())
    }

    /// Of these channels those that follow a station. For a few of them it takes a hundredth of the time
    /// that [`Store::targets`] does for thousands.
    pub async fn targets_among(
        &self,
        station: Station,
        channels: &[ChannelId],
    ) -> Result<Vec<Target>> {
        let station = station.key();
        let ids: Vec<String> = channels
            .iter()
            .map(|channel| to_sql(channel.get()).to_string())
            .collect();
        // SQLite has no lists but those in JSON.
        let ids = format!("[{}]", ids.join(","));
        let rows = targets_where!(
            "target.station = ? AND target.channel_id IN (SELECT value FROM json_each(?))",
            station,
            ids
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(Target::from).collect())
    }

    /// Records that something is announced to a target. True when it was not recorded before:
    /// only then may it be posted. Call it before posting, so that nothing is ever posted twice.
    ///
    /// False also when the target was removed in the meantime.
    pub async fn claim(
        &self,
        channel: ChannelId,
        station: Station,
        occasion: &Occasion,
    ) -> Result<bool> {
        let (channel, station) = (to_sql(channel.get()), station.key());
        let occasion = occasion.to_string();
        let done = sqlx::query!(
            "UPDATE announce_target SET last_play = ?1
             WHERE channel_id = ?2 AND station = ?3 AND last_play IS NOT ?1",
            occasion,
            channel,
            station
        )
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() > 0)
    }

    /// A message about a station has arrived in a channel, by the bot itself or this webhook: it is
    /// the newest, and all is well.
    pub async fn set_message(
        &self,
        channel: ChannelId,
        station: Station,
        message: MessageId,
        author: Option<WebhookId>,
    ) -> Result<()> {
        let (channel, station) = (to_sql(channel.get()), station.key());
        let message = to_sql(message.get());
        let author = author.map(|webhook| to_sql(webhook.get()));
        sqlx::query!(
            "UPDATE announce_target
             SET message_id = ?, message_webhook_id = ?,
                 trouble = NULL, refusals = 0, retry_at = NULL
             WHERE channel_id = ? AND station = ?",
            message,
            author,
            channel,
            station
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes why posting to a target fails.
    pub async fn set_trouble(
        &self,
        channel: ChannelId,
        station: Station,
        trouble: &Trouble,
    ) -> Result<()> {
        let (channel, station) = (to_sql(channel.get()), station.key());
        let (why, refusals) = (trouble.why.to_string(), i64::from(trouble.refusals));
        let retry_at = trouble.retry_at.map(OffsetDateTime::unix_timestamp);
        sqlx::query!(
            "UPDATE announce_target SET trouble = ?, refusals = ?, retry_at = ?
             WHERE channel_id = ? AND station = ?",
            why,
            refusals,
            retry_at,
            channel,
            station
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Permissions in a server have changed: its channels, and the webhooks they want, are tried
    /// again at the next occasion. Should that be in vain, they are left alone for longer than the
    /// last time.
    pub async fn retry_targets_of(&self, guild: GuildId) -> Result<()> {
        let guild = to_sql(guild.get());
        sqlx::query!(
            "UPDATE announce_target SET retry_at = NULL
             WHERE guild_id = ? AND retry_at IS NOT NULL",
            guild
        )
        .execute(&self.pool)
        .await?;
        sqlx::query!(
            "UPDATE webhook SET retry_at = NULL WHERE guild_id = ? AND retry_at IS NOT NULL",
            guild
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}
