//! The clock of a station: which song is on, since when, until when.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep_until, timeout},
};

use super::{Playlist, Song, Station};
use crate::{context::Context, stream::Library};

/// How many songs before the current one the gateway tells.
const HISTORY: usize = 2;
/// How late the clock may be before it starts anew instead of catching up.
const LATE: Duration = Duration::from_secs(1);
/// How long a caller waits for the song it asked for: its audio may have to be made first.
const NEXT_TIMEOUT: Duration = Duration::from_secs(20);

/// One play of one song.
#[derive(Clone, Debug)]
pub struct Play {
    /// Counts up from 0.
    pub number: u64,
    /// What plays.
    pub song: Arc<Song>,
    /// What played before, newest first, at most two.
    pub before: Vec<Arc<Song>>,
    /// When it started.
    pub start: Instant,
    /// The same, by the wall clock.
    pub start_at: OffsetDateTime,
}

impl Play {
    /// When it ends, by the wall clock, unless someone asks for the next song.
    pub fn end_at(&self) -> OffsetDateTime {
        self.start_at + self.song.length
    }

    /// Who asked for it, as the gateway sends it.
    pub fn requester(&self) -> &Value {
        &self.song.requester
    }

    /// What the control API and the events say about it.
    pub fn described(&self, station: Station) -> Value {
        let time = |at: OffsetDateTime| at.format(&Rfc3339).unwrap_or_default();
        json!({
            "station": station,
            "number": self.number,
            "song": self.song.metadata,
            "requester": self.song.requester,
            "event": self.song.event,
            "title": self.song.title(),
            "artist": self.song.artist(),
            "pitch_hz": self.song.pitch_hz,
            "seconds": self.song.length.as_secs_f64(),
            "elapsed": self.start.elapsed().as_secs_f64(),
            "startTime": time(self.start_at),
            "endTime": time(self.end_at()),
        })
    }
}

/// The handle of a station's clock. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OnAir {
    /// Which station.
    pub station: Station,
    /// What it plays, in which order.
    pub playlist: Arc<Playlist>,
    play: watch::Receiver<Arc<Play>>,
    skip: mpsc::Sender<oneshot::Sender<Arc<Play>>>,
}

impl OnAir {
    /// Starts the clock of a station, as a task of `context.tasks`. A song begins only when its
    /// audio is in `library`, so that metadata and sound change together.
    pub fn start(context: &Context, station: Station, library: Library) -> Self {
        let options = &context.options;
        let playlist = Arc::new(Playlist::of(station, options.seed, options.song_length));
        let (publish, play) = watch::channel(Arc::new(Play {
            number: 0,
            song: Arc::clone(playlist.get(0)),
            before: before(&playlist, 0),
            start: Instant::now(),
            start_at: OffsetDateTime::now_utc(),
        }));
        // One waiting request is enough: more of them wait in `next`.
        let (skip, skips) = mpsc::channel(1);
        let clock = Clock {
            context: context.clone(),
            station,
            playlist: Arc::clone(&playlist),
            library,
            publish,
        };
        let token = context.token.clone();
        context.tasks.spawn(async move {
            // Made ahead, so that no song change has to wait for its audio.
            let made = async {
                for song in clock.playlist.songs() {
                    clock.library.get(song).await;
                }
            };
            tokio::select! {
                ((), ()) = async { tokio::join!(made, clock.run(skips)) } => {}
                () = token.cancelled() => {}
            }
        });
        Self {
            station,
            playlist,
            play,
            skip,
        }
    }

    /// What is on now.
    pub fn now(&self) -> Arc<Play> {
        self.play.borrow().clone()
    }

    /// What is on, as it changes.
    pub fn watch(&self) -> watch::Receiver<Arc<Play>> {
        self.play.clone()
    }

    /// Ends the current song; returns the next one once it is on. `None` when the sandbox stops
    /// or the song's audio could not be made in 20 seconds.
    pub async fn next(&self) -> Option<Arc<Play>> {
        let (answer, answered) = oneshot::channel();
        let next = async {
            self.skip.send(answer).await.ok()?;
            answered.await.ok()
        };
        timeout(NEXT_TIMEOUT, next).await.ok().flatten()
    }
}

/// The songs before the `number`th play; before the first, the end of the list.
fn before(playlist: &Playlist, number: u64) -> Vec<Arc<Song>> {
    let count = playlist.songs().len() as u64;
    (1..=HISTORY as u64)
        .map(|back| Arc::clone(playlist.get(number + count - back)))
        .collect()
}

struct Clock {
    context: Context,
    station: Station,
    playlist: Arc<Playlist>,
    library: Library,
    publish: watch::Sender<Arc<Play>>,
}

impl Clock {
    async fn run(&self, mut skips: mpsc::Receiver<oneshot::Sender<Arc<Play>>>) {
        self.tell();
        let mut asked = VecDeque::new();
        loop {
            let now = self.publish.borrow().clone();
            let end = now.start + now.song.length;
            tokio::select! {
                () = sleep_until(end), if self.context.options.lively => {}
                skip = skips.recv() => match skip {
                    Some(answer) => asked.push_back(answer),
                    None => return,
                },
            }
            let number = now.number + 1;
            let song = Arc::clone(self.playlist.get(number));
            self.library.get(&song).await;
            // On time, songs follow each other without drift; asked for, they start at once.
            let start = Instant::now();
            let on_time = asked.is_empty() && start.saturating_duration_since(end) < LATE;
            self.publish.send_replace(Arc::new(Play {
                number,
                song,
                before: before(&self.playlist, number),
                start: if on_time { end } else { start },
                start_at: if on_time {
                    now.end_at()
                } else {
                    OffsetDateTime::now_utc()
                },
            }));
            self.tell();
            for answer in asked.drain(..) {
                // Whoever asked may have gone.
                let _ = answer.send(self.publish.borrow().clone());
            }
        }
    }

    fn tell(&self) {
        let play = self.publish.borrow().clone();
        tracing::info!(station = %self.station, song = play.song.id, title = play.song.title(), "on air");
        self.context
            .bus
            .publish("track", play.described(self.station));
    }
}
