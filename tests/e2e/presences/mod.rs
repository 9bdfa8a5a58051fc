//! Lanyard at its worst, and what is held afterwards, user by user. The part of the bot that
//! follows Lanyard runs in this process: what it holds can be read whole.
//!
//! - `sandbox`: against the sandbox's own list of its users.
//! - `frames`: against a server that sends what no sandbox does, frame by frame.

mod frames;
mod sandbox;

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::ZlibEncoder};
use serde_json::Value;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uguisu::{
    config::Address,
    lanyard::{Found, Freshness, Limits, Presences, Status, Subscription, Upstream},
    link::{self, LinkReporter, LinkState, LinkStatus},
};

use crate::lab::PATIENCE;

/// What follows Lanyard.
struct Follower {
    presences: Presences,
    status: LinkStatus,
    token: CancellationToken,
    tasks: JoinSet<()>,
}

impl Follower {
    fn start(address: &str, subscription: Subscription, limits: Limits) -> Self {
        let address = Address::web_socket(address).expect("an address");
        let (upstream, presences) = Upstream::new(address, subscription, limits);
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

    /// Follows everyone.
    fn of_everyone(address: &str) -> Self {
        Self::start(address, Subscription::Everyone, Limits::default())
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

    /// Waits until there is no connection, and says why.
    async fn until_waiting(&self) -> String {
        let mut states = self.status.watch();
        let waiting = states.wait_for(|state| matches!(state, LinkState::Waiting { .. }));
        match &*timeout(PATIENCE, waiting).await.unwrap().unwrap() {
            LinkState::Waiting { why, .. } => why.to_string(),
            other => panic!("{other:?}"),
        }
    }

    async fn until_lost(&self) {
        self.until("the loss", |presences| {
            presences.freshness() != Freshness::Live
        })
        .await;
    }

    /// Waits until this user is seen with this status.
    async fn until_seen(&self, user: u64, status: Status) {
        self.until("the change", |presences| match presences.find(user) {
            Found::Shown(presence) => presence.status == status,
            _ => false,
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
            assert_eq!(held.status, status(expected), "{id}");
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

fn status(presence: &Value) -> Status {
    match presence["discord_status"].as_str() {
        Some("online") => Status::Online,
        Some("idle") => Status::Idle,
        Some("dnd") => Status::DoNotDisturb,
        _ => Status::Offline,
    }
}

/// One complete zlib stream.
fn deflate(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory");
    encoder.finish().expect("memory")
}
