//! A shard against a map.

use std::collections::{BTreeSet, HashMap};

use proptest::prelude::*;

use crate::lanyard::{
    keyed::Keyed,
    shard::Shard,
    slab::{Form, Head},
};

fn head(hash: u64) -> Head {
    let form = Form::Plain;
    Head { hash, form }
}

/// What is held of a user: the hash and the bytes.
fn held(shard: &Shard, user: u64) -> Option<(u64, Vec<u8>)> {
    let entry = shard.get(user)?;
    assert_eq!(entry.user, user);
    Some((entry.head.hash, entry.bytes.to_vec()))
}

#[test]
fn many_changes_leave_little_that_is_nobodys() {
    let mut shard = Shard::new(Keyed::new());
    let (users, size) = (1000_u64, 100);
    let mut hash = 0;
    for round in 0..50 {
        for user in 0..users {
            // Some never change, some now and then.
            if round == 0 || (user % 3 > 0 && (user + round) % 5 == 0) {
                hash += 1;
                let longer = usize::try_from(round % 7).unwrap();
                let bytes = vec![user.to_le_bytes()[0]; size + longer];
                shard.put(user, head(hash), &bytes).unwrap();
            }
        }
    }
    let live: usize = shard.iter().map(|entry| entry.bytes.len() + 20).sum();
    // Besides: the index, and the chunk that is being filled.
    let index = 2048 * 5;
    let most = live * 10 / 9 + index + 2 * 8192;
    assert!(shard.memory() < most, "{} for {live}", shard.memory());
    for user in 0..users {
        let (_, bytes) = held(&shard, user).unwrap();
        assert!(bytes.iter().all(|byte| *byte == user.to_le_bytes()[0]));
    }
    for user in 0..users {
        assert!(shard.remove(user) && !shard.remove(user));
    }
    assert_eq!((shard.len(), shard.memory()), (0, 0));
}

#[test]
fn one_chunk_is_kept_for_later_where_there_are_many() {
    let chunk = 8192;
    let mut shard = Shard::new(Keyed::new());
    // 64 to a chunk, each.
    let bytes = [7; 108];
    for user in 0..40 * 64 {
        shard.put(user, head(1), &bytes).unwrap();
    }
    let full = shard.memory();
    // Once there is as much litter as there may be.
    let mut memory = BTreeSet::new();
    for round in 2..5 {
        for user in 0..40 * 64 {
            shard.put(user, head(round), &bytes).unwrap();
            if round > 2 {
                memory.insert(shard.memory());
            }
        }
    }
    assert_eq!(memory.len(), 1, "a chunk went and another came");
    let most = memory.last().unwrap();
    assert!(*most <= full + 4 * chunk, "{most} of {full}");
    for user in 0..36 * 64 {
        assert!(shard.remove(user));
    }
    // What is left: 4 chunks, one more that is being filled, and the index.
    let index = 4096 * 5 + 1024;
    assert!(shard.memory() < 6 * chunk + index, "{}", shard.memory());
}

#[test]
fn a_few_users_take_little() {
    let mut shard = Shard::new(Keyed::new());
    shard.put(1, head(1), &[7; 100]);
    assert!(shard.memory() < 500, "{}", shard.memory());
    // What is larger than all else has its own room, and gives it back.
    shard.put(2, head(2), &vec![8; 100_000]);
    shard.put(1, head(3), &[9; 120]);
    assert!((100_000..110_000).contains(&shard.memory()));
    assert_eq!(held(&shard, 2), Some((2, vec![8; 100_000])));
    shard.put(2, head(4), &[]);
    assert!(shard.memory() < 10_000, "{}", shard.memory());
    assert_eq!(held(&shard, 2), Some((4, vec![])));
    assert_eq!(held(&shard, 1), Some((3, vec![9; 120])));
}

#[derive(Clone, Debug)]
enum Deed {
    Put(u64, usize),
    Touch(u64),
    Remove(u64),
    Unmark,
    Sweep,
}

fn deed() -> impl Strategy<Value = Deed> {
    let size = prop_oneof![20 => 0..1500_usize, 1 => 8000..30_000_usize];
    prop_oneof![
        20 => (0..100_u64, size).prop_map(|(user, size)| Deed::Put(user, size)),
        3 => (0..100_u64).prop_map(Deed::Touch),
        3 => (0..100_u64).prop_map(Deed::Remove),
        1 => Just(Deed::Unmark),
        1 => Just(Deed::Sweep),
    ]
}

proptest! {
    #[test]
    fn it_holds_what_a_map_holds(deeds in prop::collection::vec(deed(), 0..600)) {
        let mut shard = Shard::new(Keyed::new());
        let mut map: HashMap<u64, (u64, Vec<u8>, bool)> = HashMap::new();
        for (number, deed) in (0_u64..).zip(deeds) {
            match deed {
                Deed::Put(user, size) => {
                    let bytes = vec![number.to_le_bytes()[0]; size];
                    let new = map.insert(user, (number, bytes.clone(), true)).is_none();
                    prop_assert_eq!(shard.put(user, head(number), &bytes), Some(new));
                }
                Deed::Touch(user) => {
                    let known = map.get_mut(&user);
                    let hash = known.as_ref().map_or(0, |known| known.0);
                    prop_assert!(!shard.touch(user, u64::MAX));
                    prop_assert_eq!(shard.touch(user, hash), known.is_some());
                    if let Some(known) = known {
                        known.2 = true;
                    }
                }
                Deed::Remove(user) => {
                    prop_assert_eq!(shard.remove(user), map.remove(&user).is_some());
                }
                Deed::Unmark => {
                    shard.unmark();
                    for (.., seen) in map.values_mut() {
                        *seen = false;
                    }
                }
                Deed::Sweep => {
                    let before = map.len();
                    map.retain(|_, (.., seen)| *seen);
                    prop_assert_eq!(shard.sweep(), before - map.len());
                }
            }
            prop_assert_eq!(shard.len(), map.len());
        }
        prop_assert_eq!(shard.iter().count(), map.len());
        for user in 0..100 {
            let expected = map.get(&user).map(|(hash, bytes, _)| (*hash, bytes.clone()));
            prop_assert_eq!(held(&shard, user), expected);
        }
        let live: usize = map.values().map(|(_, bytes, _)| bytes.len() + 20).sum();
        // What is dead, ends of chunks that fitted nothing, the one that is being filled, the index.
        prop_assert!(shard.memory() < live * 3 / 2 + 3 * 8192 + 2000, "{} for {live}", shard.memory());
    }
}
