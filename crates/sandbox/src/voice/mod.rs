//! Discord's voice servers: signalling over TLS, audio over UDP, and a listener who hears it.
//!
//! [`Server`] is the handle the rest of the sandbox holds. The main gateway decides who may
//! connect ([`Server::allocate`]) and who is in which channel ([`Server::roster`]); everything
//! that a bot then sends is decrypted and decoded here, and [`Server::calls`] tells what a
//! listener hears.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`state`] | grants and calls: who may connect, who is connected |
//! | [`call`] | one bot's session: its transport, its counters |
//! | [`signalling`] | the WebSocket: identify, resume, heartbeats, close codes |
//! | [`outbox`] | messages to a client, numbered and repeated as its version has it |
//! | [`room`] | a channel: who is told what of whom |
//! | [`dave`] | end-to-end encryption: the delivery service and the simulated members |
//! | [`udp`], [`datagrams`] | the socket that receives audio, and when |
//! | [`rtp`], [`crypto`], `rtcp` | its packets, their transport encryption, and reports on them |
//! | [`listener`] | decoding, level, pitch, gaps |
//! | [`report`] | what is known of a call, and of all of them together |
//! | [`routes`] | `/control/voice`: the reports, and the sound |
//! | [`tls`] | the certificates |

pub mod call;
pub mod crypto;
pub mod datagrams;
pub mod dave;
pub mod listener;
pub mod outbox;
pub mod report;
pub mod room;
pub mod routes;
mod rtcp;
pub mod rtp;
pub mod signalling;
pub mod state;
pub mod tls;
pub mod udp;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::{JoinHandle, available_parallelism},
    time::Duration,
};

use tokio::{net::TcpListener, sync::broadcast, time::timeout};

use self::{
    dave::authority::Authority, listener::workers::Workers, signalling::Close, state::Shared,
    tls::Tls,
};
use crate::{events::Bus, faults::Faults};

pub use report::{CallReport, Summary};

/// How long [`Server::shutdown`] waits for connections to close politely.
const DRAIN: Duration = Duration::from_secs(5);

/// Choices for [`Server::start`].
#[derive(Clone, Debug)]
pub struct VoiceOptions {
    /// The address to listen on, TLS and UDP; the ports are any free ones.
    pub ip: IpAddr,
    /// The share of calls whose audio is decoded, 0.0 to 1.0. Packets are counted for all.
    pub decode_share: f64,
    /// How often clients are to send heartbeats. Two missed ones close the connection.
    pub heartbeat: Duration,
    /// The faults that it obeys: those of `voice-gateway` and `voice-udp`.
    pub faults: Faults,
}

impl Default for VoiceOptions {
    fn default() -> Self {
        Self {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            decode_share: 1.0,
            heartbeat: Duration::from_millis(13_750),
            faults: Faults::default(),
        }
    }
}

/// Permission for one voice connection, given by the main gateway with `VOICE_SERVER_UPDATE`.
#[derive(Clone, Debug)]
pub struct VoiceGrant {
    /// The server the channel belongs to.
    pub guild: u64,
    /// The channel to connect to.
    pub channel: u64,
    /// Who may connect.
    pub user: u64,
    /// The session id of the user's voice state, which the client must present.
    pub session_id: String,
    /// Whether a session without DAVE is closed with 4017: every channel but a stage.
    pub dave_required: bool,
}

/// Why the voice server could not start.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// A socket could not be bound, or a file not be written.
    #[error("cannot start the voice server: {0}")]
    Io(#[from] std::io::Error),
}

/// The voice server. Cheap to clone; it stops when the last handle is gone, or by
/// [`Server::shutdown`].
#[derive(Clone, Debug)]
pub struct Server {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    shared: Arc<Shared>,
    address: SocketAddr,
    // Servers move by changing the name under which they are known.
    by_name: AtomicBool,
    tls: Tls,
    workers: Workers,
    receiver: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.token.cancel();
    }
}

impl Server {
    /// Starts the voice server on free ports of `options.ip`.
    ///
    /// # Errors
    /// When a socket cannot be bound, a thread not be started or the certificate not be written.
    pub async fn start(options: VoiceOptions, bus: Bus) -> Result<Self, VoiceError> {
        let (tls, acceptor) = Tls::new(options.ip)?;
        let listener = TcpListener::bind((options.ip, 0)).await?;
        let address = listener.local_addr()?;
        let socket = UdpSocket::bind((options.ip, 0))?;
        udp::prepare(&socket)?;
        let authority = Authority::new()
            .ok_or_else(|| std::io::Error::other("no randomness for the DAVE authority"))?;
        let shared = Arc::new(Shared::new(
            options,
            bus.clone(),
            socket.local_addr()?,
            authority,
        ));
        let workers = Workers::start(available_parallelism().map_or(1, usize::from).min(4), &bus)?;
        let receiver = udp::start(Arc::clone(&shared), socket, workers.queues())?;
        shared.tasks.spawn(signalling::accept::run(
            Arc::clone(&shared),
            listener,
            acceptor,
        ));
        Ok(Self {
            inner: Arc::new(Inner {
                shared,
                address,
                by_name: AtomicBool::new(false),
                tls,
                workers,
                receiver: Mutex::new(Some(receiver)),
            }),
        })
    }

    /// The `endpoint` of `VOICE_SERVER_UPDATE`: host and port of the TLS socket.
    pub fn endpoint(&self) -> String {
        if self.inner.by_name.load(Relaxed) {
            format!("localhost:{}", self.inner.address.port())
        } else {
            self.inner.address.to_string()
        }
    }

