//! A copy of the database at regular times.

use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use time::{OffsetDateTime, PrimitiveDateTime, format_description};
use tokio::{fs, time::sleep};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{Result, Store, StoreError};
use crate::link::Backoff;

/// `uguisu-20261121T234500Z.db`: names that sort by time, in UTC.
const NAME: &str = "uguisu-[year][month][day]T[hour][minute][second]Z.db";
/// Between attempts after one that failed, as on a full disk.
const BACKOFF: Backoff = Backoff::new(Duration::from_mins(5), Duration::from_hours(1));
/// After the start of the process, which has enough to do.
const SETTLE: Duration = Duration::from_mins(1);

/// Where copies go, and how many.
#[derive(Clone, Debug)]
pub struct Backups {
    /// The directory, created when missing. Files with other names in it are left alone.
    pub directory: PathBuf,
    /// Between two copies.
    pub every: Duration,
    /// How many of the newest are kept.
    pub keep: NonZeroU32,
}

/// Copies the database from time to time. There is one.
#[derive(Debug)]
pub struct BackupsTask {
    store: Store,
    backups: Backups,
}

impl BackupsTask {
    /// What will copy this database there.
    pub const fn new(store: Store, backups: Backups) -> Self {
        Self { store, backups }
    }

    /// Copies until the token is cancelled. A copy that fails is logged, and tried again within
    /// the hour.
    pub async fn run(self, token: CancellationToken) {
        // A copy that is interrupted leaves nothing but an unfinished file, which the next one
        // removes.
        token.run_until_cancelled(self.forever()).await;
    }

    async fn forever(&self) {
        let mut backoff = BACKOFF;
        let mut wait = SETTLE;
        loop {
            sleep(wait).await;
            wait = match self.turn(OffsetDateTime::now_utc()).await {
                Ok(wait) => {
                    backoff.reset();
                    wait
                }
                Err(error) => {
                    let wait = backoff.next(&mut rand::rng());
                    warn!(?wait, "No backup could be made: {error}");
                    wait
                }
            };
        }
    }

    /// Makes a copy if one is due. How long until the next is.
    pub(super) async fn turn(&self, now: OffsetDateTime) -> Result<Duration> {
        let Backups {
            directory,
            every,
            keep,
        } = &self.backups;
        fs::create_dir_all(directory)
            .await
            .map_err(StoreError::backup)?;
        let mut copies = copies(directory).await?;
        let newest = copies.last().map(|(time, _)| *time);
        if let Some(wait) = newest.and_then(|newest| left(newest, *every, now)) {
            return Ok(wait);
        }
        let path = directory.join(name_at(now)?);
        self.store.backup(&path).await?;
        info!("Settings are backed up to {}", path.display());
        copies.push((now, path));
        let keep = usize::try_from(keep.get()).unwrap_or(usize::MAX);
        for (_, old) in copies.iter().rev().skip(keep) {
            super::remove(old).await?;
        }
        Ok(*every)
    }
}

/// How long until the next copy is due; `None` when it is. A copy from the future (the clock was
/// set back) is no reason to wait.
fn left(newest: OffsetDateTime, every: Duration, now: OffsetDateTime) -> Option<Duration> {
    let age = Duration::try_from(now - newest).ok()?;
    every.checked_sub(age).filter(|left| !left.is_zero())
}

/// The copies in this directory and when they were made, oldest first.
async fn copies(directory: &Path) -> Result<Vec<(OffsetDateTime, PathBuf)>> {
    let mut copies = Vec::new();
    let mut entries = fs::read_dir(directory).await.map_err(StoreError::backup)?;
    while let Some(entry) = entries.next_entry().await.map_err(StoreError::backup)? {
        let name = entry.file_name();
        if let Some(time) = name.to_str().and_then(time_of) {
            copies.push((time, entry.path()));
        }
    }
    copies.sort();
    Ok(copies)
}

fn name_at(time: OffsetDateTime) -> Result<String> {
    let name = format_description::parse_borrowed::<2>(NAME).map_err(StoreError::backup)?;
    time.format(&name).map_err(StoreError::backup)
}

fn time_of(name: &str) -> Option<OffsetDateTime> {
    let format = format_description::parse_borrowed::<2>(NAME).ok()?;
    let time = PrimitiveDateTime::parse(name, &format).ok()?;
    Some(time.assume_utc())
}
