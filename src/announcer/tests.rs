//! Against a Discord of a few routes, over real sockets.

mod webhooks;
mod world;

use std::{collections::HashSet, sync::atomic::Ordering};

use axum::http::{Method, StatusCode};
use serde_json::json;
use serenity::all::{ChannelId, MessageId, RoleId};
use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::time::timeout;

use super::*;
use crate::{
    discord::NEWEST,
    listen_moe::Event,
    station::Station,
    store::{Mode, Reason, Style},
};
pub(crate) use world::on_air;
use world::*;

#[tokio::test]
async fn each_play_is_posted_once_to_each_channel_also_across_a_restart() {
    let mut world = World::new(11..=13, |_, _| posted()).await;
    world.play(1);
    assert_eq!(world.channels(3, 1).await, [11, 12, 13]);
    assert_eq!(world.counted(3).await["posted"], 3);

    // The same play again, with another number of listeners; and the bot restarts.
    let again = OnAir {
        listeners: Some(99),
        ..on_air(1)
    };
    world.broadcast(again);
    world.play(2);
    assert_eq!(world.channels(3, 2).await, [11, 12, 13]);
    assert_eq!(world.counted(6).await["posted"], 6);
    world.stop().await;
    world.start();
    world.play(3);
    assert_eq!(world.channels(3, 3).await, [11, 12, 13]);
}

#[tokio::test]
async fn a_message_mentions_nobody_and_can_be_retried() {
    let mut world = World::new(11..=11, |_, before| match before {
        0 => (StatusCode::BAD_GATEWAY, json!("<html>")),
        _ => posted(),
    })
    .await;
    world.play(1);
    let (_, first) = world.post().await;
    let (_, second) = world.post().await;
    assert_eq!(first, second);
    assert_eq!(first["allowed_mentions"]["parse"], json!([]));
    assert_eq!(first["enforce_nonce"], true);
    assert!((1..=25).contains(&first["nonce"].as_str().unwrap().len()));
    assert_eq!(world.counted(1).await["posted"], 1);
}

#[tokio::test]
async fn a_newer_song_takes_the_place_of_the_old_one_and_nobody_waits_for_others() {
    // Discord holds the channels up to 30 back for ten minutes.
    let mut world = World::new(11..=60, |channel, _| {
        if channel <= 30 {
            let answer = json!({"retry_after": 600.0, "global": false});
            (StatusCode::TOO_MANY_REQUESTS, answer)
        } else {
            posted()
        }
    })
    .await;
    world.play(1);
    let all: Vec<u64> = (11..=60).collect();
    assert_eq!(world.channels(50, 1).await, all);
    assert_eq!(world.counted(30).await["posted"], 30);
    // What is held back is dropped, and is not tried again with the next song either.
    world.play(2);
    assert_eq!(world.channels(30, 2).await, all[20..]);
    world.play(3);
    assert_eq!(world.channels(30, 3).await, all[20..]);
    let counts = world.counted(130).await;
    assert_eq!((counts["posted"], counts["skipped"]), (90, 40));
}

#[tokio::test]
async fn what_is_wrong_with_a_channel_is_noted_and_a_deleted_one_forgotten() {
    let mut world = World::new(11..=13, |channel, before| match (channel, before) {
        (11, _) => (
            StatusCode::NOT_FOUND,
            json!({"code": 10003, "message": "Unknown Channel"}),
        ),
        (12, 0) => (
            StatusCode::FORBIDDEN,
            json!({"code": 50013, "message": "Missing Permissions"}),
        ),
        _ => posted(),
    })
    .await;
    world.play(1);
    assert_eq!(world.channels(3, 1).await, [11, 12, 13]);
    let counts = world.counted(3).await;
    assert_eq!((counts["posted"], counts["failed"]), (1, 2));
    assert_eq!(world.target(11).await, None);
    let trouble = world.target(12).await.unwrap().trouble.unwrap();
    assert_eq!(trouble.why, Reason::Permissions);
    assert_eq!(trouble.refusals, 1);

    // It is left alone until something has changed.
    world.play(9);
    assert_eq!(world.channels(1, 9).await, [13]);
    assert_eq!(world.counted(4).await["posted"], 2);
    world.store.retry_targets_of(GUILD).await.unwrap();
    world.play(2);
    assert_eq!(world.channels(2, 2).await, [12, 13]);
    assert_eq!(world.counted(6).await["posted"], 4);
    assert_eq!(world.target(12).await.unwrap().trouble, None);
}

