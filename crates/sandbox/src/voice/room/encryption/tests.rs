//! The delivery service with real MLS clients on both sides: `davey` as the bot, as the listeners.

use super::*;
use crate::voice::dave::{ear::Heard, group::Message};

const CHANNEL: u64 = 11;
const BOT: u64 = 12;
const OTHER_BOT: u64 = 13;
const LISTENER: u64 = 77;
const SECOND: u64 = 78;

/// A channel with real clients, which are members like the simulated ones, only that their
/// messages travel.
struct Scene {
    encryption: Encryption,
    ear: Arc<Ear>,
    clients: BTreeMap<u64, Member>,
    now: Instant,
    /// What was sent to clients, by kind.
    log: Vec<(u64, &'static str)>,
}

impl Scene {
    fn new() -> Self {
        let ear = Arc::<Ear>::default();
        let authority = Arc::new(Authority::new().unwrap());
        Self {
            encryption: Encryption::new(authority, CHANNEL, Arc::clone(&ear)),
            ear,
            clients: BTreeMap::new(),
            now: Instant::now(),
            log: Vec::new(),
        }
    }

    fn enter(&mut self, user: u64) {
        self.clients
            .insert(user, Member::new(user, CHANNEL).unwrap());
        let outgoing = self.encryption.enter(user, 1, self.now);
        self.deliver(outgoing);
    }

    fn leave(&mut self, user: u64) {
        self.clients.remove(&user);
        let outgoing = self.encryption.leave(user, self.now);
        self.deliver(outgoing);
    }

    fn roster(&mut self, users: &[u64], old: &[u64]) {
        let old = old.iter().copied().collect();
        let outgoing = self.encryption.set_roster(users, &old, self.now);
        self.deliver(outgoing);
    }

    fn deliver(&mut self, outgoing: Outgoing) {
        let mut queue = VecDeque::from(outgoing);
        while let Some((user, message)) = queue.pop_front() {
            self.log.push((user, kind(&message)));
            let replies = match self.clients.get_mut(&user) {
                Some(client) => client.receive(&message),
                None => Vec::new(),
            };
            for reply in replies {
                let now = self.now;
                queue.extend(match reply {
                    Reply::KeyPackage(bytes) => self.encryption.key_package(user, &bytes, now),
                    Reply::Commit(bytes) => self.encryption.commit(user, &bytes, now),
                    Reply::Ready(id) => self.encryption.ready(user, id, now),
                    Reply::Invalid(_) => self.encryption.invalid(user, now),
                });
            }
        }
        assert_eq!(self.encryption.complaints(), []);
    }

    /// What a listener makes of a frame that the user encrypts as its group has it.
    fn say(&self, user: u64) -> Heard {
        let frame = [0xFC; 100];
        let session = self.clients[&user].ear();
        let encrypted = match &session {
            Some(session) => session
                .lock()
                .unwrap()
                .encrypt_opus(&frame)
                .unwrap()
                .into_owned(),
            None => frame.to_vec(),
        };
        assert_eq!(Ear::is_encrypted(&encrypted), session.is_some());
        let heard = self.ear.hear(user, &encrypted);
        if let Heard::Decrypted(plain) = &heard {
            assert_eq!(plain, &frame);
        }
        heard
    }

    fn assert_heard(&self, user: u64) {
        assert!(
            matches!(self.say(user), Heard::Decrypted(_)),
            "{user} at {}",
            self.encryption.group.epoch()
        );
    }
}

fn kind(message: &Message) -> &'static str {
    match message {
        Message::PrepareTransition { .. } => "prepare transition",
        Message::ExecuteTransition { .. } => "execute",
        Message::PrepareEpoch { .. } => "prepare epoch",
        Message::ExternalSender(_) => "sender",
        Message::Proposals(_) => "proposals",
        Message::AnnounceCommit { .. } => "commit",
        Message::Welcome { .. } => "welcome",
    }
}

#[test]
fn a_bot_that_joins_a_listener_is_welcomed() {
    let mut scene = Scene::new();
    scene.roster(&[LISTENER], &[]);
    scene.enter(BOT);
    let kinds: Vec<&str> = scene.log.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds, ["sender", "proposals", "welcome", "execute"]);
    scene.assert_heard(BOT);
}

#[test]
fn a_bot_that_is_joined_commits() {
    let mut scene = Scene::new();
    scene.enter(BOT);
    assert_eq!(
        scene.say(BOT),
        Heard::Plain,
        "alone, there is nobody to encrypt for"
    );
    scene.roster(&[LISTENER], &[]);
    let kinds: Vec<&str> = scene.log.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds, ["sender", "proposals", "commit", "execute"]);
    scene.assert_heard(BOT);
}

