//! Discord, LISTEN.moe, Lanyard and the radio stream, simulated strictly.
//!
//! [`Sandbox::start`] is the composition root: it binds the port, builds each service and mounts
//! their routers. The services know [`Context`] and, where they must, each other's handles; none
//! knows this file.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`options`] | what can be chosen at start |
//! | [`events`] | the bus of everything that happens |
//! | [`server`] | the one TCP port: connections, classification, graceful end |
//! | [`ws`] | WebSockets on top of the server's connections |
//! | [`faults`] | faults on command |
//! | [`playlist`] | what the stations play, and the clock that says what is on |
//! | [`listen_moe`] | LISTEN.moe's metadata gateway |
//! | [`stream`] | the stations' audio |
//! | [`lanyard`] | Lanyard's presences |
//! | [`discord`] | Discord as a whole: what holds the five below together |
//! | [`world`] | the state: guilds, channels, members, messages, interactions |
//! | [`rest`] | the REST API |
//! | [`gateway`] | the gateway |
//! | [`control`] | the control API of Discord |
//! | [`cdn`] | pictures, drawn in code |
//! | [`voice`] | Discord's voice servers |
//! | [`page`] | the page at `/`: a simulated Discord client to try a bot in |
//! | [`environment`] | what a bot needs to know to find all of this |

pub mod cdn;
pub mod context;
pub mod control;
pub mod discord;
pub mod environment;
pub mod events;
pub mod faults;
pub mod gateway;
pub mod lanyard;
pub mod listen_moe;
pub mod options;
pub mod page;
pub mod playlist;
pub mod rest;
pub mod server;
pub mod stream;
#[cfg(test)]
mod testing;
pub mod voice;
pub mod world;
pub mod ws;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use tokio::{net::TcpListener, time::timeout};

pub use context::Context;
pub use options::Options;

use discord::Discord;
use lanyard::Lanyard;
use playlist::{OnAir, PerStation};
use rest::record::Recorder;
use stream::{Broadcast, Library};

/// How long [`Sandbox::shutdown`] waits for connections and tasks to end.
const DRAIN: Duration = Duration::from_secs(5);

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken or may not be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file of the record cannot be written.
    #[error("cannot write the record {}: {source}", path.display())]
    Record {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The voice server did not start.
    #[error(transparent)]
    Voice(#[from] voice::VoiceError),
}

/// A running sandbox. Dropping it stops accepting; [`Sandbox::shutdown`] also waits for the end.
#[derive(Debug)]
pub struct Sandbox {
    context: Context,
    voice: voice::Server,
    discord: Discord,
}

impl Sandbox {
    /// Starts every service on `options.ip`. The listeners are up when this returns.
    ///
    /// # Errors
    /// When a port cannot be bound.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let address = SocketAddr::new(options.ip, options.port);
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let mut context = Context::new(options, listener.local_addr().map_err(listen)?);
        if let Some(path) = context.options.record.clone() {
            context.recorder =
                Recorder::open(&path).map_err(|source| StartError::Record { path, source })?;
        }

        let voice_options = voice::VoiceOptions {
            ip: context.options.ip,
            decode_share: context.options.voice_decode_share,
            faults: context.faults.clone(),
            ..voice::VoiceOptions::default()
        };
        let voice = voice::Server::start(voice_options, context.bus.clone()).await?;

        let discord = Discord::new(&context, voice.clone());
        let lanyard = Lanyard::start(&context, monitored(&discord));
        // Each service brings its own router; the paths do not overlap.
        let router = axum::Router::new()
            .merge(faults::routes::router(&context))
            .merge(cdn::router(&context))
            .merge(discord.router())
            .merge(page::router())
            .merge(voice::routes::router(voice.clone()))
            .merge(radio(&context))
            .merge(lanyard::routes::router(lanyard));
        server::start(&context, listener, router);
        Ok(Self {
            context,
            voice,
            discord,
        })
    }

    /// The address of the one TCP port.
    pub fn addr(&self) -> SocketAddr {
        self.context.addr
    }

    /// What every service was built with.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The environment a bot needs to run in this sandbox, as `(NAME, value)`.
    pub fn environment(&self) -> Vec<(String, String)> {
        environment::variables(
            &self.context,
            &self.discord.token(),
            self.voice.ca_pem_path(),
        )
    }

    /// Closes every connection and waits until every task has ended, at most five seconds.
    pub async fn shutdown(self) {
        self.context.token.cancel();
        self.context.tasks.close();
        self.voice.shutdown().await;
        if timeout(DRAIN, self.context.tasks.wait()).await.is_err() {
            tracing::warn!("some tasks did not end within {DRAIN:?}");
        }
        if timeout(DRAIN, self.context.recorder.close()).await.is_err() {
            tracing::warn!("the record was not written to its end within {DRAIN:?}");
        }
    }
}

/// People of the demo whom Lanyard knows. The last two have not joined it, so that what a bot says
/// of such people can be seen.
fn monitored(discord: &Discord) -> Vec<lanyard::Person> {
    discord
        .people()
        .into_iter()
        .take(12)
        .map(|(id, username, name)| lanyard::Person { id, username, name })
        .collect()
}

/// LISTEN.moe: the clock of each station, and the gateway and the audio that follow it.
fn radio(context: &Context) -> axum::Router {
    let library = Library::new(context.tasks.clone());
    let gateways = PerStation::new(|station| {
        let on_air = OnAir::start(context, station, library.clone());
        let audio = Broadcast::start(context, on_air.clone(), library.clone());
        listen_moe::Gateway::new(context, on_air, audio)
    });
    let audio = PerStation::new(|station| gateways.get(station).audio.clone());
    axum::Router::new()
        .merge(stream::routes::router(audio))
        .merge(listen_moe::routes::router(context, gateways))
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.context.token.cancel();
    }
}
