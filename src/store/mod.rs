//! All SQL: what servers have chosen, in SQLite.
//!
//! - `announce`: the channels that get each new song.
//! - `radio`: the voice channels the radio is in.
//! - `error`: what can go wrong.
//!
//! WAL with `synchronous = NORMAL`: a crash of the bot loses nothing; a power cut may lose the
//! last moments, never the file.

mod announce;
mod error;
mod radio;
#[cfg(test)]
mod tests;

use std::{path::Path, str::FromStr, time::Duration};

use serenity::all::{ChannelId, GuildId};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use self::{announce::Target, error::StoreError, radio::RadioSetting};
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
    /// are missing, and brings its schema up to date.
    pub async fn open(url: &str) -> Result<Self> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(StoreError::opening)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        create_directory_of(options.get_filename()).await?;
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await
            .map_err(StoreError::opening)?;
        sqlx::migrate!()
            .run(&pool)
            .await
            .map_err(StoreError::migrating)?;
        Ok(Self { pool })
    }

    /// Forgets everything about a server: the bot was removed from it.
    pub async fn forget_guild(&self, guild: GuildId) -> Result<()> {
        let mut transaction = self.pool.begin().await?;
        let guild = to_sql(guild.get());
        sqlx::query!("DELETE FROM announce_target WHERE guild_id = ?", guild)
            .execute(&mut *transaction)
            .await?;
        sqlx::query!("DELETE FROM radio WHERE guild_id = ?", guild)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Waits for the queries under way and closes the file. Queries fail from then on.
    pub async fn close(&self) {
        self.pool.close().await;
    }
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