#[test]
fn listeners_come_and_go_and_the_last_one_leaves() {
    let mut scene = Scene::new();
    scene.roster(&[LISTENER], &[]);
    scene.enter(BOT);
    for (roster, epoch) in [
        (&[LISTENER, SECOND][..], 2),
        (&[SECOND], 3),
        (&[LISTENER, SECOND], 4),
        (&[LISTENER], 5),
    ] {
        scene.roster(roster, &[]);
        assert_eq!(scene.encryption.group.epoch(), epoch, "{roster:?}");
        scene.assert_heard(BOT);
    }
    scene.log.clear();
    scene.roster(&[], &[]);
    let kinds: Vec<&str> = scene.log.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(
        kinds,
        ["prepare epoch", "prepare transition"],
        "a sole member starts anew"
    );
    assert_eq!(scene.say(BOT), Heard::Plain);
    scene.roster(&[SECOND], &[]);
    scene.assert_heard(BOT);
}

#[test]
fn several_bots_share_a_channel() {
    let mut scene = Scene::new();
    scene.enter(BOT);
    scene.enter(OTHER_BOT);
    assert_eq!(scene.encryption.group.epoch(), 1);
    assert_eq!(
        scene.say(BOT),
        Heard::Nobody,
        "encrypted for the other bot alone"
    );
    scene.roster(&[LISTENER, SECOND], &[]);
    scene.assert_heard(BOT);
    scene.assert_heard(OTHER_BOT);
    scene.leave(BOT);
    scene.assert_heard(OTHER_BOT);
    scene.enter(BOT);
    scene.assert_heard(BOT);
}

#[test]
fn an_old_client_ends_encryption_until_it_leaves() {
    let mut scene = Scene::new();
    scene.roster(&[LISTENER], &[]);
    scene.enter(BOT);
    scene.log.clear();
    scene.roster(&[LISTENER, SECOND], &[SECOND]);
    assert_eq!(scene.encryption.version(), 0);
    assert_eq!(scene.log, [(BOT, "prepare transition"), (BOT, "execute")]);
    assert_eq!(scene.ear.hear(BOT, &[0xFC; 100]), Heard::Plain);
    // Who comes now is not encrypted either.
    scene.enter(OTHER_BOT);
    assert_eq!(scene.encryption.version_with(1), 0);

    scene.roster(&[LISTENER], &[SECOND]);
    assert_eq!(scene.encryption.version(), 1);
    scene.assert_heard(BOT);
    scene.assert_heard(OTHER_BOT);
}

#[test]
fn who_cannot_follow_is_removed_and_added_again() {
    for others in [&[LISTENER][..], &[LISTENER, SECOND]] {
        let mut scene = Scene::new();
        scene.roster(others, &[]);
        scene.enter(BOT);
        let garbage = Message::Welcome {
            transition_id: 9,
            welcome: vec![1, 2, 3],
        };
        scene.deliver(vec![(BOT, garbage)]);
        scene.assert_heard(BOT);
    }
}

#[test]
fn a_client_that_does_not_commit_loses_its_turn() {
    let mut scene = Scene::new();
    scene.enter(BOT);
    // Its client is stuck: it receives nothing any more.
    scene.clients.remove(&BOT);
    scene.roster(&[LISTENER], &[]);
    assert_eq!(scene.encryption.group.epoch(), 0);
    scene.now = scene.encryption.deadline().unwrap();
    let outgoing = scene.encryption.tick(scene.now);
    assert!(
        outgoing
            .iter()
            .any(|(user, message)| *user == BOT && kind(message) == "welcome")
    );
    assert_eq!(scene.encryption.group.epoch(), 1);
    // It does not get ready either, and the others go on without it.
    scene.now = scene.encryption.deadline().unwrap();
    let outgoing = scene.encryption.tick(scene.now);
    assert!(
        outgoing
            .iter()
            .all(|(_, message)| kind(message) == "execute")
            && !outgoing.is_empty()
    );
    assert_eq!(scene.encryption.deadline(), None);
}

#[test]
fn what_nobody_asked_for_is_refused() {
    let mut scene = Scene::new();
    scene.roster(&[LISTENER], &[]);
    scene.enter(BOT);
    let now = scene.now;
    let mut stranger = Member::new(99, CHANNEL).unwrap();
    let sender = Message::ExternalSender(scene.encryption.group_sender());
    let Some(Reply::KeyPackage(foreign)) = stranger.receive(&sender).pop() else {
        panic!("no key package");
    };
    assert_eq!(scene.encryption.key_package(99, &foreign, now), []);
    assert_eq!(scene.encryption.key_package(BOT, &foreign, now), []);
    assert_eq!(scene.encryption.key_package(BOT, &[1, 2, 3], now), []);
    assert_eq!(scene.encryption.commit(BOT, &[1, 2, 3], now), []);
    let complaints: Vec<&str> = scene
        .encryption
        .complaints()
        .iter()
        .map(|(_, why)| why.0)
        .collect();
    assert_eq!(
        complaints,
        [
            "a key package from outside the call",
            "the key package of somebody else",
            "not a key package",
            "a commit that is no MLS message",
        ]
    );
    scene.assert_heard(BOT);
}
