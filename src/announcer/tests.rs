//! Against a Discord of a few routes, over real sockets.

mod webhooks;

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{Method, StatusCode},
    routing::{patch, post},
};
use clap::Parser as _;
use serde_json::{Value, json};
use serenity::all::{ChannelId, GuildId, MessageId, RoleId};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use super::*;
use crate::{
    config::Config,
    discord::NEWEST,
    listen_moe::{Event, Song},
    station::Station,
    store::{Mode, Reason, Style, Target},
};

const GUILD: GuildId = GuildId::new(1);
/// A message that is not there any more.
const DELETED: u64 = 13;
/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Decides how Discord answers a message: told the channel, or the webhook, and how many it had
/// before. What is asked about webhooks and the newest messages of a channel has numbers of its own,
/// those of [`about`].
type Script = Arc<dyn Fn(u64, usize) -> (StatusCode, Value) + Send + Sync>;

#[derive(Clone)]
struct Discord {
    script: Script,
    seen: Arc<Mutex<BTreeMap<u64, usize>>>,
    /// How many messages Discord says came after any.
    after: Arc<AtomicUsize>,
    requests: mpsc::Sender<Request>,
}

/// What Discord was asked.
#[derive(Debug)]
struct Request {
    method: Method,
    /// Or the webhook.
    channel: u64,
    message: Option<u64>,
    body: Value,
}

/// The numbers under which a script is asked about a channel otherwise than for a message.
mod about {
    pub(super) const fn its_webhooks(channel: u64) -> u64 {
        channel * 1000 + 1
    }

    pub(super) const fn a_new_webhook(channel: u64) -> u64 {
        channel * 1000 + 2
    }

    pub(super) const fn its_newest(channel: u64) -> u64 {
        channel * 1000 + 3
    }
}

async fn create(
    State(discord): State<Discord>,
    Path(channel): Path<u64>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let answer = discord.answer(channel);
    discord.saw(Method::POST, channel, None, body).await;
    answer
}

async fn after(
    State(discord): State<Discord>,
    Path(channel): Path<u64>,
    Query(query): Query<BTreeMap<String, u64>>,
) -> (StatusCode, Json<Value>) {
    let message = query.get("after").copied();
    discord
        .saw(Method::GET, channel, message, Value::Null)
        .await;
    if message.is_none() {
        return discord.answer(about::its_newest(channel));
    }
    let count = discord.after.load(Ordering::Relaxed);
    let messages: Vec<Value> = (1..=count)
        .map(|id| json!({"id": id.to_string()}))
        .collect();
    (StatusCode::OK, Json(Value::Array(messages)))
}

async fn edit(
    State(discord): State<Discord>,
    Path((channel, message)): Path<(u64, u64)>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    discord
        .saw(Method::PATCH, channel, Some(message), body)
        .await;
    if message == DELETED {
        let answer = json!({"code": 10008, "message": "Unknown Message"});
        return (StatusCode::NOT_FOUND, Json(answer));
    }
    (StatusCode::OK, Json(json!({"id": message.to_string()})))
}

async fn delete(
    State(discord): State<Discord>,
    Path((channel, message)): Path<(u64, u64)>,
) -> StatusCode {
    discord
        .saw(Method::DELETE, channel, Some(message), Value::Null)
        .await;
    StatusCode::NO_CONTENT
}

impl Discord {
    fn answer(&self, about: u64) -> (StatusCode, Json<Value>) {
        let before = {
            let mut seen = self.seen.lock().unwrap();
            let count = seen.entry(about).or_default();
            *count += 1;
            *count - 1
        };
        let (status, answer) = (self.script)(about, before);
        (status, Json(answer))
    }

    async fn saw(&self, method: Method, channel: u64, message: Option<u64>, body: Value) {
        let request = Request {
            method,
            channel,
            message,
            body,
        };
        self.requests.send(request).await.unwrap();
    }
}

