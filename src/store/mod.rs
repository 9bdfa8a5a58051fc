//! All SQL: what servers have chosen, in SQLite.
//!
//! - `announce`: the channels that get announcements, and the webhooks that post them.
//! - `radio`: the voice channels the radio is in.
//! - `history`: what was heard.
//! - `registration`: which commands Discord has.
//! - `backup`: copies of the file.
//! - `settings`: how servers want their radio.
//! - `server`: what they read.
//! - `error`: what can go wrong.
//!
//! WAL with `synchronous = NORMAL`: a crash of the bot loses nothing; a power cut may lose the
//! last moments, never the file.

mod announce;
mod backup;
mod error;
mod history;
mod radio;
mod registration;
mod server;
mod settings;
#[cfg(test)]
pub(crate) mod tests;

use std::{path::Path, str::FromStr, time::Duration};

use serenity::all::{ChannelId, GuildId};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use self::{
    announce::{
        Detail, Mode, NoSuchChoice, NoWebhook, Quiet, Reason, Style, Target, Trouble, Webhook,
        WhyNot, Zone,
    },
    backup::{Backups, BackupsTask},
    error::StoreError,
    history::{Page, PastPlay, PastPlays},
    radio::RadioSetting,
    server::ServerSettings,
    settings::{Panel, RadioSettings},
};
use crate::station::Station;

/// How long a writer waits for another, and a query for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Readers do not wait for the one writer that SQLite allows, so a few connections are plenty.
const CONNECTIONS: u32 = 4;

/// The settings of every server. A cheap handle: clone it.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
}

type Result<T, E = StoreError> = std::result::Result<T, E>;

impl Store {
    /// Opens the database at `url` (`sqlite://PATH`), creates its directory and file when they
    /// are missing, makes sure that it is whole, and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self> {
        let options = options(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true);
        create_directory_of(options.get_filename()).await?;
        let store = Self::connect(options, CONNECTIONS).await?;
        store.check().await?;
        sqlx::migrate!()
            .run(&store.pool)
            .await
            .map_err(StoreError::migrating)?;
        Ok(store)
    }

    /// Opens a database that exists, perhaps in use by a running bot, to copy it: its schema is
    /// left as it is.
    pub async fn open_to_copy(url: &str) -> Result<Self> {
        Self::connect(options(url)?, 1).await
    }

    async fn connect(options: SqliteConnectOptions, connections: u32) -> Result<Self> {
        let pool = SqlitePoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            // A slow disk is told of once, by the statement that it holds up, and not by each of the
            // hundreds that wait behind it.
            .acquire_slow_threshold(PATIENCE)
            // A connection to a file does not go stale while nobody uses it.
            .test_before_acquire(false)
            .connect_with(options)
            .await
            .map_err(StoreError::opening)?;
        Ok(Self { pool })
    }

    /// A damaged file is found now and not at the query that happens to meet the damage: until
    /// then it would be written to, and copied over good backups.
    /// <https://sqlite.org/pragma.html#pragma_integrity_check>
    async fn check(&self) -> Result<()> {
        let first: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
            .fetch_one(&self.pool)
            .await
            .map_err(StoreError::opening)?;
        if first == "ok" {
            Ok(())
        } else {
            Err(StoreError::Damaged(first))
        }
    }

    /// Every server of which something is known.
    pub async fn guilds(&self) -> Result<Vec<GuildId>> {
        let rows = sqlx::query_scalar!(
            "SELECT guild_id AS \"guild_id!: i64\" FROM announce_target
             UNION SELECT guild_id FROM radio
             UNION SELECT guild_id FROM radio_settings
             UNION SELECT guild_id FROM radio_panel
             UNION SELECT guild_id FROM server_settings"
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(guild).collect())
    }

    /// Forgets everything about a server: the bot was removed from it.
    pub async fn forget_guild(&self, guild: GuildId) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        let guild = to_sql(guild.get());
        sqlx::query!("DELETE FROM announce_target WHERE guild_id = ?", guild)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM webhook WHERE guild_id = ?", guild)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM radio WHERE guild_id = ?", guild)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM radio_settings WHERE guild_id = ?", guild)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM radio_panel WHERE guild_id = ?", guild)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM server_settings WHERE guild_id = ?", guild)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Waits for the queries under way and closes the file. Queries fail from then on.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn options(url: &str) -> Result<SqliteConnectOptions> {
    let options = SqliteConnectOptions::from_str(url).map_err(StoreError::opening)?;
    Ok(options.busy_timeout(PATIENCE))
}

async fn create_directory_of(file: &Path) -> Result<()> {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => {
            tokio::fs::create_dir_all(directory)
                .await
                .map_err(|error| StoreError::Open(error.to_string()))
        }
        _ => Ok(()),
    }
}

/// SQLite's integers are signed: the bits of an id are stored as they are.
const fn to_sql(id: u64) -> i64 {
    id.cast_signed()
}

/// Ids are never 0, which serenity's types refuse to hold: a row that says so reads as 1, an id
/// that nobody has.
fn guild(id: i64) -> GuildId {
    GuildId::new(id.cast_unsigned().max(1))
}

fn channel(id: i64) -> ChannelId {
    ChannelId::new(id.cast_unsigned().max(1))
}

/// The schema lets nothing else in than the names of the stations.
fn station(key: &str) -> Station {
    key.parse().unwrap_or_default()
}
