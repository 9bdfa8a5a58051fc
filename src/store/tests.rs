//! Each test has a file of its own, as the bot has.

use serenity::all::{MessageId, RoleId, WebhookId};

use super::*;
use crate::{
    listen_moe::{Occasion, PlayId},
    radio::Volume,
};

const GUILD: GuildId = GuildId::new(11);
const OTHER_GUILD: GuildId = GuildId::new(12);
const CHANNEL: ChannelId = ChannelId::new(21);
const OTHER_CHANNEL: ChannelId = ChannelId::new(22);

fn url(directory: &tempfile::TempDir) -> String {
    let path = directory.path().join("deep/er/settings.db");
    format!("sqlite://{}", path.display())
}

pub(crate) async fn store() -> (Store, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (Store::open(&url(&directory)).await.unwrap(), directory)
}

fn play(song: u64) -> Occasion {
    Occasion::Play(PlayId::new(Station::Jpop, song, None))
}

#[tokio::test]
async fn a_play_is_claimed_once_also_across_a_restart() {
    let (store, directory) = store().await;
    store
        .set_target(GUILD, CHANNEL, Station::Jpop, &Style::default())
        .await
        .unwrap();
    assert!(store.claim(CHANNEL, Station::Jpop, &play(1)).await.unwrap());
    assert!(!store.claim(CHANNEL, Station::Jpop, &play(1)).await.unwrap());
    store.close().await;

    let store = Store::open(&url(&directory)).await.unwrap();
    assert!(!store.claim(CHANNEL, Station::Jpop, &play(1)).await.unwrap());
    assert!(store.claim(CHANNEL, Station::Jpop, &play(2)).await.unwrap());
    let targets = store.targets(Station::Jpop).await.unwrap();
    assert_eq!(targets[0].last, Some(play(2)));
}

#[tokio::test]
async fn of_two_that_claim_at_once_one_wins() {
    let (store, _directory) = store().await;
    store
        .set_target(GUILD, CHANNEL, Station::Jpop, &Style::default())
        .await
        .unwrap();
    let play = play(1);
    let (one, other) = tokio::join!(
        store.claim(CHANNEL, Station::Jpop, &play),
        store.claim(CHANNEL, Station::Jpop, &play),
    );
    assert_ne!(one.unwrap(), other.unwrap());
}

#[tokio::test]
async fn a_removed_target_claims_nothing() {
    let (store, _directory) = store().await;
    assert!(!store.claim(CHANNEL, Station::Jpop, &play(1)).await.unwrap());
    assert!(!store.remove_target(GUILD, CHANNEL).await.unwrap());
}

#[tokio::test]
async fn a_channel_follows_both_stations_until_it_is_removed() {
    let (store, _directory) = store().await;
    for station in Station::ALL {
        store
            .set_target(GUILD, CHANNEL, station, &Style::default())
            .await
            .unwrap();
        assert_eq!(store.targets(station).await.unwrap().len(), 1);
    }
    store
        .set_target(GUILD, OTHER_CHANNEL, Station::Kpop, &Style::default())
        .await
        .unwrap();
    assert_eq!(store.targets_of(GUILD).await.unwrap().len(), 3);
    // A channel of this number in another server is another channel.
    assert!(!store.remove_target(OTHER_GUILD, CHANNEL).await.unwrap());
    assert!(store.remove_target(GUILD, CHANNEL).await.unwrap());
    let left = store.targets_of(GUILD).await.unwrap();
    assert_eq!((left.len(), left[0].channel), (1, OTHER_CHANNEL));
    assert_eq!(store.remove_targets_of(GUILD).await.unwrap(), 1);
}

#[tokio::test]
async fn some_of_the_channels_are_read_alone() {
    let (store, _directory) = store().await;
    let largest = ChannelId::new(u64::MAX - 1);
    for channel in [CHANNEL, OTHER_CHANNEL, largest] {
        store
            .set_target(GUILD, channel, Station::Jpop, &Style::default())
            .await
            .unwrap();
    }
    for (station, wanted, expected) in [
        (
            Station::Jpop,
            vec![largest, CHANNEL],
            vec![largest, CHANNEL],
        ),
        (Station::Jpop, vec![ChannelId::new(99)], vec![]),
        (Station::Jpop, vec![], vec![]),
        (Station::Kpop, vec![CHANNEL], vec![]),
    ] {
        let targets = store.targets_among(station, &wanted).await.unwrap();
        let channels: Vec<ChannelId> = targets.iter().map(|target| target.channel).collect();
        assert_eq!(channels, expected);
    }
}

