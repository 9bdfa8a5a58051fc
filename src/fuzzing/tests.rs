use std::{fs, path::PathBuf};

use proptest::prelude::*;

use super::*;

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 8] = [
    ("ogg", ogg),
    ("mp3", mp3),
    ("icy", icy),
    ("packet", packet),
    ("transcode", transcode),
    ("listen_moe", listen_moe),
    ("lanyard", lanyard),
    ("web_socket", web_socket),
];

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "fuzz", "seeds", name]
        .iter()
        .collect();
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{}", folder.display());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

#[test]
fn every_target_is_fuzzed_and_bears_its_seeds() {
    for (name, target) in TARGETS {
        let main = fs::read_to_string(format!(
            "{}/fuzz/fuzz_targets/{name}.rs",
            env!("CARGO_MANIFEST_DIR")
        ));
        assert!(main.unwrap().contains(&format!("fuzzing::{name}(data)")));
        for seed in seeds(name) {
            target(&seed);
            for end in (0..seed.len()).step_by(1 + seed.len() / 40) {
                target(&seed[..end]);
            }
        }
    }
}

/// What chance does to a seed.
#[derive(Clone, Debug)]
enum Mutation {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Repeat(prop::sample::Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(at, value)| Mutation::Set(at, value)),
        1 => (at(), 1_usize..200).prop_map(|(at, count)| Mutation::Remove(at, count)),
        1 => (at(), proptest::collection::vec(any::<u8>(), 1..60))
            .prop_map(|(at, bytes)| Mutation::Insert(at, bytes)),
        1 => (at(), 1_usize..600).prop_map(|(at, count)| Mutation::Repeat(at, count)),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutation: Mutation) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match mutation {
        Mutation::Set(at, value) => bytes[at.index(length)] = value,
        Mutation::Remove(at, count) => {
            let at = at.index(length);
            bytes.drain(at..(at + count).min(length));
        }
        Mutation::Insert(at, insert) => {
            let at = at.index(length);
            bytes.splice(at..at, insert);
        }
        Mutation::Repeat(at, count) => {
            let at = at.index(length);
            bytes.extend_from_within(at..(at + count).min(length));
        }
    }
}

proptest! {
    #[test]
    fn mutated_seeds_do_no_harm(
        target in 0..TARGETS.len(),
        seed in any::<prop::sample::Index>(),
        mutations in proptest::collection::vec(mutation(), 1..12),
    ) {
        let (name, target) = TARGETS[target];
        let seeds = seeds(name);
        let mut bytes = seeds[seed.index(seeds.len())].clone();
        for mutation in mutations {
            mutate(&mut bytes, mutation);
        }
        target(&bytes);
    }
}
