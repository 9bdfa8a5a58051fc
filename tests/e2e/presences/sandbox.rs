//! What is held is what the sandbox's own list says, whatever happens on the way.

use serde_json::{Value, json};
use tokio::time::{Duration, sleep, timeout};
use uguisu::lanyard::{Freshness, Limits, Presences, Status, Subscription};

use super::{Follower, deflate};
use crate::lab::{Lab, PATIENCE};

fn socket(lab: &Lab) -> String {
    lab.variable("LANYARD_SOCKET")
}

/// The sandbox's own list.
async fn list(lab: &Lab) -> Value {
    lab.get("/control/lanyard/users").await
}

fn users(list: &Value) -> Vec<&String> {
    list.as_object().expect("users by id").keys().collect()
}

async fn cut(lab: &Lab) {
    lab.fault(json!({"target": "lanyard", "fault": "cut"}))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_in_the_middle_of_everyone_costs_nobody() {
    let lab = Lab::with_users(6000).await;
    let slow = json!({"target": "lanyard", "fault": "throttle", "bytes_per_second": 100_000});
    let slow = lab.fault(slow).await;
    let follower = Follower::of_everyone(&socket(&lab));
    for _ in 0..2 {
        let some = |presences: &Presences| presences.len() > 1000;
        follower.until("the middle", some).await;
        assert_eq!(follower.presences.freshness(), Freshness::Empty);
        cut(&lab).await;
        let lost = |_: &Presences| !follower.status.state().name().contains("handshaking");
        follower.until("the loss", lost).await;
    }
    lab.lift(&slow).await;
    follower.until_live().await;
    follower.check(&list(&lab).await);

    // The second one is cut, too: what was held before still answers, and says that it is old.
    let slow = json!({"target": "lanyard", "fault": "throttle", "bytes_per_second": 50_000});
    let slow = lab.fault(slow).await;
    cut(&lab).await;
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
async fn ten_thousand_who_leave_at_once_are_gone_with_the_next_list_on_the_same_connection() {
    let lab = Lab::with_users(12_000).await;
    let follower = Follower::of_everyone(&socket(&lab));
    follower.until_live().await;
    let before = list(&lab).await;
    assert_eq!(follower.presences.len(), users(&before).len());
    let (connection, memory) = (follower.status.state(), follower.presences.memory());

    let leaving = json!(users(&before)[..10_000]);
    let left = lab.delete_with("/control/lanyard/users", leaving).await;
    assert_eq!(left["left"], 10_000);
    // Nobody was told: a change of somebody else comes after it, and everyone is still here.
    let newcomer = "/control/lanyard/users/4242";
    lab.post(newcomer, json!({"discord_status": "dnd"})).await;
    follower.until_seen(4242, Status::DoNotDisturb).await;
    assert_eq!(follower.presences.len(), users(&before).len() + 1);

    // Whoever is greeted asks for the list, as the bot does by itself every few hours.
    let hello = json!({"op": 1, "d": {"heartbeat_interval": 30_000}});
    lab.post("/control/lanyard/frames", hello).await;
    let after = list(&lab).await;
    let fewer = |presences: &Presences| presences.len() == users(&after).len();
    follower.until("the next list", fewer).await;
    follower.check(&after);
    assert_eq!(follower.status.state(), connection, "another connection");
    assert!(follower.presences.memory() < memory / 2);

    // Everyone once more, and then a change that comes behind all of them.
    lab.post("/control/lanyard/resend", Value::Null).await;
    lab.post(newcomer, json!({"discord_status": "idle"})).await;
    follower.until_seen(4242, Status::Idle).await;
    follower.check(&list(&lab).await);
    assert_eq!(follower.status.malformed(), 0);
    follower.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_frames_cost_themselves_or_the_connection_but_no_presence() {
    let lab = Lab::with_users(1000).await;
    let follower = Follower::of_everyone(&socket(&lab));
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

    // Compressed data that breaks off, or goes wrong, in the middle of everyone.
    let mut extended = everyone.clone();
    extended["ana"] = everyone[users(&everyone)[0]].clone();
    let init_state = json!({"op": 0, "t": "INIT_STATE", "d": extended});
    let whole = deflate(&init_state.to_string());
    let mut wrong = whole.clone();
    let middle = wrong.len() / 2;
    wrong[middle..middle + 32].fill(0xA5);
    for broken in [&whole[..middle], &wrong] {
        lab.post_bytes("/control/lanyard/frames", broken).await;
        follower.until_lost().await;
        follower.until_live().await;
        follower.check(&everyone);
    }
    // Whole, with a user among them whose id is no number.
    let leaving = json!([users(&everyone)[1]]);
    lab.delete_with("/control/lanyard/users", leaving).await;
    let mut after = list(&lab).await;
    after["ana"] = everyone[users(&everyone)[0]].clone();
    let init_state = json!({"op": 0, "t": "INIT_STATE", "d": after});
    let whole = deflate(&init_state.to_string());
    lab.post_bytes("/control/lanyard/frames", &whole).await;
    let fewer = |presences: &Presences| presences.len() + 1 == users(&everyone).len();
    follower.until("the list", fewer).await;
    follower.check(&list(&lab).await);
    follower.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_presence_of_fifteen_megabytes_is_held_without_its_key_values_or_not_at_all() {
    let lab = Lab::with_users(40).await;
    let follower = Follower::of_everyone(&socket(&lab));
    follower.until_live().await;
    let everyone = list(&lab).await;
    let (large, other) = (users(&everyone)[7], users(&everyone)[8]);
    // As large as Lanyard's rules allow: 512 keys of 30,000 characters.
    let diary: serde_json::Map<String, Value> = (0..512)
        .map(|page| (format!("page{page}"), json!("x".repeat(30_000))))
        .collect();
    let change = json!({"discord_status": "dnd", "kv": diary});
    lab.post(&format!("/control/lanyard/users/{large}"), change)
        .await;
    let id = large.parse().expect("an id");
    follower.until_seen(id, Status::DoNotDisturb).await;
    // A field that is not known may be anything, and is held with the rest: but not 15 MB of it.
    let change = json!({"discord_status": "idle", "tomorrow": "x".repeat(15_000_000)});
    lab.post(&format!("/control/lanyard/users/{other}"), change)
        .await;
    let refused = |_: &Presences| follower.status.malformed() == 1;
    follower.until("the refusal", refused).await;
    let mut expected = list(&lab).await;
    expected.as_object_mut().expect("users").remove(other);
    follower.check(&expected);
    // Both are in INIT_STATE as well.
    cut(&lab).await;
    follower.until_lost().await;
    follower.until_live().await;
    follower.check(&expected);
    follower.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_hides_is_hidden_everywhere_at_once_and_shown_again() {
    let lab = Lab::with_users(20).await;
    let follower = Follower::of_everyone(&socket(&lab));
    follower.until_live().await;
    let everyone = list(&lab).await;
    let user = users(&everyone)[3];
    let (id, path) = (
        user.parse().expect("an id"),
        format!("/control/lanyard/users/{user}"),
    );
    lab.post(&path, json!({"kv": {"uguisu": "off"}})).await;
    let hidden = |presences: &Presences| presences.find(id) == uguisu::lanyard::Found::Hidden;
    follower.until("the wish", hidden).await;
    // It holds through everyone's list, and whatever they do.
    cut(&lab).await;
    follower.until_lost().await;
    follower.until_live().await;
    assert!(hidden(&follower.presences));
    lab.post(&path, json!({"discord_status": "dnd"})).await;
    let other = "/control/lanyard/users/4242";
    lab.post(other, json!({"discord_status": "dnd"})).await;
    follower.until_seen(4242, Status::DoNotDisturb).await;
    assert!(hidden(&follower.presences));
    lab.post(&path, json!({"kv": {"uguisu": "on"}})).await;
    follower.until_seen(id, Status::DoNotDisturb).await;
    follower.check(&list(&lab).await);
    follower.stop().await;
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn some_users_or_one_are_followed_alone_and_let_go_at_the_end() {
    let lab = Lab::with_users(20).await;
    let everyone = list(&lab).await;
    let ids: Vec<&String> = users(&everyone)[..3].to_vec();
    for (goodbyes, count, word, changed) in [
        (1, 3, "dnd", Status::DoNotDisturb),
        (2, 1, "idle", Status::Idle),
    ] {
        let some = ids[..count].iter().map(|id| id.parse().expect("an id"));
        let some: Vec<u64> = some.collect();
        let (first, subscription) = (some[0], Subscription::Users(some));
        let follower = Follower::start(&socket(&lab), subscription, Limits::default());
        follower.until_live().await;
        let mut expected = list(&lab).await;
        expected
            .as_object_mut()
            .expect("users")
            .retain(|id, _| ids[..count].contains(&id));
        follower.check(&expected);
        let path = format!("/control/lanyard/users/{}", ids[0]);
        expected[ids[0]] = lab.post(&path, json!({"discord_status": word})).await;
        follower.until_seen(first, changed).await;
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