#[tokio::test]
async fn setting_a_target_again_clears_its_trouble_and_keeps_its_last_play() {
    let (store, _directory) = store().await;
    store
        .set_target(GUILD, CHANNEL, Station::Jpop, &Style::default())
        .await
        .unwrap();
    store.claim(CHANNEL, Station::Jpop, &play(1)).await.unwrap();
    let trouble = Trouble {
        why: Reason::Permissions,
        refusals: 3,
        retry_at: time::OffsetDateTime::from_unix_timestamp(1_800_000_000).ok(),
    };
    store
        .set_trouble(CHANNEL, Station::Jpop, &trouble)
        .await
        .unwrap();
    let noted = || async { store.targets_of(GUILD).await.unwrap()[0].trouble.clone() };
    assert_eq!(noted().await, Some(trouble.clone()));
    // What may have changed says when to try again, not how patient to be then.
    store.retry_targets_of(GUILD).await.unwrap();
    let retry_at = None;
    assert_eq!(
        noted().await,
        Some(Trouble {
            retry_at,
            ..trouble
        })
    );

    let style = Style {
        mode: Mode::Edit,
        detail: Detail::Compact,
        role: Some(serenity::all::RoleId::new(5)),
        pause_minutes: 90,
        quiet: Quiet::read("23-6:30", "Asia/Tokyo".parse().unwrap()),
        webhook: Some(OTHER_CHANNEL),
        language: Some(crate::language::Language::German),
    };
    let before = store.set_target(GUILD, CHANNEL, Station::Jpop, &style);
    assert_eq!(before.await.unwrap(), Some(Style::default()));
    assert_eq!(noted().await, None);
    assert_eq!(store.targets_of(GUILD).await.unwrap()[0].style, style);
    assert!(!store.claim(CHANNEL, Station::Jpop, &play(1)).await.unwrap());
}

#[tokio::test]
async fn a_webhook_belongs_to_those_who_use_it_and_is_given_up_after_them() {
    let (store, _directory) = store().await;
    let style = Style {
        webhook: Some(CHANNEL),
        ..Style::default()
    };
    // A channel and a thread of it.
    for channel in [CHANNEL, OTHER_CHANNEL] {
        let set = store.set_target(GUILD, channel, Station::Jpop, &style);
        set.await.unwrap();
    }
    let webhook = Webhook {
        id: WebhookId::new(5),
        token: "secret".into(),
        channel: CHANNEL,
    };
    let set = store.set_webhook(GUILD, Station::Jpop, &webhook);
    set.await.unwrap();
    let message = MessageId::new(77);
    let noted = store.set_message(OTHER_CHANNEL, Station::Jpop, message, Some(webhook.id));
    noted.await.unwrap();
    let targets = store.targets(Station::Jpop).await.unwrap();
    assert!(
        targets
            .iter()
            .all(|it| it.webhook.as_ref() == Some(&webhook))
    );
    assert_eq!(targets[0].author, None);
    assert_eq!(targets[1].author.as_ref(), Some(&webhook));
    assert_eq!(webhook.thread(CHANNEL), None);
    assert_eq!(webhook.thread(OTHER_CHANNEL), Some(OTHER_CHANNEL));

    let unused = |guild| {
        let taken = store.take_unused_webhooks(guild);
        async move { taken.await.unwrap() }
    };
    let given_up = [(GUILD, Station::Jpop, webhook.clone())];
    store.remove_target(GUILD, CHANNEL).await.unwrap();
    assert_eq!(unused(Some(GUILD)).await, []);
    // The bot writes itself there, but has to delete the last message of the webhook.
    let replacing = Style {
        mode: Mode::Replace,
        ..Style::default()
    };
    let set = store.set_target(GUILD, OTHER_CHANNEL, Station::Jpop, &replacing);
    set.await.unwrap();
    assert_eq!(unused(None).await, []);
    let noted = store.set_message(OTHER_CHANNEL, Station::Jpop, message, None);
    noted.await.unwrap();
    assert_eq!(unused(Some(OTHER_GUILD)).await, []);
    assert_eq!(unused(Some(GUILD)).await, given_up);
    assert_eq!(unused(None).await, []);

    // A message that nobody touches any more keeps no webhook.
    let set = store.set_webhook(GUILD, Station::Jpop, &webhook);
    set.await.unwrap();
    let plain = Style::default();
    let set = store.set_target(GUILD, OTHER_CHANNEL, Station::Jpop, &plain);
    set.await.unwrap();
    let noted = store.set_message(OTHER_CHANNEL, Station::Jpop, message, Some(webhook.id));
    noted.await.unwrap();
    assert_eq!(unused(None).await, given_up);
}

