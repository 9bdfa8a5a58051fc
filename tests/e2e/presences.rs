//! Lanyard at its worst, and what is held afterwards, user by user, against the sandbox's own list.
//! The part of the bot that follows Lanyard runs in this process: what it holds can be read whole.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::ZlibEncoder};
use serde_json::{Value, json};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uguisu::{
    config::Address,
    lanyard::{Found, Freshness, Limits, Presences, Status, Subscription, Upstream},
    link::{self, LinkReporter, LinkStatus},
};

use crate::lab::{Lab, PATIENCE};

/// What follows Lanyard.
struct Follower {
    presences: Presences,
    status: LinkStatus,
    token: CancellationToken,
    tasks: JoinSet<()>,
}

impl Follower {
    fn start(lab: &Lab, subscription: Subscription) -> Self {
        let address = Address::web_socket(&lab.variable("LANYARD_SOCKET")).expect("an address");
        let (upstream, presences) = Upstream::new(address, subscription, Limits::default());
        let (reporter, status) = LinkReporter::new();
        let token = CancellationToken::new();
        let tasks = JoinSet::from_iter([link::run(upstream, reporter, token.clone())]);
        Self {
            presences,
            status,
            token,
            tasks,
        }
    }

    /// Waits until it is so. What is held has no events: it is looked at.
    async fn until(&self, what: &str, is_so: impl Fn(&Presences) -> bool) {
        let waiting = async {
            while !is_so(&self.presences) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = timeout(PATIENCE * 4, waiting).await;
        assert!(waited.is_ok(), "{what} never happened: {:?}", self.status);
    }

    async fn until_live(&self) {
        self.until("INIT_STATE", |presences| {
            presences.freshness() == Freshness::Live
        })
        .await;
    }

    async fn stop(mut self) {
        self.token.cancel();
        while self.tasks.join_next().await.is_some() {}
    }

    /// Everyone on the list is held as they are, and nobody else.
    fn check(&self, list: &Value) {
        let list = list.as_object().expect("users by id");
        for (id, expected) in list {
            let found = self.presences.find(id.parse().expect("an id"));
            let Found::Shown(held) = found else {
                panic!("{id} is {found:?}");
            };
            assert_eq!(held.username, expected["discord_user"]["username"], "{id}");
            let status = match expected["discord_status"].as_str() {
                Some("online") => Status::Online,
                Some("idle") => Status::Idle,
                Some("dnd") => Status::DoNotDisturb,
                _ => Status::Offline,
            };
            assert_eq!(held.status, status, "{id}");
            let song = held.spotify.as_ref().map(|spotify| spotify.song.as_str());
            assert_eq!(song, expected["spotify"]["song"].as_str(), "{id}");
            let others: Vec<&Value> = expected["activities"]
                .as_array()
                .expect("a list")
                .iter()
                .filter(|activity| activity["type"] != 4 && activity["id"] != "spotify:1")
                .map(|activity| &activity["name"])
                .collect();
            let names: Vec<&str> = held.activities.iter().map(|it| it.name.as_str()).collect();
            assert_eq!(names, others, "{id}");
        }
        assert_eq!(self.presences.len(), list.len());
    }
}

/// The sandbox's own list.
async fn list(lab: &Lab) -> Value {
    lab.get("/control/lanyard/users").await
}

/// One complete zlib stream.
fn deflate(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}

fn user(list: &Value, at: usize) -> String {
    let mut ids = list.as_object().expect("users by id").keys();
    ids.nth(at).expect("so many users").clone()
}

/// A connection that is lost, and made anew.
async fn reconnect(lab: &Lab, follower: &Follower) {
    lab.fault(json!({"target": "lanyard", "fault": "cut"}))
        .await;
    let stale = |presences: &Presences| presences.freshness() != Freshness::Live;
    follower.until("the loss", stale).await;
    follower.until_live().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_in_the_middle_of_everyone_costs_nobody() {
    let lab = Lab::with_users(6000).await;
    let slow = json!({"target": "lanyard", "fault": "throttle", "bytes_per_second": 200_000});
    let slow = lab.fault(slow).await;
    let follower = Follower::start(&lab, Subscription::Everyone);
    for _ in 0..2 {
        let some = |presences: &Presences| presences.len() > 1000;
        follower.until("the middle", some).await;
        assert_eq!(follower.presences.freshness(), Freshness::Empty);
        lab.fault(json!({"target": "lanyard", "fault": "cut"}))
            .await;
        let lost = |_: &Presences| !follower.status.state().name().contains("handshaking");
        follower.until("the loss", lost).await;
    }
    lab.lift(&slow).await;
    follower.until_live().await;
    follower.check(&list(&lab).await);

    // The second one is cut, too: what was held before still answers, and says that it is old.
    let slow = json!({"target": "lanyard", "fault": "throttle", "bytes_per_second": 50_000});
    let slow = lab.fault(slow).await;
    lab.fault(json!({"target": "lanyard", "fault": "cut"}))
        .await;
    let stale = |presences: &Presences| matches!(presences.freshness(), Freshness::Stale { .. });
    follower.until("the loss", stale).await;
    follower.check(&list(&lab).await);
    lab.lift(&slow).await;
    follower.until_live().await;
    follower.check(&list(&lab).await);
    follower.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_left_is_gone_after_the_next_list_and_a_burst_of_repeats_changes_nothing() {
    let lab = Lab::with_users(12_000).await;
    let follower = Follower::start(&lab, Subscription::Everyone);
    follower.until_live().await;
    let before = list(&lab).await;
    follower.check(&before);

    let leaving: Vec<&String> = before
        .as_object()
        .expect("users")
        .keys()
        .take(10_000)
        .collect();
    let left = lab
        .delete_with("/control/lanyard/users", json!(leaving))
        .await;
    assert_eq!(left["left"], 10_000);
    reconnect(&lab, &follower).await;
    let after = list(&lab).await;
    follower.check(&after);

    let memory = follower.presences.memory();
    let newcomer = "4242";
    for status in ["idle", "dnd", "online"] {
        lab.post("/control/lanyard/resend", Value::Null).await;
        // It comes behind all of them.
        let path = format!("/control/lanyard/users/{newcomer}");
        lab.post(&path, json!({"discord_status": status})).await;
        let here = |presences: &Presences| matches!(presences.find(4242), Found::Shown(it) if format!("{:?}", it.status).to_lowercase().starts_with(&status[..1]));
        follower.until("the newcomer", here).await;
    }
    follower.check(&list(&lab).await);
    assert!(follower.presences.memory() < memory + memory / 4);
    follower.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_frames_cost_themselves_or_the_connection_but_no_presence() {
    let lab = Lab::with_users(3000).await;
    let follower = Follower::start(&lab, Subscription::Everyone);
    follower.until_live().await;
    let everyone = list(&lab).await;

    // One message each, and the rest goes on.
    for frame in [
        json!({"op": 0, "t": "PRESENCE_UPDATE", "d": {"user_id": "ana", "discord_status": "dnd"}}),
        json!({"op": 0, "t": "PRESENCE_UPDATE", "d": {"discord_user": {"id": "-5"}}}),
        json!({"op": 0, "t": "INIT_STATE", "d": {"ana": {}, "bob": {}}}),
        json!({"op": 0, "t": "NEW", "d": {"1": {}}}),
        json!([[[]]]),
    ] {
        lab.post("/control/lanyard/frames", frame).await;
    }
    lab.post_bytes("/control/lanyard/frames", b"garbage, and no zlib")
        .await;
    let malformed = |_: &Presences| follower.status.malformed() == 5;
    follower.until("five refusals", malformed).await;
    assert!(follower.status.state().is_up());
    follower.check(&everyone);

    // One presence of 15 MB: as key-values it is left out, as anything else it is refused.
    let (large, other) = (user(&everyone, 7), user(&everyone, 8));
    let diary = "x".repeat(15_000_000);
    let change = json!({"discord_status": "dnd", "kv": {"diary": diary}});
    lab.post(&format!("/control/lanyard/users/{large}"), change)
        .await;
    let change = json!({"discord_status": "idle", "a_field_of_tomorrow": diary});
    lab.post(&format!("/control/lanyard/users/{other}"), change)
        .await;
    let refused = |_: &Presences| follower.status.malformed() == 6;
    follower.until("the refusal", refused).await;
    let mut expected = list(&lab).await;
    for _ in 0..2 {
        let known = expected.as_object_mut().expect("users");
        known.remove(&other);
        follower.check(&expected);
        // It is in INIT_STATE as well.
        reconnect(&lab, &follower).await;
    }

    // Compressed data that breaks off, or goes wrong, in the middle of everyone.
    let whole = deflate(&json!({"op": 0, "t": "INIT_STATE", "d": &expected}).to_string());
    let mut wrong = whole.clone();
    let middle = wrong.len() / 2;
    wrong[middle..middle + 32].fill(0xA5);
    for broken in [&whole[..middle], &wrong] {
        lab.post_bytes("/control/lanyard/frames", broken).await;
        let stale = |presences: &Presences| presences.freshness() != Freshness::Live;
        follower.until("the loss", stale).await;
        follower.until_live().await;
        follower.check(&expected);
    }
    follower.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_users_or_one_are_followed_alone_and_let_go_at_the_end() {
    let lab = Lab::with_users(20).await;
    let everyone = list(&lab).await;
    let ids: Vec<String> = (0..3).map(|at| user(&everyone, at)).collect();
    for (goodbyes, count) in [(1, 3), (2, 1)] {
        let users: Vec<u64> = ids[..count]
            .iter()
            .map(|id| id.parse().expect("an id"))
            .collect();
        let follower = Follower::start(&lab, Subscription::Users(users));
        follower.until_live().await;
        let mut expected = list(&lab).await;
        expected
            .as_object_mut()
            .expect("users")
            .retain(|id, _| ids[..count].contains(id));
        follower.check(&expected);
        let path = format!("/control/lanyard/users/{}", ids[0]);
        let status = if count == 1 { "idle" } else { "dnd" };
        let changed = lab.post(&path, json!({"discord_status": status})).await;
        expected[&ids[0]] = changed;
        let id = ids[0].parse().expect("an id");
        let arrived = |presences: &Presences| match presences.find(id) {
            Found::Shown(it) => {
                it.status
                    == if count == 1 {
                        Status::Idle
                    } else {
                        Status::DoNotDisturb
                    }
            }
            _ => false,
        };
        follower.until("the change", arrived).await;
        follower.check(&expected);
        follower.stop().await;
        let goodbye = async {
            while lab.get("/control/lanyard").await["unsubscribed"] != goodbyes {
                sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(timeout(PATIENCE, goodbye).await.is_ok(), "no goodbye");
    }
    lab.stop().await;
}
