//! What runs in the processes beside the bot's: lookups in what it holds, and what one would write
//! otherwise.

use std::{
    collections::HashMap,
    hint::black_box,
    io::Read as _,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use flate2::read::ZlibDecoder;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::{self, Message, protocol::WebSocketConfig};
use tokio_util::sync::CancellationToken;
use uguisu::{
    config::Address,
    discord::cards::status,
    language::Wording,
    lanyard::{Found, Freshness, Limits, Presences, Subscription, Upstream},
    link::{self, LinkReporter},
};

use crate::work::{self, LAST};

pub(crate) fn run(name: &str, address: &str, ids: &str) -> anyhow::Result<()> {
    match name {
        "lookups" => lookups(address, ids),
        "value" => peer::<Tree>(address),
        "structs" => peer::<Structs>(address),
        other => bail!("there is no peer {other:?}"),
    }
}

/// How often it is looked whether the storm is over.
const ASK: Duration = Duration::from_millis(10);

/// Stays as it is until it is killed.
fn rest() -> ! {
    loop {
        thread::park();
    }
}

/// The part of the bot that follows Lanyard, and somebody who looks users up meanwhile.
fn lookups(address: &str, ids: &str) -> anyhow::Result<()> {
    let ids = work::ids(Path::new(ids))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let address = Address::web_socket(&format!("ws://{address}/"))?;
    let (upstream, presences) = Upstream::new(address, Subscription::Everyone, Limits::default());
    let (reporter, _status) = LinkReporter::new();
    let run = link::run(upstream, reporter, CancellationToken::new());
    let _driver = runtime.block_on(async { JoinSet::from_iter([run]) });
    while presences.freshness() != Freshness::Live {
        thread::sleep(Duration::from_millis(1));
    }
    println!("ready");
    let over = Arc::new(AtomicBool::new(false));
    let looking = thread::spawn({
        let (presences, over) = (presences.clone(), Arc::clone(&over));
        move || look_up(&presences, &ids, &over)
    });
    // Seldom: whoever asks takes a core from those who are measured.
    while presences.version(LAST).is_none() {
        thread::sleep(ASK);
    }
    println!("done");
    over.store(true, Ordering::Relaxed);
    let mut took = looking.join().ok().context("the lookups panicked")?;
    took.sort_unstable();
    let at = |share: usize| {
        took.get(took.len() * share / 100)
            .map(|took| took.as_secs_f64() * 1e6)
    };
    println!("{}", json!({"p50_us": at(50), "p99_us": at(99)}));
    rest()
}

/// Looks users up as `/status` does, up to the card, two thousand a second while there is a storm,
/// and measures each time.
fn look_up(presences: &Presences, ids: &[u64], over: &AtomicBool) -> Vec<Duration> {
    let mut took = Vec::with_capacity(1 << 16);
    // The first user is among the restless.
    let version = presences.version(ids[0]);
    while presences.version(ids[0]) == version && !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(1));
    }
    for id in ids.iter().cycle() {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let begun = Instant::now();
        if let Found::Shown(presence) = presences.find(*id) {
            draw(presences, &presence);
        }
        took.push(begun.elapsed());
        thread::sleep(Duration::from_micros(500));
    }
    took
}

/// Makes the card of `/status`.
pub(crate) fn draw(presences: &Presences, presence: &uguisu::lanyard::Presence) {
    let _ = black_box(status::card(&status::View {
        presence,
        freshness: presences.freshness(),
        on_air: None,
        live_until: None,
        wording: Wording::default(),
        now: OffsetDateTime::now_utc(),
    }));
}

/// What one would write otherwise.
trait Peer: Default {
    fn init(&mut self, text: &[u8]) -> anyhow::Result<()>;
    /// Applies an update. True when it is the last.
    fn update(&mut self, text: &[u8]) -> anyhow::Result<bool>;
}