#[tokio::test]
async fn a_deleted_webhook_takes_its_messages_along_until_another_is_asked_for() {
    let (store, _directory) = store().await;
    let style = Style {
        webhook: Some(CHANNEL),
        ..Style::default()
    };
    let set = || store.set_target(GUILD, CHANNEL, Station::Kpop, &style);
    set().await.unwrap();
    let webhook = Webhook {
        id: WebhookId::new(u64::MAX - 1),
        token: "secret".into(),
        channel: CHANNEL,
    };
    store
        .set_webhook(GUILD, Station::Kpop, &webhook)
        .await
        .unwrap();
    let noted = store.set_message(CHANNEL, Station::Kpop, MessageId::new(7), Some(webhook.id));
    noted.await.unwrap();
    store.webhook_deleted(webhook.id).await.unwrap();
    let target = || async { store.targets_of(GUILD).await.unwrap().remove(0) };
    let deleted = target().await;
    assert_eq!(
        (deleted.message, deleted.author, deleted.webhook),
        (None, None, None)
    );
    let no = deleted.no_webhook.unwrap();
    assert!(!no.may_be_tried(time::OffsetDateTime::now_utc()));
    set().await.unwrap();
    assert_eq!(target().await.no_webhook, None);
}

#[tokio::test]
async fn the_radio_of_a_server_is_in_one_channel() {
    let (store, directory) = store().await;
    store
        .set_radio(GUILD, CHANNEL, Station::Jpop)
        .await
        .unwrap();
    store
        .set_radio(GUILD, OTHER_CHANNEL, Station::Kpop)
        .await
        .unwrap();
    store
        .set_radio(OTHER_GUILD, CHANNEL, Station::Jpop)
        .await
        .unwrap();
    store.clear_radio(OTHER_GUILD).await.unwrap();
    store.close().await;

    let store = Store::open(&url(&directory)).await.unwrap();
    let radio = RadioSetting {
        guild: GUILD,
        channel: OTHER_CHANNEL,
        station: Station::Kpop,
    };
    assert_eq!(store.radios().await.unwrap(), [radio]);
}

#[tokio::test]
async fn how_a_server_wants_its_radio_outlives_the_call_and_the_process() {
    let (store, directory) = store().await;
    assert_eq!(
        store.radio_settings(GUILD).await.unwrap(),
        RadioSettings::default()
    );
    let wanted = RadioSettings {
        volume: Volume::nearest(45),
        stay: true,
        alone_minutes: 1440,
        dj_role: Some(RoleId::new(u64::MAX - 1)),
        voice_status: false,
        stage_topic: true,
        station: Station::Kpop,
    };
    store
        .change_radio_settings(GUILD, |settings| {
            *settings = RadioSettings {
                station: Station::Jpop,
                ..wanted
            };
        })
        .await
        .unwrap();
    // What plays is what played last, also once it does not play any more.
    store
        .set_radio(GUILD, CHANNEL, Station::Kpop)
        .await
        .unwrap();
    assert_eq!(
        store.radio(GUILD).await.unwrap().unwrap().station,
        Station::Kpop
    );
    store.clear_radio(GUILD).await.unwrap();
    assert_eq!(store.radio(GUILD).await.unwrap(), None);
    store.close().await;

    let store = Store::open(&url(&directory)).await.unwrap();
    assert_eq!(store.radio_settings(GUILD).await.unwrap(), wanted);
    assert_eq!(
        store.radio_settings(OTHER_GUILD).await.unwrap(),
        RadioSettings::default()
    );
    store.forget_guild(GUILD).await.unwrap();
    assert_eq!(
        store.radio_settings(GUILD).await.unwrap(),
        RadioSettings::default()
    );
}

