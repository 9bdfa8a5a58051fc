//! Webhooks that post announcements as the station, and why there is none where one is wanted.

use secrecy::{ExposeSecret, SecretString};
use serenity::all::{ChannelId, GuildId, WebhookId};
use time::OffsetDateTime;

use super::super::{Result, Store, channel, guild as guild_of, station, to_sql};
use crate::station::Station;

/// A webhook of the bot's own. Whoever has its token can post through it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// What it is used with, instead of the bot's own token.
    pub token: SecretString,
    /// The channel it belongs to.
    pub channel: ChannelId,
}

impl PartialEq for Webhook {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Webhook {}

impl Webhook {
    /// The thread to name when it posts to this channel: none in the channel it belongs to.
    pub fn thread(&self, channel: ChannelId) -> Option<ChannelId> {
        (channel != self.channel).then_some(channel)
    }
}

/// Why there is no webhook.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WhyNot {
    /// The bot may not make one.
    Forbidden,
    /// The channel has as many as Discord allows.
    Full,
    /// Somebody deleted it, and has to ask for another.
    Deleted,
    /// Discord refuses it for another reason.
    Refused,
}

impl WhyNot {
    const ALL: [Self; 4] = [Self::Forbidden, Self::Full, Self::Deleted, Self::Refused];

    /// The name that is stored.
    const fn key(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Full => "full",
            Self::Deleted => "deleted",
            Self::Refused => "refused",
        }
    }

    fn of(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.key() == key)
    }
}

/// A webhook that is wanted and not there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NoWebhook {
    /// Why.
    pub why: WhyNot,
    /// How often Discord has refused it in a row.
    pub refusals: u32,
    /// When it is asked for again; `None` at the next occasion.
    pub retry_at: Option<OffsetDateTime>,
}

impl NoWebhook {
    /// Whether to ask for one.
    pub fn may_be_tried(&self, now: OffsetDateTime) -> bool {
        self.why != WhyNot::Deleted && self.retry_at.is_none_or(|at| at <= now)
    }

    pub(super) fn read(why: &str, refusals: i64, retry_at: Option<i64>) -> Option<Self> {
        Some(Self {
            why: WhyNot::of(why)?,
            refusals: refusals.try_into().unwrap_or(u32::MAX),
            retry_at: retry_at.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok()),
        })
    }
}

/// A webhook of three columns, which are there together.
pub(super) fn read(
    id: Option<i64>,
    token: Option<String>,
    channel_id: Option<i64>,
) -> Option<Webhook> {
    Some(Webhook {
        id: WebhookId::new(id?.cast_unsigned().max(1)),
        token: token?.into(),
        channel: channel(channel_id?),
    })
}

impl Store {
    /// The webhook of a channel for a station, if there is one.
    pub async fn webhook(&self, channel: ChannelId, station: Station) -> Result<Option<Webhook>> {
        let (channel, station) = (to_sql(channel.get()), station.key());
        let row = sqlx::query!(
            "SELECT webhook_id, token, channel_id FROM webhook
             WHERE channel_id = ? AND station = ?",
            channel,
            station
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.and_then(|row| read(row.webhook_id, row.token, Some(row.channel_id))))
    }

    /// The announcements of a station in this channel go through this webhook from now on.
    pub async fn set_webhook(
        &self,
        guild: GuildId,
        station: Station,
        webhook: &Webhook,
    ) -> Result<()> {
        let (guild, channel) = (to_sql(guild.get()), to_sql(webhook.channel.get()));
        let (id, token, station) = (
            to_sql(webhook.id.get()),
            webhook.token.expose_secret(),
            station.key(),
        );
        sqlx::query!(
            "INSERT INTO webhook (channel_id, station, guild_id, webhook_id, token)
             VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (channel_id, station)
             DO UPDATE SET guild_id = excluded.guild_id, webhook_id = excluded.webhook_id,
                 token = excluded.token, trouble = NULL, refusals = 0, retry_at = NULL",
            channel,
            station,
            guild,
            id,
            token
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes why a channel gets no webhook.
    pub async fn set_no_webhook(
        &self,
        guild: GuildId,
        channel: ChannelId,
        station: Station,
        no: &NoWebhook,
    ) -> Result<()> {
        let (guild, channel, station) = (to_sql(guild.get()), to_sql(channel.get()), station.key());
        let (why, refusals) = (no.why.key(), i64::from(no.refusals));
        let retry_at = no.retry_at.map(OffsetDateTime::unix_timestamp);
        sqlx::query!(
            "INSERT INTO webhook (channel_id, station, guild_id, trouble, refusals, retry_at)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (channel_id, station)
             DO UPDATE SET guild_id = excluded.guild_id, webhook_id = NULL, token = NULL,
                 trouble = excluded.trouble, refusals = excluded.refusals,
                 retry_at = excluded.retry_at",
            channel,
            station,
            guild,
            why,
            refusals,
            retry_at
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Somebody deleted this webhook. Nobody can change its messages any more, so they are
    /// forgotten with it.
    pub async fn webhook_deleted(&self, webhook: WebhookId) -> Result<()> {
        let id = to_sql(webhook.get());
        let mut transaction = self.pool.begin().await?;
        sqlx::query!(
            "UPDATE announce_target SET message_id = NULL, message_webhook_id = NULL
             WHERE message_webhook_id = ?",
            id
        )
        .execute(&mut *transaction)
        .await?;
        let why = WhyNot::Deleted.key();
        sqlx::query!(
            "UPDATE webhook SET webhook_id = NULL, token = NULL, trouble = ?
             WHERE webhook_id = ?",
            why,
            id
        )
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// Forgets the webhooks of a server, or of all, that post nothing and have written nothing that
    /// is still to be changed or replaced; gives those that are to be deleted, and whose they are.
    pub async fn take_unused_webhooks(
        &self,
        guild: Option<GuildId>,
    ) -> Result<Vec<(GuildId, Station, Webhook)>> {
        let guild = guild.map(|guild| to_sql(guild.get()));
        let rows = sqlx::query!(
            "DELETE FROM webhook
             WHERE (?1 IS NULL OR guild_id = ?1)
                 AND NOT EXISTS (SELECT 1 FROM announce_target AS target
                     WHERE target.webhook_channel_id = webhook.channel_id
                         AND target.station = webhook.station)
                 AND NOT EXISTS (SELECT 1 FROM announce_target AS target
                     WHERE target.message_webhook_id = webhook.webhook_id
                         AND target.mode IN ('edit', 'replace'))
             RETURNING guild_id, station, webhook_id, token, channel_id",
            guild
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| {
                let webhook = read(row.webhook_id, row.token, Some(row.channel_id))?;
                Some((guild_of(row.guild_id), station(&row.station), webhook))
            })
            .collect())
    }
}
