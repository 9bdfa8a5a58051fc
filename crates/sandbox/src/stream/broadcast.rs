//! A station's endless stream: songs as chained logical streams, in real time, with the last
//! 64 kB kept for those who come.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{broadcast, watch},
    time::{Instant, sleep_until},
};

use super::{Library, library::Audio, ogg::Muxer};
use crate::{
    context::Context,
    playlist::{OnAir, Play},
};

/// Icecast's `burst-size`, in bytes.
const BURST: usize = 64 * 1024;
/// How many pages a listener may be behind before Icecast would drop it: 512 kB of the smallest.
const BEHIND: usize = 1600;
/// The duration of a packet.
const TICK: Duration = Duration::from_millis(20);

/// How the stream is made, within what real Icecast sources do. A change shows from the next song
/// on.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Habits {
    /// Length of a page in milliseconds, 20 to 2000: Liquidsoap sends small ones, ffmpeg 1000.
    pub page_ms: u32,
    /// All songs have the same serial number, as ezstream sends them.
    pub reuse_serial: bool,
    /// An empty packet ends each song, as in Liquidsoap's streams.
    pub zero_length_end: bool,
    /// By how many milliseconds the sound of a song change comes after its metadata, at most
    /// 60,000.
    pub delay_ms: u32,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            page_ms: 100,
            reuse_serial: false,
            zero_length_end: false,
            delay_ms: 0,
        }
    }
}

impl Habits {
    /// Says, for a person, what is out of range, if something is.
    pub fn check(&self) -> Result<(), &'static str> {
        if !(20..=2000).contains(&self.page_ms) {
            return Err("`page_ms` is from 20 to 2000");
        }
        if self.delay_ms > 60_000 {
            return Err("`delay_ms` is from 0 to 60000");
        }
        Ok(())
    }

    fn packets_per_page(self) -> usize {
        (self.page_ms / 20) as usize
    }
}

/// A page, with the header pages of the logical stream it belongs to.
#[derive(Clone, Debug)]
struct Page {
    bytes: Bytes,
    headers: Arc<[Bytes; 2]>,
    /// Which header page it is, if it is one: 0 or 1.
    header: Option<usize>,
}

/// What those who come need.
#[derive(Debug, Default)]
struct Recent {
    pages: VecDeque<Page>,
    bytes: usize,
}

/// The handle of a station's stream. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Broadcast {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    recent: Mutex<Recent>,
    pages: broadcast::Sender<Bytes>,
    listeners: AtomicUsize,
    habits: Mutex<Habits>,
}

/// A listener's place in the stream. Dropping it is leaving.
#[derive(Debug)]
pub struct Listener {
    inner: Arc<Inner>,
    burst: VecDeque<Bytes>,
    pages: broadcast::Receiver<Bytes>,
}

impl Broadcast {
    /// Starts the stream of a station, as a task of `context.tasks`.
    pub fn start(context: &Context, on_air: OnAir, library: Library) -> Self {
        let broadcast = Self {
            inner: Arc::new(Inner {
                recent: Mutex::default(),
                pages: broadcast::Sender::new(BEHIND),
                listeners: AtomicUsize::new(0),
                habits: Mutex::new(context.options.stream),
            }),
        };
        let (source, token) = (broadcast.clone(), context.token.clone());
        context.tasks.spawn(async move {
            tokio::select! {
                () = source.run(on_air, library) => {}
                () = token.cancelled() => {}
            }
        });
        broadcast
    }

    /// A new listener: the headers of the current song, the burst, then what comes.
    pub fn listen(&self) -> Listener {
        let recent = self.recent();
        // Subscribed under the lock: no page is missed and none comes twice.
        let coming = self.inner.pages.subscribe();
        let mut burst = VecDeque::with_capacity(recent.pages.len() + 2);
        let mut pages = recent.pages.iter().peekable();
        if let Some(first) = pages.next_if(|page| page.header != Some(0)) {
            // The burst begins in the middle of a song, whose headers come first.
            burst.extend(first.headers.iter().cloned());
            if first.header.is_none() {
                burst.push_back(first.bytes.clone());
            }
        }
        burst.extend(pages.map(|page| page.bytes.clone()));
        self.inner.listeners.fetch_add(1, Ordering::Relaxed);
        Listener {
            inner: Arc::clone(&self.inner),
            burst,
            pages: coming,
        }
    }