#[tokio::test]
async fn of_two_changes_at_once_none_is_lost() {
    let (store, _directory) = store().await;
    let (one, other) = tokio::join!(
        store.change_radio_settings(GUILD, |settings| settings.volume = Volume::MIN),
        store.change_radio_settings(GUILD, |settings| settings.stay = true),
    );
    one.unwrap();
    other.unwrap();
    let settings = store.radio_settings(GUILD).await.unwrap();
    assert_eq!((settings.volume, settings.stay), (Volume::MIN, true));
}

#[tokio::test]
async fn what_is_out_of_range_is_not_stored() {
    let (store, _directory) = store().await;
    for minutes in [0, 1441] {
        let changed = store
            .change_radio_settings(GUILD, |settings| settings.alone_minutes = minutes)
            .await;
        assert!(changed.is_err(), "{minutes}");
    }
    let settings = store.radio_settings(GUILD).await.unwrap();
    assert_eq!(settings, RadioSettings::default());
}

#[tokio::test]
async fn a_panel_gives_way_to_the_next_one_only() {
    let (store, _directory) = store().await;
    let panel = |message| Panel {
        channel: CHANNEL,
        message: MessageId::new(message),
    };
    store.set_panel(GUILD, panel(1)).await.unwrap();
    store.set_panel(GUILD, panel(2)).await.unwrap();
    store.clear_panel(GUILD, panel(1)).await.unwrap();
    assert_eq!(store.panel(GUILD).await.unwrap(), Some(panel(2)));
    assert_eq!(store.panel_guilds().await.unwrap(), [GUILD]);
    store.clear_panel(GUILD, panel(2)).await.unwrap();
    assert_eq!(store.panel(GUILD).await.unwrap(), None);
}

#[tokio::test]
async fn forgetting_a_server_leaves_the_others() {
    let (store, _directory) = store().await;
    for (guild, channel) in [(GUILD, CHANNEL), (OTHER_GUILD, OTHER_CHANNEL)] {
        store
            .set_target(guild, channel, Station::Jpop, &Style::default())
            .await
            .unwrap();
        store
            .set_radio(guild, channel, Station::Jpop)
            .await
            .unwrap();
    }
    store.forget_guild(GUILD).await.unwrap();
    assert!(store.targets_of(GUILD).await.unwrap().is_empty());
    assert_eq!(store.targets_of(OTHER_GUILD).await.unwrap().len(), 1);
    assert_eq!(store.radios().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_largest_ids_survive() {
    let (store, _directory) = store().await;
    let (guild, channel) = (GuildId::new(u64::MAX - 1), ChannelId::new(u64::MAX - 2));
    store
        .set_target(guild, channel, Station::Jpop, &Style::default())
        .await
        .unwrap();
    let targets = store.targets_of(guild).await.unwrap();
    assert_eq!((targets[0].guild, targets[0].channel), (guild, channel));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_called_damaged_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("settings.db");
    let garbage = b"this is not a database, however long it may be ".repeat(40);
    std::fs::write(&path, &garbage).unwrap();
    let error = Store::open(&format!("sqlite://{}", path.display()))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
    assert_eq!(std::fs::read(&path).unwrap(), garbage);
}

/// Reading the settings would never meet it: the damage is in a page that only an index has.
#[tokio::test]
async fn damage_in_the_middle_is_found_at_the_start() {
    let (store, directory) = store().await;
    store
        .set_target(GUILD, CHANNEL, Station::Jpop, &Style::default())
        .await
        .unwrap();
    let root: i64 = sqlx::query_scalar(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'announce_target_by_guild'",
    )
    .fetch_one(&store.pool)
    .await
    .unwrap();
    store.close().await;

    let path = directory.path().join("deep/er/settings.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let page = 4096;
    let start = (usize::try_from(root).unwrap() - 1) * page;
    bytes[start + 8..start + page].fill(0xA5);
    std::fs::write(&path, bytes).unwrap();
    let error = Store::open(&url(&directory)).await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error:?}");
}

#[tokio::test]
async fn a_directory_is_no_database_file() {
    let directory = tempfile::tempdir().unwrap();
    let error = Store::open(&format!("sqlite://{}", directory.path().display()))
        .await
        .unwrap_err();
    assert!(error.is_configuration(), "{error:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let (store, directory) = store().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, x'00', 0)",
    )
    .execute(&store.pool)
    .await
    .unwrap();
    store.close().await;
    let error = Store::open(&url(&directory)).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer(9999)), "{error:?}");
}