/// A bot's announcer, what feeds it, and the Discord it posts to.
struct World {
    announcer: Announcer,
    jpop: watch::Sender<Option<Arc<OnAir>>>,
    _kpop: watch::Sender<Option<Arc<OnAir>>>,
    plays: mpsc::Sender<Arc<OnAir>>,
    kpop_plays: mpsc::Sender<Arc<OnAir>>,
    store: Store,
    after: Arc<AtomicUsize>,
    requests: mpsc::Receiver<Request>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    _directory: tempfile::TempDir,
}

impl World {
    async fn new(
        channels: std::ops::RangeInclusive<u64>,
        script: impl Fn(u64, usize) -> (StatusCode, Value) + Send + Sync + 'static,
    ) -> Self {
        Self::with_style(Style::default(), channels, script).await
    }

    async fn with_style(
        style: Style,
        channels: std::ops::RangeInclusive<u64>,
        script: impl Fn(u64, usize) -> (StatusCode, Value) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = format!("http://{}/api", listener.local_addr().unwrap());
        let (sender, requests) = mpsc::channel(1000);
        let after_count = Arc::new(AtomicUsize::new(0));
        let discord = Discord {
            script: Arc::new(script),
            seen: Arc::default(),
            after: Arc::clone(&after_count),
            requests: sender,
        };
        let router = Router::new()
            .route(
                "/api/v10/channels/{channel}/messages",
                post(create).get(after),
            )
            .route(
                "/api/v10/channels/{channel}/messages/{message}",
                patch(edit).delete(delete),
            )
            .merge(webhooks::routes())
            .with_state(discord);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });

        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("t.db").display());
        let store = Store::open(&url).await.unwrap();
        for channel in channels {
            let channel = ChannelId::new(channel);
            store
                .set_target(GUILD, channel, Station::Jpop, &style)
                .await
                .unwrap();
        }

        let (jpop, jpop_rx) = watch::channel(None);
        let (kpop, kpop_rx) = watch::channel(None);
        let stations = Stations {
            jpop: jpop_rx,
            kpop: kpop_rx,
        };
        let config = Config::try_parse_from([
            "uguisu",
            "--discord-token=secret",
            &format!("--discord-api-url={api}"),
        ])
        .unwrap();
        let rest = Rest::new(&config).unwrap();
        let announcer = Announcer::new(
            stations,
            store.clone(),
            rest,
            Metrics::new(),
            Servers::default(),
        );
        let mut world = Self {
            announcer,
            jpop,
            _kpop: kpop,
            plays: mpsc::channel(1).0,
            kpop_plays: mpsc::channel(1).0,
            store,
            after: after_count,
            requests,
            stop: CancellationToken::new(),
            tasks,
            _directory: directory,
        };
        world.start();
        world
    }

    fn start(&mut self) {
        self.stop = CancellationToken::new();
        let (announcer, stop) = (self.announcer.clone(), self.stop.clone());
        let (plays, jpop) = mpsc::channel(8);
        let (kpop_plays, kpop) = mpsc::channel(8);
        (self.plays, self.kpop_plays) = (plays, kpop_plays);
        self.tasks.spawn(announcer.run(jpop, kpop, stop));
    }

    /// Stops the announcer and waits until it has.
    async fn stop(&mut self) {
        self.stop.cancel();
        let ended = timeout(PATIENCE, self.tasks.join_next()).await.unwrap();
        ended.unwrap().unwrap();
    }

    fn play(&self, song: u64) {
        self.broadcast(on_air(song));
    }

    fn broadcast(&self, on_air: OnAir) {
        let on_air = Arc::new(on_air);
        self.jpop.send_replace(Some(Arc::clone(&on_air)));
        self.plays.try_send(on_air).unwrap();
    }

    async fn request(&mut self) -> Request {
        timeout(PATIENCE, self.requests.recv())
            .await
            .unwrap()
            .unwrap()
    }

    /// The next request, which posts a message.
    async fn post(&mut self) -> (u64, Value) {
        let request = self.request().await;
        assert_eq!(request.method, Method::POST);
        (request.channel, request.body)
    }

    /// The method and the message of the next requests.
    async fn methods(&mut self, count: usize) -> Vec<(Method, Option<u64>)> {
        let mut methods = Vec::new();
        for _ in 0..count {
            let request = self.request().await;
            methods.push((request.method, request.message));
        }
        methods
    }

    /// The channels of the next `count` messages, sorted, all of which are about `song`.
    async fn channels(&mut self, count: usize, song: u64) -> Vec<u64> {
        let mut channels = Vec::new();
        for _ in 0..count {
            let (channel, body) = self.post().await;
            assert_eq!(title(&body), format!("Song {song}"));
            channels.push(channel);
        }
        channels.sort_unstable();
        channels
    }

    /// What is counted under `result`, once `total` announcements have ended.
    async fn counted(&self, total: u64) -> BTreeMap<String, u64> {
        let counts = || -> BTreeMap<String, u64> {
            let page = self.announcer.metrics.encode().unwrap();
            page.lines()
                .filter_map(|line| line.strip_prefix("uguisu_announcements_total{result=\""))
                .filter_map(|line| line.split_once("\"} "))
                .map(|(result, count)| (result.to_owned(), count.parse().unwrap()))
                .collect()
        };
        timeout(PATIENCE, async {
            while counts().values().sum::<u64>() < total {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
        counts()
    }

    async fn target(&self, channel: u64) -> Option<Target> {
        let targets = self.store.targets(Station::Jpop).await.unwrap();
        targets
            .into_iter()
            .find(|target| target.channel.get() == channel)
    }
}

pub(crate) fn on_air(song: u64) -> OnAir {
    OnAir {
        station: Station::Jpop,
        song: Song {
            id: song,
            title: Some(format!("Song {song}")),
            ..Song::default()
        },
        requester: None,
        event: None,
        timing: crate::listen_moe::Timing::default(),
        last_played: Vec::new(),
        listeners: None,
        queue: None,
        start_time: None,
        received_at: OffsetDateTime::now_utc(),
    }
}

fn title(body: &Value) -> String {
    body["embeds"][0]["title"].as_str().unwrap().to_owned()
}

fn posted() -> (StatusCode, Value) {
    (StatusCode::OK, json!({"id": "1"}))
}

/// The channel's first message has the id 100, the next 101.
fn numbered(_: u64, before: usize) -> (StatusCode, Value) {
    (StatusCode::OK, json!({"id": (100 + before).to_string()}))
}

fn style(mode: Mode) -> Style {
    Style {
        mode,
        ..Style::default()
    }
}

#[tokio::test]
async fn each_play_is_posted_once_to_each_channel_also_across_a_restart() {
    let mut world = World::new(11..=13, |_, _| posted()).await;
    world.play(1);
    assert_eq!(world.channels(3, 1).await, [11, 12, 13]);
    assert_eq!(world.counted(3).await["posted"], 3);

    // The same play again, with another number of listeners; and the bot restarts.
    let again = OnAir {
        listeners: Some(99),
        ..on_air(1)
    };
    world.broadcast(again);
    world.play(2);
    assert_eq!(world.channels(3, 2).await, [11, 12, 13]);
    assert_eq!(world.counted(6).await["posted"], 6);
    world.stop().await;
    world.start();
    world.play(3);
    assert_eq!(world.channels(3, 3).await, [11, 12, 13]);
}

#[tokio::test]
async fn a_message_mentions_nobody_and_can_be_retried() {
    let mut world = World::new(11..=11, |_, before| match before {
        0 => (StatusCode::BAD_GATEWAY, json!("<html>")),
        _ => posted(),
    })
    .await;
    world.play(1);
    let (_, first) = world.post().await;
    let (_, second) = world.post().await;
    assert_eq!(first, second);
    assert_eq!(first["allowed_mentions"]["parse"], json!([]));
    assert_eq!(first["enforce_nonce"], true);
    assert!((1..=25).contains(&first["nonce"].as_str().unwrap().len()));
    assert_eq!(world.counted(1).await["posted"], 1);
}

#[tokio::test]
async fn a_newer_song_takes_the_place_of_the_old_one_and_nobody_waits_for_others() {
    // Discord holds the channels up to 30 back for ten minutes.
    let mut world = World::new(11..=60, |channel, _| {
        if channel <= 30 {
            let answer = json!({"retry_after": 600.0, "global": false});
            (StatusCode::TOO_MANY_REQUESTS, answer)
        } else {
            posted()
        }
    })
    .await;
    world.play(1);
    let all: Vec<u64> = (11..=60).collect();
    assert_eq!(world.channels(50, 1).await, all);
    assert_eq!(world.counted(30).await["posted"], 30);
    // What is held back is dropped, and is not tried again with the next song either.
    world.play(2);
    assert_eq!(world.channels(30, 2).await, all[20..]);
    world.play(3);
    assert_eq!(world.channels(30, 3).await, all[20..]);
    let counts = world.counted(130).await;
    assert_eq!((counts["posted"], counts["skipped"]), (90, 40));
}

#[tokio::test]
async fn what_is_wrong_with_a_channel_is_noted_and_a_deleted_one_forgotten() {
    let mut world = World::new(11..=13, |channel, before| match (channel, before) {
        (11, _) => (
            StatusCode::NOT_FOUND,
            json!({"code": 10003, "message": "Unknown Channel"}),
        ),
        (12, 0) => (
            StatusCode::FORBIDDEN,
            json!({"code": 50013, "message": "Missing Permissions"}),
        ),
        _ => posted(),
    })
    .await;
    world.play(1);
    assert_eq!(world.channels(3, 1).await, [11, 12, 13]);
    let counts = world.counted(3).await;
    assert_eq!((counts["posted"], counts["failed"]), (1, 2));
    assert_eq!(world.target(11).await, None);
    let trouble = world.target(12).await.unwrap().trouble.unwrap();
    assert_eq!(trouble.why, Reason::Permissions);
    assert_eq!(trouble.refusals, 1);

    // It is left alone until something has changed.
    world.play(9);
    assert_eq!(world.channels(1, 9).await, [13]);
    assert_eq!(world.counted(4).await["posted"], 2);
    world.store.retry_targets_of(GUILD).await.unwrap();
    world.play(2);
    assert_eq!(world.channels(2, 2).await, [12, 13]);
    assert_eq!(world.counted(6).await["posted"], 4);
    assert_eq!(world.target(12).await.unwrap().trouble, None);
}

#[tokio::test]
async fn a_song_that_is_over_is_not_posted() {
    let mut world = World::new(11..=11, |_, _| posted()).await;
    let mut old = on_air(1);
    old.timing.end = Some(OffsetDateTime::now_utc() - time::Duration::minutes(5));
    world.broadcast(old);
    world.play(2);
    assert_eq!(world.channels(1, 2).await, [11]);
}

#[tokio::test]
async fn songs_in_quick_succession_are_each_posted_in_their_order() {
    let mut world = World::new(11..=40, |_, _| posted()).await;
    for song in 1..=3 {
        world.play(song);
    }
    let all: Vec<u64> = (11..=40).collect();
    for song in 1..=3 {
        assert_eq!(world.channels(30, song).await, all);
    }
    assert_eq!(world.counted(90).await["posted"], 90);
}

#[tokio::test]
async fn one_message_is_kept_current_while_it_can_be_seen() {
    let mut world = World::with_style(style(Mode::Edit), 11..=11, numbered).await;
    world.play(1);
    assert_eq!(world.methods(1).await, [(Method::POST, None)]);
    world.play(2);
    let (look, edit) = (world.request().await, world.request().await);
    assert_eq!((look.method, look.message), (Method::GET, Some(100)));
    assert_eq!((edit.method, edit.message), (Method::PATCH, Some(100)));
    assert_eq!(title(&edit.body), "Song 2");

    // Pushed up, it is replaced by a new one, which is the one that is kept current then.
    world.after.store(NEWEST, Ordering::Relaxed);
    world.play(3);
    let expected = [
        (Method::GET, Some(100)),
        (Method::POST, None),
        (Method::DELETE, Some(100)),
    ];
    assert_eq!(world.methods(3).await, expected);
    world.after.store(0, Ordering::Relaxed);
    world.play(4);
    let expected = [(Method::GET, Some(101)), (Method::PATCH, Some(101))];
    assert_eq!(world.methods(2).await, expected);
    assert_eq!(world.counted(4).await["posted"], 4);
}

#[tokio::test]
async fn a_message_that_somebody_deleted_is_posted_anew() {
    let mut world = World::with_style(style(Mode::Edit), 11..=11, numbered).await;
    let (channel, deleted) = (ChannelId::new(11), MessageId::new(DELETED));
    let noted = world
        .store
        .set_message(channel, Station::Jpop, deleted, None);
    noted.await.unwrap();
    world.play(1);
    let expected = [
        (Method::GET, Some(DELETED)),
        (Method::PATCH, Some(DELETED)),
        (Method::POST, None),
    ];
    assert_eq!(world.methods(3).await, expected);
    assert_eq!(world.counted(1).await["posted"], 1);
}

#[tokio::test]
async fn a_message_takes_the_place_of_the_one_before_also_across_a_restart() {
    let mut world = World::with_style(style(Mode::Replace), 11..=11, numbered).await;
    world.play(1);
    assert_eq!(world.methods(1).await, [(Method::POST, None)]);
    assert_eq!(world.counted(1).await["posted"], 1);
    world.stop().await;
    world.start();
    world.play(2);
    let expected = [(Method::POST, None), (Method::DELETE, Some(100))];
    assert_eq!(world.methods(2).await, expected);
}

#[tokio::test]
async fn an_event_is_announced_to_those_who_want_to_be_told() {
    let style = Style {
        role: Some(RoleId::new(77)),
        ..style(Mode::Events)
    };
    let mut world = World::with_style(style, 11..=11, |_, _| posted()).await;
    world.play(1);
    let live = |song| OnAir {
        event: Some(Event {
            id: Some(5),
            name: "Night of Idols".into(),
            image: None,
        }),
        ..on_air(song)
    };
    world.broadcast(live(2));
    world.broadcast(live(3));
    world.play(4);
    let (_, body) = world.post().await;
    assert!(title(&body).contains("Night of Idols"));
    assert_eq!(body["content"], "<@&77>");
    assert_eq!(body["allowed_mentions"]["roles"], json!(["77"]));
    assert_eq!(body["allowed_mentions"]["parse"], json!([]));
    world.broadcast(OnAir {
        event: Some(Event {
            id: Some(6),
            name: "Another".into(),
            image: None,
        }),
        ..on_air(5)
    });
    assert!(title(&world.post().await.1).contains("Another"));
}

#[tokio::test]
async fn with_many_channels_a_new_song_does_not_wait_for_the_one_before() {
    let mut world = World::new(11..=200, |_, _| posted()).await;
    world.play(1);
    let first = world.post().await;
    assert_eq!(title(&first.1), "Song 1");
    world.play(2);
    // All get the new one, and those first that had to do without the other.
    let (mut old, mut new) = (HashSet::from([first.0]), Vec::new());
    while new.len() < 190 {
        let (channel, body) = world.post().await;
        match title(&body).as_str() {
            "Song 1" => assert!(new.is_empty() && old.insert(channel)),
            _ => new.push(channel),
        }
    }
    assert!(old.len() < 50, "{}", old.len());
    let all: HashSet<u64> = new.iter().copied().collect();
    assert_eq!(all.len(), 190);
    // Those that have both come last.
    assert!(new[..100].iter().all(|channel| !old.contains(channel)));
    let counts = world.counted(380).await;
    assert_eq!(counts["posted"], 190 + old.len() as u64);
}