fn peer<P: Peer>(address: &str) -> anyhow::Result<()> {
    let unlimited = WebSocketConfig::default()
        .max_message_size(None)
        .max_frame_size(None);
    let stream = std::net::TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let url = format!("ws://{address}/");
    let (mut socket, _) = tungstenite::client::client_with_config(url, stream, Some(unlimited))
        .ok()
        .context("no WebSocket")?;
    socket.read()?;
    let subscribe = json!({"op": 2, "d": {"subscribe_to_all": true}});
    socket.send(Message::text(subscribe.to_string()))?;

    let mut peer = P::default();
    let mut text = Vec::new();
    inflate(&socket.read()?, &mut text)?;
    peer.init(&text)?;
    text = Vec::new();
    println!("ready");
    loop {
        text.clear();
        inflate(&socket.read()?, &mut text)?;
        if peer.update(&text)? {
            break;
        }
    }
    println!("done");
    rest()
}

fn inflate(message: &Message, text: &mut Vec<u8>) -> anyhow::Result<()> {
    let Message::Binary(bytes) = message else {
        bail!("{message:?}");
    };
    ZlibDecoder::new(&bytes[..]).read_to_end(text)?;
    Ok(())
}

/// A document tree.
#[derive(Default)]
struct Tree(Map<String, Value>);

impl Peer for Tree {
    fn init(&mut self, text: &[u8]) -> anyhow::Result<()> {
        let mut document: Value = serde_json::from_slice(text)?;
        if let Value::Object(everyone) = document["d"].take() {
            self.0 = everyone;
        }
        Ok(())
    }

    fn update(&mut self, text: &[u8]) -> anyhow::Result<bool> {
        let mut document: Value = serde_json::from_slice(text)?;
        let presence = document["d"].take();
        let user = presence["user_id"].as_str().unwrap_or_default().to_owned();
        let last = user == LAST.to_string();
        self.0.insert(user, presence);
        Ok(last)
    }
}

/// Structs of what is known to be in a presence.
#[derive(Default)]
struct Structs(HashMap<u64, Presence>);

#[derive(Deserialize)]
struct Init {
    d: HashMap<u64, Presence>,
}

#[derive(Deserialize)]
struct Update {
    d: Presence,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is there to be held")]
#[expect(clippy::struct_excessive_bools, reason = "Lanyard has them so")]
struct Presence {
    user_id: Option<String>,
    discord_user: User,
    discord_status: String,
    #[serde(default)]
    active_on_discord_web: bool,
    #[serde(default)]
    active_on_discord_desktop: bool,
    #[serde(default)]
    active_on_discord_mobile: bool,
    #[serde(default)]
    active_on_discord_embedded: bool,
    spotify: Option<Spotify>,
    #[serde(default)]
    activities: Vec<Activity>,
    #[serde(default)]
    kv: HashMap<String, String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is there to be held")]
struct User {
    id: String,
    username: Option<String>,
    global_name: Option<String>,
    display_name: Option<String>,
    avatar: Option<String>,
    discriminator: Option<String>,
    primary_guild: Option<Guild>,
    public_flags: Option<u64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is there to be held")]
struct Guild {
    tag: Option<String>,
    badge: Option<String>,
    identity_guild_id: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is there to be held")]
struct Spotify {
    track_id: Option<String>,
    timestamps: Option<Timestamps>,
    song: String,
    artist: Option<String>,
    album: Option<String>,
    album_art_url: Option<String>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is there to be held")]
struct Timestamps {
    start: Option<u64>,
    end: Option<u64>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is there to be held")]
struct Activity {
    id: Option<String>,
    name: String,
    #[serde(rename = "type")]
    kind: u8,
    state: Option<String>,
    details: Option<String>,
    url: Option<String>,
    application_id: Option<String>,
    sync_id: Option<String>,
    created_at: Option<u64>,
    timestamps: Option<Timestamps>,
    assets: Option<HashMap<String, String>>,
    emoji: Option<Emoji>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "it is there to be held")]
struct Emoji {
    name: String,
    id: Option<String>,
    #[serde(default)]
    animated: bool,
}

impl Peer for Structs {
    fn init(&mut self, text: &[u8]) -> anyhow::Result<()> {
        self.0 = serde_json::from_slice::<Init>(text)?.d;
        Ok(())
    }

    fn update(&mut self, text: &[u8]) -> anyhow::Result<bool> {
        let presence = serde_json::from_slice::<Update>(text)?.d;
        let user = presence.discord_user.id.parse()?;
        self.0.insert(user, presence);
        Ok(user == LAST)
    }
}