    /// How many listen now.
    pub fn listeners(&self) -> usize {
        self.inner.listeners.load(Ordering::Relaxed)
    }

    /// How the stream is made.
    pub fn habits(&self) -> Habits {
        *self
            .inner
            .habits
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the stream in another way, from the next song on.
    pub fn set_habits(&self, habits: Habits) {
        *self
            .inner
            .habits
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = habits;
    }

    async fn run(self, on_air: OnAir, library: Library) {
        let mut plays = on_air.watch();
        let first = Arc::clone(&plays.borrow_and_update());
        let mut serial = 0x1157_0000 + on_air.station as u32 * 0x8000;
        let mut source = Source {
            out: self,
            plays,
            changes: VecDeque::from([first]),
            tick: Instant::now(),
        };
        // The list runs empty only when the clock has stopped.
        while let Some(play) = source.changes.pop_front() {
            let audio = library.get(&play.song).await;
            let habits = source.out.habits();
            if !habits.reuse_serial {
                serial += 1;
            }
            source.song(&play, &audio, serial, habits).await;
        }
    }

    fn send(&self, bytes: Bytes, headers: &Arc<[Bytes; 2]>, header: Option<usize>) {
        let mut recent = self.recent();
        recent.bytes += bytes.len();
        recent.pages.push_back(Page {
            bytes: bytes.clone(),
            headers: Arc::clone(headers),
            header,
        });
        while recent.bytes > BURST {
            let Some(old) = recent.pages.pop_front() else {
                break;
            };
            recent.bytes -= old.bytes.len();
        }
        // Nobody listening is no error.
        let _ = self.inner.pages.send(bytes);
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.inner
            .recent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The station's encoder, so to speak.
struct Source {
    out: Broadcast,
    plays: watch::Receiver<Arc<Play>>,
    /// The plays to come, in order: more than one when the sound is behind the metadata.
    changes: VecDeque<Arc<Play>>,
    /// When the next packet is due.
    tick: Instant,
}

impl Source {
    /// Sends one song as one logical stream, until the next one is due or the clock has stopped.
    async fn song(&mut self, play: &Play, audio: &Audio, serial: u32, habits: Habits) {
        let mut comments = Vec::new();
        comments.extend(play.song.title().map(|title| format!("TITLE={title}")));
        comments.extend(play.song.artist().map(|artist| format!("ARTIST={artist}")));
        let (mut muxer, headers) = Muxer::begin(serial, &comments);
        let headers = Arc::new(headers);
        for (at, header) in headers.iter().enumerate() {
            self.out.send(header.clone(), &headers, Some(at));
        }
        for at in 0.. {
            let page = muxer.push(audio.packet(at), habits.packets_per_page());
            if let Some(page) = page {
                self.out.send(page, &headers, None);
            }
            // An absolute schedule: lateness is caught up, never added up.
            self.tick += TICK;
            if !self.wait(habits).await {
                break;
            }
        }
        for page in muxer.end(habits.zero_length_end) {
            self.out.send(page, &headers, None);
        }
    }

    /// Waits for the next tick; false when another song is due before it.
    async fn wait(&mut self, habits: Habits) -> bool {
        let delay = Duration::from_millis(habits.delay_ms.into());
        loop {
            let due = self.changes.front().map(|next| next.start + delay);
            if due.is_some_and(|due| due <= self.tick) {
                return false;
            }
            tokio::select! {
                () = sleep_until(self.tick) => return true,
                changed = self.plays.changed() => {
                    if changed.is_err() {
                        return false;
                    }
                    let next = Arc::clone(&self.plays.borrow_and_update());
                    self.changes.push_back(next);
                }
            }
        }
    }
}

impl Listener {
    /// The next page; `None` when the stream has ended, or the listener is so far behind that
    /// Icecast would drop it.
    pub async fn next(&mut self) -> Option<Bytes> {
        match self.burst.pop_front() {
            Some(page) => Some(page),
            None => self.pages.recv().await.ok(),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.inner.listeners.fetch_sub(1, Ordering::Relaxed);
    }
}