#[tokio::test]
async fn a_song_that_is_over_is_not_posted() {
    let mut world = World::new(11..=11, |_, _| posted()).await;
    let mut old = on_air(1);
    old.timing.end = Some(OffsetDateTime::now_utc() - time::Duration::minutes(5));
    world.broadcast(old);
    world.play(2);
    assert_eq!(world.channels(1, 2).await, [11]);
}

#[tokio::test]
async fn songs_in_quick_succession_are_each_posted_in_their_order() {
    let mut world = World::new(11..=40, |_, _| posted()).await;
    for song in 1..=3 {
        world.play(song);
    }
    let all: Vec<u64> = (11..=40).collect();
    for song in 1..=3 {
        assert_eq!(world.channels(30, song).await, all);
    }
    assert_eq!(world.counted(90).await["posted"], 90);
}

#[tokio::test]
async fn the_newest_song_is_posted_also_when_there_was_no_room_for_it() {
    let mut world = World::new(11..=13, |_, _| posted()).await;
    world.play(1);
    world.pass_over(2);
    for song in 1..=2 {
        assert_eq!(world.channels(3, song).await, [11, 12, 13]);
    }
    world.play(3);
    assert_eq!(world.channels(3, 3).await, [11, 12, 13]);
    assert_eq!(world.counted(9).await["posted"], 9);
}

impl World {
    /// Nothing can be written to the store until this is closed.
    async fn hold_up_the_disk(&self) -> SqliteConnection {
        let file = self.directory.path().join("t.db");
        let options = SqliteConnectOptions::new().filename(file);
        let mut disk = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::raw_sql("BEGIN IMMEDIATE")
            .execute(&mut disk)
            .await
            .unwrap();
        disk
    }