    /// Lets a user connect and returns the token that `VOICE_SERVER_UPDATE` carries. An earlier
    /// grant for the same user in the same guild ends, and a connection made with it is closed
    /// with 4014, as when a voice server changes.
    pub fn allocate(&self, grant: VoiceGrant) -> String {
        self.inner.shared.allocate(grant)
    }

    /// Takes the grant back, e.g. because the user left the channel or was kicked, and closes the
    /// connection made with it with `close_code` (4014 for both).
    pub fn revoke(&self, guild: u64, user: u64, close_code: u16) {
        self.inner
            .shared
            .revoke((guild, user), Close::provoked(close_code));
    }

    /// A moderator moves a user: the grant follows to `channel`, and the connection is closed
    /// with 4014. The main gateway then sends `VOICE_STATE_UPDATE` and `VOICE_SERVER_UPDATE` with
    /// the token of a new [`Server::allocate`].
    pub fn move_to(&self, guild: u64, user: u64, channel: u64) {
        self.inner.shared.move_to((guild, user), channel);
    }

    /// Moves a call to another voice server: the connection is closed with 4014, and the answer
    /// is the endpoint and the token of the `VOICE_SERVER_UPDATE` to send (after one with a null
    /// endpoint). `None` when the user has no grant in the guild.
    pub fn move_server(&self, guild: u64, user: u64) -> Option<(String, String)> {
        let token = self.inner.shared.renew((guild, user))?;
        if self.inner.address.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST) {
            self.inner.by_name.fetch_not(Relaxed);
        }
        Some((self.endpoint(), token))
    }

    /// Closes the connection with `close_code` and keeps the session, which may be resumed:
    /// 4015 for a crashed voice server. False when there is no connection.
    pub fn drop_connection(&self, guild: u64, user: u64, close_code: u16) -> bool {
        let call = self.inner.shared.call((guild, user));
        call.is_some_and(|call| call.outbox.close(Close::provoked(close_code)))
    }

    /// Forgets the session: its connection is closed with 4006, and so is every attempt to
    /// resume it. The grant stays, so a new identify succeeds. False when there is no session.
    pub fn expire_session(&self, guild: u64, user: u64) -> bool {
        self.inner
            .shared
            .expire((guild, user), Close::SESSION_INVALID)
    }

    /// Whether a user may not be heard: suppressed, or muted by the guild. Discord then drops what
    /// it sends, without a word to it. Holds until the grant is revoked.
    pub fn hush(&self, guild: u64, user: u64, hushed: bool) {
        self.inner.shared.hush((guild, user), hushed);
    }

    /// Who of the simulated users is in a voice channel: they are told to the bots in it, join
    /// the channel's DAVE group, and listen.
    pub fn roster(&self, channel: u64, users: Vec<u64>) {
        self.inner.shared.rooms.set_roster(channel, users);
    }

    /// Whether a simulated user's client knows DAVE; all do at first. One in a channel that does
    /// not ends the encryption there (op 21 to version 0) until it leaves.
    pub fn set_dave_support(&self, user: u64, supported: bool) {
        self.inner.shared.rooms.set_dave_support(user, supported);
    }

    /// Whether a client without DAVE is closed with 4017, as it is since March 2026. Before, such
    /// a client was let in and ended the encryption of its channel.
    pub fn set_dave_required(&self, required: bool) {
        self.inner.shared.set_dave_required(required);
    }

    /// What is heard of each call, ordered by guild and user. Calls whose connection was lost
    /// stay for half a minute, not connected, because they may be resumed.
    pub fn calls(&self) -> Vec<CallReport> {
        self.inner.shared.reports()
    }

    /// All calls together, since the last [`Server::measure`].
    pub fn summary(&self) -> Summary {
        self.inner.shared.summary()
    }

    /// Begins the statistics of arrival anew for all calls: gaps, pauses, deviations, rates.
    pub fn measure(&self) {
        self.inner.shared.measure();
    }

    /// The decoded audio of a guild, 48 kHz interleaved stereo in frames of 20 ms. Frames come
    /// only while somebody speaks there. A receiver that is more than 2 s behind loses the
    /// oldest frames.
    pub fn pcm(&self, guild: u64) -> broadcast::Receiver<Arc<[i16]>> {
        self.inner.shared.taps.with(guild, |tap| tap.subscribe())
    }

    /// Datagrams from senders that no call knows, since the start.
    pub fn strays(&self) -> u64 {
        self.inner.shared.strays()
    }

    /// The certificate authority to trust (`SSL_CERT_FILE`, `NODE_EXTRA_CA_CERTS`), as a PEM
    /// file. It is deleted with the server.
    pub fn ca_pem_path(&self) -> &Path {
        self.inner.tls.ca_pem()
    }

    /// Closes every connection with 1001 and waits until all tasks and threads have ended, at
    /// most a few seconds.
    pub async fn shutdown(&self) {
        let shared = &self.inner.shared;
        shared.token.cancel();
        shared.tasks.close();
        if timeout(DRAIN, shared.tasks.wait()).await.is_err() {
            tracing::warn!("some voice connections did not end within {DRAIN:?}");
        }
        let receiver = self
            .inner
            .receiver
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let inner = Arc::clone(&self.inner);
        let joined = tokio::task::spawn_blocking(move || {
            // The receiver holds the workers' queues: it has to end first.
            if receiver.is_some_and(|receiver| receiver.join().is_err()) {
                tracing::error!("the thread that receives voice has panicked");
            }
            inner.workers.join();
        });
        if joined.await.is_err() {
            tracing::error!("ending the voice threads failed");
        }
    }
}
