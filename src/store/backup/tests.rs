use std::{num::NonZeroU32, time::Duration};

use serenity::all::{ChannelId, GuildId};
use time::OffsetDateTime;

use super::*;
use crate::station::Station;

const GUILD: GuildId = GuildId::new(11);
const HOUR: Duration = Duration::from_hours(1);
/// 2026-11-21 23:45:00 UTC.
const NOW: i64 = 1_795_304_700;

async fn store(directory: &tempfile::TempDir) -> Store {
    let path = directory.path().join("settings.db");
    let store = Store::open(&url(&path)).await.unwrap();
    store
        .set_radio(GUILD, ChannelId::new(21), Station::Kpop)
        .await
        .unwrap();
    store
}

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

fn url(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

fn task(store: &Store, directory: &Path) -> BackupsTask {
    let backups = Backups {
        directory: directory.join("backups"),
        every: HOUR,
        keep: NonZeroU32::new(2).unwrap(),
    };
    BackupsTask::new(store.clone(), backups)
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_is_a_database_that_opens() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory).await;
    let copy = directory.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    store.clear_radio(GUILD).await.unwrap();

    let copy = Store::open(&url(&copy)).await.unwrap();
    assert_eq!(copy.radios().await.unwrap().len(), 1);
    assert!(store.radios().await.unwrap().is_empty());
}

#[tokio::test]
async fn another_process_can_copy_what_a_bot_has_open() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory).await;
    let original = url(&directory.path().join("settings.db"));
    let copy = directory.path().join("copy.db");
    let other = Store::open_to_copy(&original).await.unwrap();
    other.backup(&copy).await.unwrap();
    other.close().await;
    store.clear_radio(GUILD).await.unwrap();
    let copy = Store::open(&url(&copy)).await.unwrap();
    assert_eq!(copy.radios().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made_in_order_to_be_copied() {
    let directory = tempfile::tempdir().unwrap();
    let missing = directory.path().join("missing.db");
    assert!(Store::open_to_copy(&url(&missing)).await.is_err());
    assert!(!missing.exists());
}

#[tokio::test]
async fn a_backup_overwrites_nothing_and_leaves_nothing_behind_when_it_fails() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory).await;
    let precious = directory.path().join("precious");
    std::fs::write(&precious, "letters").unwrap();
    for path in [precious.clone(), directory.path().join("no/such/place.db")] {
        let error = store.backup(&path).await.unwrap_err();
        assert!(matches!(error, StoreError::Backup(_)), "{error}");
    }
    assert_eq!(std::fs::read(&precious).unwrap(), b"letters");
    let left = names(directory.path());
    assert!(
        !left.iter().any(|name| name.contains("unfinished")),
        "{left:?}"
    );
}

#[tokio::test]
async fn an_unfinished_copy_of_a_crash_is_no_obstacle() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory).await;
    let copy = directory.path().join("copy.db");
    std::fs::write(directory.path().join("copy.db.unfinished"), "half").unwrap();
    store.backup(&copy).await.unwrap();
    assert!(Store::open(&url(&copy)).await.is_ok());
}

#[tokio::test]
async fn the_newest_copies_are_kept_and_other_files_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory).await;
    let task = task(&store, directory.path());
    let backups = directory.path().join("backups");
    std::fs::create_dir(&backups).unwrap();
    std::fs::write(backups.join("notes.txt"), "mine").unwrap();

    for hour in 0..3 {
        assert_eq!(task.turn(now() + HOUR * hour).await.unwrap(), HOUR);
    }
    assert_eq!(
        names(&backups),
        [
            "notes.txt",
            "uguisu-20261122T004500Z.db",
            "uguisu-20261122T014500Z.db"
        ]
    );
}

#[tokio::test]
async fn a_restart_makes_no_copy_before_its_time() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory).await;
    task(&store, directory.path()).turn(now()).await.unwrap();
    let later = now() + HOUR / 4;
    let wait = task(&store, directory.path()).turn(later).await.unwrap();
    assert_eq!(wait, HOUR * 3 / 4);
    assert_eq!(names(&directory.path().join("backups")).len(), 1);
}

#[tokio::test]
async fn a_clock_that_was_set_back_holds_up_no_copy() {
    let directory = tempfile::tempdir().unwrap();
    let store = store(&directory).await;
    let task = task(&store, directory.path());
    task.turn(now()).await.unwrap();
    assert_eq!(task.turn(now() - HOUR * 24).await.unwrap(), HOUR);
    assert_eq!(names(&directory.path().join("backups")).len(), 2);
}
