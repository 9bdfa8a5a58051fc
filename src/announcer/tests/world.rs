//! An announcer, and a Discord of a few routes for it, over real sockets.

use std::{
    collections::BTreeMap,
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
use serenity::all::{ChannelId, GuildId};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinSet,
    time::timeout,
};

use super::{super::*, webhooks};
use crate::{
    config::Config,
    listen_moe::Song,
    station::Station,
    store::{Mode, Style, Target},
};

pub(super) const GUILD: GuildId = GuildId::new(1);
/// A message that is not there any more.
pub(super) const DELETED: u64 = 13;
/// Longer than anything takes on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Decides how Discord answers a message: told the channel, or the webhook, and how many it had
/// before. What is asked about webhooks and the newest messages of a channel has numbers of its own,
/// those of [`about`].
type Script = Arc<dyn Fn(u64, usize) -> (StatusCode, Value) + Send + Sync>;

#[derive(Clone)]
pub(super) struct Discord {
    pub(super) script: Script,
    pub(super) seen: Arc<Mutex<BTreeMap<u64, usize>>>,
    /// How many messages Discord says came after any.
    pub(super) after: Arc<AtomicUsize>,
    pub(super) requests: mpsc::Sender<Request>,
}

/// What Discord was asked.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    /// Or the webhook.
    pub(super) channel: u64,
    pub(super) message: Option<u64>,
    pub(super) body: Value,
}

/// The numbers under which a script is asked about a channel otherwise than for a message.
pub(super) mod about {
    pub(in super::super) const fn its_webhooks(channel: u64) -> u64 {
        channel * 1000 + 1
    }

    pub(in super::super) const fn a_new_webhook(channel: u64) -> u64 {
        channel * 1000 + 2
    }

    pub(in super::super) const fn its_end(webhook: u64) -> u64 {
        webhook * 1000 + 4
    }

    pub(in super::super) const fn its_newest(channel: u64) -> u64 {
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
    pub(super) fn answer(&self, about: u64) -> (StatusCode, Json<Value>) {
        let before = {
            let mut seen = self.seen.lock().unwrap();
            let count = seen.entry(about).or_default();
            *count += 1;
            *count - 1
        };
        let (status, answer) = (self.script)(about, before);
        (status, Json(answer))
    }

    pub(super) async fn saw(
        &self,
        method: Method,
        channel: u64,
        message: Option<u64>,
        body: Value,
    ) {
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
pub(super) struct World {
    pub(super) announcer: Announcer,
    pub(super) jpop: watch::Sender<Option<Arc<OnAir>>>,
    _kpop: watch::Sender<Option<Arc<OnAir>>>,
    pub(super) plays: mpsc::Sender<Arc<OnAir>>,
    pub(super) kpop_plays: mpsc::Sender<Arc<OnAir>>,
    pub(super) store: Store,
    pub(super) after: Arc<AtomicUsize>,
    pub(super) requests: mpsc::Receiver<Request>,
    pub(super) stop: CancellationToken,
    pub(super) tasks: JoinSet<()>,
    pub(super) directory: tempfile::TempDir,
}

impl World {
    pub(super) async fn new(
        channels: std::ops::RangeInclusive<u64>,
        script: impl Fn(u64, usize) -> (StatusCode, Value) + Send + Sync + 'static,
    ) -> Self {
        Self::with_style(Style::default(), channels, script).await
    }

    pub(super) async fn with_style(
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
            directory,
        };
        world.start();
        world
    }

    pub(super) fn start(&mut self) {
        self.stop = CancellationToken::new();
        let (announcer, stop) = (self.announcer.clone(), self.stop.clone());
        let (plays, jpop) = mpsc::channel(8);
        let (kpop_plays, kpop) = mpsc::channel(8);
        (self.plays, self.kpop_plays) = (plays, kpop_plays);
        self.tasks.spawn(announcer.run(jpop, kpop, stop));
    }

    /// Stops the announcer and waits until it has.
    pub(super) async fn stop(&mut self) {
        self.stop.cancel();
        let ended = timeout(PATIENCE, self.tasks.join_next()).await.unwrap();
        ended.unwrap().unwrap();
    }

    pub(super) fn play(&self, song: u64) {
        self.broadcast(on_air(song));
    }

    pub(super) fn broadcast(&self, on_air: OnAir) {
        let on_air = Arc::new(on_air);
        self.jpop.send_replace(Some(Arc::clone(&on_air)));
        self.plays.try_send(on_air).unwrap();
    }

    /// It is on air, but there was no room for it among those to announce.
    pub(super) fn pass_over(&self, song: u64) {
        self.jpop.send_replace(Some(Arc::new(on_air(song))));
    }

    pub(super) async fn request(&mut self) -> Request {
        timeout(PATIENCE, self.requests.recv())
            .await
            .unwrap()
            .unwrap()
    }

    /// The next request, which posts a message.
    pub(super) async fn post(&mut self) -> (u64, Value) {
        let request = self.request().await;
        assert_eq!(request.method, Method::POST);
        (request.channel, request.body)
    }

    /// The method and the message of the next requests.
    pub(super) async fn methods(&mut self, count: usize) -> Vec<(Method, Option<u64>)> {
        let mut methods = Vec::new();
        for _ in 0..count {
            let request = self.request().await;
            methods.push((request.method, request.message));
        }
        methods
    }

    /// The channels of the next `count` messages, sorted, all of which are about `song`.
    pub(super) async fn channels(&mut self, count: usize, song: u64) -> Vec<u64> {
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
    pub(super) async fn counted(&self, total: u64) -> BTreeMap<String, u64> {
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

    pub(super) async fn target(&self, channel: u64) -> Option<Target> {
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

pub(super) fn title(body: &Value) -> String {
    body["embeds"][0]["title"].as_str().unwrap().to_owned()
}

pub(super) fn posted() -> (StatusCode, Value) {
    (StatusCode::OK, json!({"id": "1"}))
}

/// The channel's first message has the id 100, the next 101.
pub(super) fn numbered(_: u64, before: usize) -> (StatusCode, Value) {
    (StatusCode::OK, json!({"id": (100 + before).to_string()}))
}

pub(super) fn style(mode: Mode) -> Style {
    Style {
        mode,
        ..Style::default()
    }
}
