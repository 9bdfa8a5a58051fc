//! Copies of the database, taken while it is in use.
//!
//! - `schedule`: a copy a day, of which the newest are kept.

mod schedule;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
};

use tokio::fs;

pub use self::schedule::{Backups, BackupsTask};
use super::{Result, Store, StoreError};

impl Store {
    /// Copies the database to the new file `to`, as it is at this moment, without holding up
    /// anybody. The file appears under its name when it is whole.
    ///
    /// # Errors
    /// [`StoreError::Backup`] when there is a file of this name, when the disk is full, or when
    /// the directory is missing or may not be written.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        if fs::try_exists(to).await.map_err(StoreError::backup)? {
            return Err(StoreError::backup("the file exists already"));
        }
        let unfinished = unfinished(to)?;
        // What a crash has left under the name that only unfinished copies have.
        remove(&unfinished).await?;
        let copied = self.copy(&unfinished, to).await;
        if copied.is_err() {
            // The reason that counts is that of the copy.
            let _ = remove(&unfinished).await;
        }
        copied
    }

    async fn copy(&self, unfinished: &Path, to: &Path) -> Result<()> {
        let name = unfinished
            .to_str()
            .ok_or_else(|| StoreError::backup("the file's name is not UTF-8"))?;
        // A query at run time: sqlx cannot prepare this one against a schema.
        // https://sqlite.org/lang_vacuum.html#vacuuminto
        sqlx::query("VACUUM INTO ?")
            .bind(name)
            .execute(&self.pool)
            .await
            .map_err(StoreError::backup)?;
        let file = fs::File::open(unfinished)
            .await
            .map_err(StoreError::backup)?;
        file.sync_all().await.map_err(StoreError::backup)?;
        fs::rename(unfinished, to).await.map_err(StoreError::backup)
    }
}

/// The name of a copy until it is whole, beside its final one: a rename never crosses disks.
fn unfinished(to: &Path) -> Result<PathBuf> {
    let mut name = to
        .file_name()
        .ok_or_else(|| StoreError::backup("that is not the name of a file"))?
        .to_owned();
    name.push(".unfinished");
    Ok(to.with_file_name(name))
}

async fn remove(file: &Path) -> Result<()> {
    match fs::remove_file(file).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::backup(error)),
        _ => Ok(()),
    }
}
