//! What is posted, and when: the sandbox's events, read as they come.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use futures_util::StreamExt as _;
use serde_json::Value;
use tokio::{sync::Notify, time::timeout};

/// The sandbox says something at least that often.
const PATIENCE: Duration = Duration::from_mins(2);

/// Somebody who watches.
#[derive(Default)]
pub(crate) struct Watcher {
    seen: Mutex<Seen>,
    begun: Notify,
}

#[derive(Default)]
struct Seen {
    /// The songs and when they began.
    songs: Vec<(u64, Instant)>,
    posts: Vec<Post>,
}

#[derive(Clone, Copy)]
struct Post {
    channel: u64,
    song: u64,
    at: Instant,
}

impl Watcher {
    /// Waits until nothing is missed any more.
    pub(crate) async fn until_watching(&self) {
        self.begun.notified().await;
    }

    /// Reads the events for as long as they come.
    pub(crate) async fn watch(&self, base: &str) -> anyhow::Result<()> {
        let answer = reqwest::get(format!("{base}/control/events")).await?;
        let mut pieces = answer.error_for_status()?.bytes_stream();
        let (mut text, mut kind) = (String::new(), String::new());
        while let Some(piece) = timeout(PATIENCE, pieces.next()).await.context("silence")? {
            self.begun.notify_one();
            let now = Instant::now();
            text.push_str(&String::from_utf8_lossy(&piece?));
            while let Some(end) = text.find('\n') {
                let line: String = text.drain(..=end).collect();
                if let Some(named) = line.strip_prefix("event:") {
                    named.trim().clone_into(&mut kind);
                } else if let Some(data) = line.strip_prefix("data:") {
                    self.see(&kind, data, now)?;
                }
            }
        }
        Ok(())
    }

    fn see(&self, kind: &str, data: &str, at: Instant) -> anyhow::Result<()> {
        match kind {
            "lagged" => bail!("the watcher is too slow"),
            "track" | "message_create" => {}
            _ => return Ok(()),
        }
        let data: Value = serde_json::from_str(data)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if kind == "track" {
            if data["station"] == "jpop" {
                let song = data["song"]["id"].as_u64().context("no song")?;
                seen.songs.push((song, at));
            }
        } else if data["interaction_metadata"].is_null()
            && let Some(song) = song_of(&data)
        {
            let channel = crate::bot::id(&data["channel_id"])?;
            seen.posts.push(Post { channel, song, at });
        }
        Ok(())
    }

    /// All that was seen of these channels, of songs that were on air for so long.
    pub(crate) fn posts(&self, channels: Vec<u64>, span: Duration) -> Posts {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Posts {
            songs: seen.songs.clone(),
            all: seen.posts.clone(),
            channels,
            span,
        }
    }
}

/// The song that a card links to.
fn song_of(message: &Value) -> Option<u64> {
    let text = message["embeds"].to_string();
    let (_, rest) = text.split_once("listen.moe/songs/")?;
    let mut digits = rest.split(|character: char| !character.is_ascii_digit());
    digits.next()?.parse().ok()
}

/// What was posted.
pub(crate) struct Posts {
    songs: Vec<(u64, Instant)>,
    all: Vec<Post>,
    channels: Vec<u64>,
    span: Duration,
}

impl Posts {
    fn of(&self, song: u64) -> impl Iterator<Item = &Post> {
        self.all.iter().filter(move |post| post.song == song)
    }

    /// From the change to the first post of each song, in milliseconds.
    pub(crate) fn firsts(&self) -> Vec<f64> {
        let first = |(song, began): &(u64, Instant)| {
            let first = self.of(*song).map(|post| post.at).min()?;
            Some((first - *began).as_secs_f64() * 1000.0)
        };
        self.songs.iter().filter_map(first).collect()
    }

    /// Posts a second while songs were on air.
    pub(crate) fn rate(&self) -> f64 {
        let span = self.span.as_secs_f64() * self.songs.len() as f64;
        self.all.len() as f64 / span
    }

    /// How many came more than once to their channel.
    pub(crate) fn twice(&self) -> usize {
        let mut counts: HashMap<(u64, u64), usize> = HashMap::new();
        for post in &self.all {
            *counts.entry((post.channel, post.song)).or_default() += 1;
        }
        counts.values().map(|count| count - 1).sum()
    }

    /// How many came after one of a newer song.
    pub(crate) fn stale(&self) -> usize {
        let pairs = self.songs.iter().zip(self.songs.iter().skip(1));
        pairs
            .map(|((old, _), (new, _))| {
                let first = self.of(*new).map(|post| post.at).min();
                first.map_or(0, |first| {
                    self.of(*old).filter(|post| post.at > first).count()
                })
            })
            .sum()
    }

    /// How long after its end a song was still posted, at worst, in seconds.
    pub(crate) fn latest(&self) -> f64 {
        let pairs = self.songs.iter().zip(self.songs.iter().skip(1));
        let late = pairs.filter_map(|((old, _), (_, ended))| {
            let last = self.of(*old).map(|post| post.at).max()?;
            Some(last.saturating_duration_since(*ended).as_secs_f64())
        });
        late.fold(0.0, f64::max)
    }

    /// How many songs the channels got: the fewest and the most.
    pub(crate) fn each(&self) -> [usize; 2] {
        let mut counts: BTreeMap<u64, usize> =
            self.channels.iter().map(|channel| (*channel, 0)).collect();
        for post in &self.all {
            *counts.entry(post.channel).or_default() += 1;
        }
        [
            counts.values().copied().min().unwrap_or(0),
            counts.values().copied().max().unwrap_or(0),
        ]
    }
}
