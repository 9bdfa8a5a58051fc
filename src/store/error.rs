//! What can go wrong with the database, in words for the operator.

use std::error::Error;

use sqlx::migrate::MigrateError;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened or created: the configuration or the machine is wrong.
    #[error("cannot open the database file: {0}")]
    Open(String),
    /// The file is not a database, or a damaged one.
    #[error("the file is damaged or not a SQLite database; restore a backup or move it away ({0})")]
    Damaged(String),
    /// A newer version of the bot has written the file.
    #[error(
        "the database was written by a newer version (migration {0}); upgrade, or restore a backup"
    )]
    Newer(i64),
    /// The schema cannot be brought up to date.
    #[error("cannot bring the database up to date: {0}")]
    Migrate(MigrateError),
    /// The database cannot be copied.
    #[error("cannot make a backup: {0}")]
    Backup(Box<dyn Error + Send + Sync>),
    /// A query failed: the disk is full, the file is locked or gone.
    #[error("the database failed: {0}")]
    Query(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether the operator must change the configuration (or the machine) rather than the data.
    pub const fn is_configuration(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// An error while opening, told apart by SQLite's result code.
    /// <https://sqlite.org/rescode.html>
    pub(super) fn opening(error: sqlx::Error) -> Self {
        const NOT_A_DATABASE: &str = "26";
        const CORRUPT: &str = "11";
        match error {
            sqlx::Error::Database(error) => match error.code().as_deref() {
                Some(NOT_A_DATABASE | CORRUPT) => Self::Damaged(error.message().to_owned()),
                _ => Self::Open(error.message().to_owned()),
            },
            other => Self::Open(other.to_string()),
        }
    }

    pub(super) fn backup(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Backup(error.into())
    }

    pub(super) fn migrating(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) => Self::Newer(version),
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                match Self::opening(error) {
                    Self::Open(why) => Self::Open(why),
                    other => other,
                }
            }
            other => Self::Migrate(other),
        }
    }
}
