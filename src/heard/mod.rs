//! What is heard: the songs of a station, in time with its sound.
//!
//! The gateway tells of a song up to 40 s before or after its sound. While the station's stream is
//! read in this process, a song is on air once listeners hear the beginning that the stream itself
//! names; without a stream, or where its names fit nothing, it is on air when the gateway says so.
//! Everything that shows a song follows the one `watch` of this module.
//!
//! - `follow`: when a song is on air. Pure.
//! - `title`: whether a stream's tags name a song. Pure.
//! - `record`: writes down what was heard.

mod follow;
mod record;
mod title;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use self::follow::{Change, Follow};
pub use self::record::record;
use crate::{
    link::Moment,
    listen_moe::{OnAir, OnAirRx, Plays},
    radio::{Radio, StreamTags},
    station::Station,
};

/// Songs that wait for whoever follows each of them. More are dropped: they would be late by
/// minutes.
const BACKLOG: usize = 8;
/// Names of the stream that are not heard yet. The cushion holds seconds.
const COMING: usize = 8;
/// What the stream says so soon after it was connected may be about a song that began before.
const SETTLED: Duration = Duration::from_secs(2);
/// How often it is looked whether a name is heard, at most.
const LOOK: Duration = Duration::from_millis(20);

/// Follows one station.
#[derive(Debug)]
pub struct Listening {
    station: Station,
    gateway: OnAirRx,
    songs: Plays,
    heard: watch::Sender<Option<Arc<OnAir>>>,
    followers: Vec<mpsc::Sender<Arc<OnAir>>>,
}

/// A name that the stream has given, and that listeners have yet to hear.
#[derive(Debug)]
struct Coming {
    named: StreamTags,
    /// It is the beginning of the song.
    begins: bool,
}

impl Listening {
    /// What the station's gateway tells becomes what is heard, which the receiver shows.
    pub fn new(station: Station, gateway: OnAirRx, songs: Plays) -> (Self, OnAirRx) {
        let (heard, receiver) = watch::channel(None);
        let listening = Self {
            station,
            gateway,
            songs,
            heard,
            followers: Vec::new(),
        };
        (listening, receiver)
    }

    /// Each song once, when it is heard, in order; at most [`BACKLOG`] of them wait.
    pub fn plays(&mut self) -> Plays {
        let (sender, plays) = mpsc::channel(BACKLOG);
        self.followers.push(sender);
        plays
    }

    /// Follows the station until the token is cancelled.
    pub async fn run(mut self, radio: Radio, token: CancellationToken) {
        token.run_until_cancelled(self.follow(&radio)).await;
    }

    async fn follow(&mut self, radio: &Radio) {
        let mut tags = radio.tags(self.station);
        let mut coming: VecDeque<Coming> = VecDeque::new();
        let mut follow = Follow::default();
        loop {
            let wait = coming
                .front()
                .map(|next| radio.until_heard(self.station, next.named.position));
            let deadline = follow.deadline();
            let changes = tokio::select! {
                Some(song) = self.songs.recv() => follow.song(song, Moment::now()),
                Ok(()) = self.gateway.changed() => {
                    let newest = self.gateway.borrow_and_update().clone();
                    newest.map(|song| follow.more(song)).unwrap_or_default()
                }
                Ok(()) = tags.changed() => {
                    let named = tags.borrow_and_update().clone();
                    if let Some(named) = named {
                        let begins = self.is_settled(radio);
                        if coming.len() == COMING {
                            coming.pop_front();
                        }
                        coming.push_back(Coming { named, begins });
                        Vec::new()
                    } else {
                        coming.clear();
                        follow.silence()
                    }
                }
                () = after(wait) => match coming.front() {
                    Some(next) if radio.until_heard(self.station, next.named.position).is_zero() => {
                        let name = next.named.tags.clone();
                        let begins = next.begins;
                        coming.pop_front();
                        follow.named(name, begins, Moment::now())
                    }
                    _ => Vec::new(),
                },
                () = at(deadline) => follow.overdue(Instant::now()),
            };
            for change in changes {
                self.tell(change);
            }
        }
    }

    /// Whether the stream has been playing for a while: what it names then begins.
    fn is_settled(&self, radio: &Radio) -> bool {
        let since = radio.stream_report(self.station).since;
        since.is_some_and(|since| since.elapsed() > SETTLED)
    }

    fn tell(&self, change: Change) {
        let song = match change {
            Change::More(song) => {
                self.heard.send_replace(Some(song));
                return;
            }
            Change::Began(song) => song,
        };
        let title = song.song.title.as_deref();
        self.heard.send_replace(Some(Arc::clone(&song)));
        // Who reads this may rely on it.
        info!(station = %self.station, song = song.song.id, title, "Heard");
        for follower in &self.followers {
            if follower.try_send(Arc::clone(&song)).is_err() {
                warn!(station = %self.station, "too many songs at once: one is passed over");
            }
        }
    }
}

async fn after(wait: Option<Duration>) {
    match wait {
        Some(wait) if wait.is_zero() => {}
        Some(wait) => sleep(wait.max(LOOK)).await,
        None => std::future::pending().await,
    }
}

async fn at(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