    /// Waits until so many requests have their turn and no answer.
    async fn has_turns(&self, count: usize) {
        timeout(PATIENCE, async {
            while self.announcer.rest.under_way(Lane::Bot) != count {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
    }
}

/// Each message is recorded first, on a disk that takes its time.
#[tokio::test]
async fn what_is_held_up_keeps_its_turn_until_it_is_posted() {
    let mut world = World::new(11..=40, |_, _| posted()).await;
    let disk = world.hold_up_the_disk().await;
    world.play(1);
    world.has_turns(ready::AT_ONCE).await;
    assert!(world.requests.is_empty());
    disk.close().await.unwrap();
    assert_eq!(world.channels(30, 1).await, (11..=40).collect::<Vec<_>>());
    assert_eq!(world.counted(30).await["posted"], 30);
    world.has_turns(0).await;
}

#[tokio::test]
async fn one_message_is_kept_current_while_it_can_be_seen() {
    let mut world = World::with_style(style(Mode::Edit), 11..=11, numbered).await;
    world.play(1);
    assert_eq!(world.methods(1).await, [(Method::POST, None)]);
    world.play(2);
    let (look, edit) = (world.request().await, world.request().await);
    assert_eq!((look.method, look.message), (Method::GET, Some(100)));
    assert_eq!((edit.method, edit.message), (Method::PATCH, Some(100)));
    assert_eq!(title(&edit.body), "Song 2");

    // Pushed up, it is replaced by a new one, which is the one that is kept current then.
    world.after.store(NEWEST, Ordering::Relaxed);
    world.play(3);
    let expected = [
        (Method::GET, Some(100)),
        (Method::POST, None),
        (Method::DELETE, Some(100)),
    ];
    assert_eq!(world.methods(3).await, expected);
    world.after.store(0, Ordering::Relaxed);
    world.play(4);
    let expected = [(Method::GET, Some(101)), (Method::PATCH, Some(101))];
    assert_eq!(world.methods(2).await, expected);
    assert_eq!(world.counted(4).await["posted"], 4);
}

#[tokio::test]
async fn a_message_that_somebody_deleted_is_posted_anew() {
    let mut world = World::with_style(style(Mode::Edit), 11..=11, numbered).await;
    let (channel, deleted) = (ChannelId::new(11), MessageId::new(DELETED));
    let noted = world
        .store
        .set_message(channel, Station::Jpop, deleted, None);
    noted.await.unwrap();
    world.play(1);
    let expected = [
        (Method::GET, Some(DELETED)),
        (Method::PATCH, Some(DELETED)),
        (Method::POST, None),
    ];
    assert_eq!(world.methods(3).await, expected);
    assert_eq!(world.counted(1).await["posted"], 1);
}

#[tokio::test]
async fn a_message_takes_the_place_of_the_one_before_also_across_a_restart() {
    let mut world = World::with_style(style(Mode::Replace), 11..=11, numbered).await;
    world.play(1);
    assert_eq!(world.methods(1).await, [(Method::POST, None)]);
    assert_eq!(world.counted(1).await["posted"], 1);
    world.stop().await;
    world.start();
    world.play(2);
    let expected = [(Method::POST, None), (Method::DELETE, Some(100))];
    assert_eq!(world.methods(2).await, expected);
}

#[tokio::test]
async fn an_event_is_announced_to_those_who_want_to_be_told() {
    let style = Style {
        role: Some(RoleId::new(77)),
        ..style(Mode::Events)
    };
    let mut world = World::with_style(style, 11..=11, |_, _| posted()).await;
    world.play(1);
    let live = |song| OnAir {
        event: Some(Event {
            id: Some(5),
            name: "Night of Idols".into(),
            image: None,
        }),
        ..on_air(song)
    };
    world.broadcast(live(2));
    world.broadcast(live(3));
    world.play(4);
    let (_, body) = world.post().await;
    assert!(title(&body).contains("Night of Idols"));
    assert_eq!(body["content"], "<@&77>");
    assert_eq!(body["allowed_mentions"]["roles"], json!(["77"]));
    assert_eq!(body["allowed_mentions"]["parse"], json!([]));
    world.broadcast(OnAir {
        event: Some(Event {
            id: Some(6),
            name: "Another".into(),
            image: None,
        }),
        ..on_air(5)
    });
    assert!(title(&world.post().await.1).contains("Another"));
}

#[tokio::test]
async fn with_many_channels_a_new_song_does_not_wait_for_the_one_before() {
    let mut world = World::new(11..=200, |_, _| posted()).await;
    world.play(1);
    let first = world.post().await;
    assert_eq!(title(&first.1), "Song 1");
    world.play(2);
    // All get the new one, and those first that had to do without the other.
    let (mut old, mut new) = (HashSet::from([first.0]), Vec::new());
    while new.len() < 190 {
        let (channel, body) = world.post().await;
        match title(&body).as_str() {
            "Song 1" => assert!(new.is_empty() && old.insert(channel)),
            _ => new.push(channel),
        }
    }
    assert!(old.len() < 50, "{}", old.len());
    let all: HashSet<u64> = new.iter().copied().collect();
    assert_eq!(all.len(), 190);
    // Those that have both come last.
    assert!(new[..100].iter().all(|channel| !old.contains(channel)));
    let counts = world.counted(380).await;
    assert_eq!(counts["posted"], 190 + old.len() as u64);
}
