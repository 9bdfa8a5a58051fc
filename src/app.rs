//! The composition root: build, supervise, drain.

use std::{path::Path, time::Duration};

use time::OffsetDateTime;
use tokio::{
    net::TcpListener,
    signal::unix::{Signal, SignalKind, signal},
    time::timeout,
};
use tracing::{debug, info, warn};

use crate::{
    announcer::Announcer,
    config::Config,
    discord::{self, BotError, Rest},
    heard::{self, Listening},
    language::Servers,
    lanyard::{self, Presences},
    link::{self, LinkReporter, Protocol},
    listen_moe::{self, OnAirRx, Stations},
    radio::{Radio, Songs, Streams},
    station::Station,
    store::{BackupsTask, Store, StoreError},
    supervisor::{Supervisor, TaskEnded},
    telemetry::{self, Metrics},
};

/// From the first signal to the end of the process.
const DRAIN: Duration = Duration::from_secs(10);

/// Of that, for the tasks: to finish what is in flight, leave voice channels and log out.
const DRAIN_TASKS: Duration = Duration::from_secs(9);

/// Why the bot ended, other than because it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Something outside does not fit the configuration.
    #[error("{variable}: {why}")]
    Configuration {
        /// The variable to look at.
        variable: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The database is damaged, or from the future.
    #[error("DATABASE_URL: {0}")]
    Store(StoreError),
    /// A part of the bot ended before its time.
    #[error("{0}")]
    Task(TaskEnded),
    /// The settings cannot be copied to where they were to go.
    #[error("{0}")]
    Backup(StoreError),
    /// The operating system denies what no program can do without.
    #[error("cannot listen for signals: {0}")]
    Signals(std::io::Error),
    /// The TLS setup of this machine is broken.
    #[error("cannot make HTTP requests: {0}")]
    Http(reqwest::Error),
    /// A second signal came while stopping.
    #[error("stopped at once, at a second signal")]
    Impatient,
}

impl AppError {
    /// The exit code of the process: 2 when the configuration is to be corrected, 130 when it was
    /// interrupted, 1 otherwise.
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Configuration { .. } => 2,
            Self::Impatient => 130,
            Self::Store(_) | Self::Task(_) | Self::Backup(_) | Self::Signals(_) | Self::Http(_) => {
                1
            }
        }
    }

    fn configuration(variable: &'static str, why: &impl ToString) -> Self {
        Self::Configuration {
            variable,
            why: why.to_string(),
        }
    }
}

