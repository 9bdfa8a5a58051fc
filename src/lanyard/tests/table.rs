//! The table against a map.

use std::{collections::HashMap, sync::Arc};

use proptest::prelude::*;
use serde_json::json;

use crate::lanyard::{
    keeper::Keeper,
    split::{Offer, Sink},
    table::{Held, Table},
};

fn presence(user: u64, says: &str) -> Vec<u8> {
    json!({"discord_user": {"id": user.to_string(), "username": format!("user{user}")}, "discord_status": says, "activities": []})
        .to_string()
        .into_bytes()
}

fn held(table: &Table, user: u64) -> Option<Vec<u8>> {
    match table.get(user)? {
        Held::Presence(presence) => Some(presence),
        Held::Hidden => Some(b"hidden".to_vec()),
    }
}

#[test]
fn thousands_are_packed_and_read_as_they_came() {
    let table = Arc::new(Table::default());
    let mut keeper = Keeper::new(Arc::clone(&table), usize::MAX);
    for user in 0..5000 {
        assert!(keeper.offer(user, Offer::Presence(&presence(user, "online"))));
    }
    assert_eq!(table.len(), 5000);
    for user in 0..5000 {
        assert_eq!(held(&table, user), Some(presence(user, "online")));
    }
    let average = table.memory() / table.len();
    assert!(
        average < presence(5000, "online").len(),
        "{average} bytes a user"
    );
    assert_eq!(held(&table, 5000), None);
}

#[test]
fn users_who_are_all_alike_are_packed_too() {
    let table = Arc::new(Table::default());
    let mut keeper = Keeper::new(Arc::clone(&table), usize::MAX);
    for user in 0..20_000 {
        assert!(keeper.offer(user, Offer::Presence(&presence(7, "online"))));
    }
    assert!(
        table.memory() / table.len() < 60,
        "{}",
        table.memory() / table.len()
    );
    assert_eq!(held(&table, 19_999), Some(presence(7, "online")));
}

#[test]
fn identical_repeats_change_nothing() {
    let table = Arc::new(Table::default());
    let mut keeper = Keeper::new(Arc::clone(&table), usize::MAX);
    for user in 0..3000 {
        keeper.offer(user, Offer::Presence(&presence(user, "online")));
    }
    let (before, version) = (table.memory(), table.version(7));
    for _ in 0..200_000 {
        keeper.offer(7, Offer::Presence(&presence(7, "online")));
    }
    assert_eq!((table.memory(), table.version(7)), (before, version));
    keeper.offer(7, Offer::Presence(&presence(7, "idle")));
    assert_ne!(table.version(7), version);
}

#[test]
fn who_is_not_in_a_new_snapshot_is_gone() {
    let table = Arc::new(Table::default());
    let mut keeper = Keeper::new(Arc::clone(&table), usize::MAX);
    for user in 0..30_000 {
        keeper.offer(user, Offer::Presence(&presence(user, "online")));
    }
    let full = table.memory();
    keeper.begin();
    // One cut short takes nobody.
    keeper.offer(1, Offer::Presence(&presence(1, "idle")));
    assert_eq!(table.len(), 30_000);
    keeper.begin();
    for user in (0..30_000).filter(|user| user % 3 == 0) {
        keeper.offer(user, Offer::Presence(&presence(user, "online")));
    }
    // An update in its middle counts.
    keeper.offer(50_000, Offer::Presence(&presence(50_000, "online")));
    assert_eq!(keeper.end(), 20_000);
    assert_eq!(table.len(), 10_001);
    assert_eq!(held(&table, 1), None);
    assert_eq!(held(&table, 3), Some(presence(3, "online")));
    assert!(table.memory() < full / 2, "{} of {full}", table.memory());
}

#[test]
fn what_cannot_be_held_is_no_longer_answered_with_what_was() {
    let table = Arc::new(Table::default());
    let mut keeper = Keeper::new(Arc::clone(&table), usize::MAX);
    keeper.offer(1, Offer::Presence(&presence(1, "online")));
    keeper.offer(2, Offer::Presence(&presence(2, "online")));
    assert!(!keeper.offer(1, Offer::TooLarge));
    assert!(!keeper.offer(2, Offer::Presence(b"{\"a\":\"\xff\"}")));
    assert_eq!(
        (held(&table, 1), held(&table, 2), table.len()),
        (None, None, 0)
    );
    keeper.offer(1, Offer::Hidden);
    assert_eq!((table.get(1), table.len()), (Some(Held::Hidden), 1));
    keeper.offer(1, Offer::Presence(&presence(1, "online")));
    assert_eq!(held(&table, 1), Some(presence(1, "online")));
}

#[test]
fn when_there_is_no_room_the_rest_is_turned_away_until_there_is() {
    let table = Arc::new(Table::default());
    let mut keeper = Keeper::new(Arc::clone(&table), 100_000);
    keeper.begin();
    for user in 0..5000 {
        let noise = format!("{:?}", [user * 7919, user * 104_729, user * 1_299_709]).repeat(3);
        assert!(keeper.offer(user, Offer::Presence(&presence(user, &noise))));
    }
    assert!(
        (90_000..110_000).contains(&table.memory()),
        "{}",
        table.memory()
    );
    assert!((100..1000).contains(&table.len()), "{}", table.len());
    keeper.end();
    // They leave: there is room again.
    keeper.begin();
    assert!(keeper.end() > 0);
    assert_eq!((table.len(), table.memory()), (0, 0));
    keeper.offer(1, Offer::Presence(&presence(1, "online")));
    assert_eq!(held(&table, 1), Some(presence(1, "online")));
}

#[derive(Clone, Debug)]
enum Deed {
    Put(u64, usize),
    Hide(u64),
    Remove(u64),
    Begin,
    End,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => (0..60_u64, 0..3000_usize).prop_map(|(user, size)| Deed::Put(user, size)),
        1 => (0..60_u64).prop_map(Deed::Hide),
        1 => (0..60_u64).prop_map(Deed::Remove),
        1 => Just(Deed::Begin),
        1 => Just(Deed::End),
    ]
}

proptest! {
    #[test]
    fn it_holds_what_a_map_holds(deeds in prop::collection::vec(deed(), 0..200)) {
        let table = Arc::new(Table::default());
        let mut keeper = Keeper::new(Arc::clone(&table), usize::MAX);
        let mut map: HashMap<u64, (Vec<u8>, bool)> = HashMap::new();
        for deed in deeds {
            match deed {
                Deed::Put(user, size) => {
                    let presence = presence(user, &"x".repeat(size));
                    keeper.offer(user, Offer::Presence(&presence));
                    map.insert(user, (presence, true));
                }
                Deed::Hide(user) => {
                    keeper.offer(user, Offer::Hidden);
                    map.insert(user, (b"hidden".to_vec(), true));
                }
                Deed::Remove(user) => {
                    keeper.offer(user, Offer::TooLarge);
                    map.remove(&user);
                }
                Deed::Begin => {
                    keeper.begin();
                    for (_, seen) in map.values_mut() {
                        *seen = false;
                    }
                }
                Deed::End => {
                    let before = map.len();
                    map.retain(|_, (_, seen)| *seen);
                    prop_assert_eq!(keeper.end(), before - map.len());
                }
            }
        }
        prop_assert_eq!(table.len(), map.len());
        for user in 0..60 {
            prop_assert_eq!(held(&table, user), map.get(&user).map(|(presence, _)| presence.clone()));
        }
    }
}