impl From<TaskEnded> for AppError {
    fn from(ended: TaskEnded) -> Self {
        match ended.error::<BotError>().and_then(BotError::variable) {
            Some((variable, why)) => Self::configuration(variable, &why),
            None => Self::Task(ended),
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        if error.is_configuration() {
            Self::configuration("DATABASE_URL", &error)
        } else {
            Self::Store(error)
        }
    }
}

/// Runs the bot until SIGINT or SIGTERM (`Ok`), or until a part of it fails.
pub async fn run(config: Config) -> Result<(), AppError> {
    let mut signals = Signals::new().map_err(AppError::Signals)?;
    let mut app = tokio::select! {
        app = App::build(&config) => app?,
        () = signals.recv() => return Ok(()),
    };
    let outcome = tokio::select! {
        ended = app.supervisor.watch() => {
            debug!("Stopping: {ended}");
            // Told on the last line.
            Err(ended.into())
        }
        () = signals.recv() => {
            info!("Stopping");
            Ok(())
        }
    };
    tokio::select! {
        () = app.drain() => outcome,
        () = signals.recv() => Err(AppError::Impatient),
    }
}

/// Copies the settings to the new file `to`, also while a bot uses them.
pub async fn backup(database_url: &str, to: &Path) -> Result<(), AppError> {
    let store = Store::open_to_copy(database_url).await?;
    let copied = store.backup(to).await;
    store.close().await;
    copied.map_err(AppError::Backup)
}

/// The running bot.
struct App {
    supervisor: Supervisor,
    store: Store,
}

impl App {
    /// Builds every part before any of them runs: what is wrong is found before Discord, or
    /// anyone else, hears of us.
    async fn build(config: &Config) -> Result<Self, AppError> {
        let store = Store::open(&config.database_url).await?;
        let servers = Servers::load(&store).await?;
        let listener = TcpListener::bind(config.http_listen)
            .await
            .map_err(|error| AppError::configuration("HTTP_LISTEN", &error))?;
        // The one that was given, where the configuration leaves the port to the system.
        let address = listener
            .local_addr()
            .map_err(|error| AppError::configuration("HTTP_LISTEN", &error))?;
        let rest = Rest::new(config).map_err(AppError::Http)?;
        let metrics = Metrics::new();
        let streams = Streams {
            jpop: config.listen_moe_jpop_stream.clone(),
            kpop: config.listen_moe_kpop_stream.clone(),
        };
        let mut supervisor = Supervisor::new();
        let token = supervisor.token();
        let (mut hears_jpop, jpop) =
            follow_station(&mut supervisor, &metrics, config, Station::Jpop);
        let (mut hears_kpop, kpop) =
            follow_station(&mut supervisor, &metrics, config, Station::Kpop);
        let stations = Stations { jpop, kpop };
        let songs = Songs {
            stations: stations.clone(),
            servers: servers.clone(),
            line: discord::cards::caption,
        };
        let (radio, radio_task) =
            Radio::new(streams, songs, rest.clone(), store.clone(), metrics.clone())
                .map_err(AppError::Http)?;
        let presences = follow_presences(&mut supervisor, &metrics, config);
        supervisor.spawn_infallible("radio", radio_task.run(token.clone()));

        let announcer = Announcer::new(
            stations.clone(),
            store.clone(),
            rest.clone(),
            metrics.clone(),
            servers.clone(),
        );
        let redraws = announcer.redraws();
        let announcing = announcer.run(hears_jpop.plays(), hears_kpop.plays(), token.clone());
        supervisor.spawn_infallible("announcer", announcing);
        let (jpop_plays, kpop_plays) = (hears_jpop.plays(), hears_kpop.plays());
        let recording = heard::record(jpop_plays, kpop_plays, store.clone(), token.clone());
        supervisor.spawn_infallible("record", recording);
        supervisor.spawn_infallible("heard-jpop", hears_jpop.run(radio.clone(), token.clone()));
        supervisor.spawn_infallible("heard-kpop", hears_kpop.run(radio.clone(), token.clone()));

        if let Some(backups) = config.backups() {
            let backups = BackupsTask::new(store.clone(), backups);
            supervisor.spawn_infallible("backups", backups.run(token.clone()));
        }

        let data = discord::Data {
            stations,
            presences,
            store: store.clone(),
            servers,
            radio,
            metrics: metrics.clone(),
            rest: rest.clone(),
            cooldowns: discord::Cooldowns::default(),
            registered: discord::Registered::default(),
            started: OffsetDateTime::now_utc(),
            live: discord::Live::default(),
            redraws,
            changes: discord::Changes::default(),
            has_account: config.listen_moe_token.is_some(),
        };
        let panels = discord::panels::run(data.clone(), token.clone());
        supervisor.spawn_infallible("panels", panels);
        let live = discord::live::run(data.clone(), token.clone());
        supervisor.spawn_infallible("live cards", live);
        let session = discord::run(rest, data, token.clone());
        supervisor.spawn("discord", async { Ok(session.await?) });

        supervisor.spawn_infallible("http", telemetry::serve(listener, metrics, token));
        info!("Health and metrics: listening on http://{address}");
        Ok(Self { supervisor, store })
    }

    /// Takes no more work, finishes what is in flight, and leaves politely.
    async fn drain(&mut self) {
        let steps = async {
            self.supervisor.drain(DRAIN_TASKS).await;
            self.store.close().await;
        };
        if timeout(DRAIN, steps).await.is_err() {
            warn!("Not everything ended within {DRAIN:?}");
        }
    }
}

fn follow_station(
    supervisor: &mut Supervisor,
    metrics: &Metrics,
    config: &Config,
    station: Station,
) -> (Listening, OnAirRx) {
    let gateway = config.listen_moe_gateway(station).clone();
    let token = config.listen_moe_token.clone();
    let (upstream, on_air, plays) = listen_moe::Upstream::new(station, gateway, token);
    follow(supervisor, metrics, upstream);
    Listening::new(station, on_air, plays)
}

fn follow_presences(supervisor: &mut Supervisor, metrics: &Metrics, config: &Config) -> Presences {
    let (upstream, presences) = lanyard::Upstream::new(
        config.lanyard_socket.clone(),
        config.lanyard_subscription(),
        config.lanyard_limits(),
    );
    metrics.watch_presences(presences.clone());
    let upstream = upstream.refreshed_every(config.lanyard_refresh());
    follow(supervisor, metrics, upstream);
    presences
}

/// Keeps a connection to an upstream for as long as the bot runs.
fn follow<P>(supervisor: &mut Supervisor, metrics: &Metrics, upstream: P)
where
    P: Protocol + 'static,
    P::Session: 'static,
{
    let (reporter, status) = LinkReporter::new();
    let name = upstream.name();
    metrics.watch_upstream(name, status);
    supervisor.spawn_infallible(name, link::run(upstream, reporter, supervisor.token()));
}

/// What asks the bot to stop: Ctrl-C, or a service manager.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn recv(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
