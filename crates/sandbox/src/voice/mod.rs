//! Discord's voice servers: signalling over TLS, audio over UDP, and a listener who hears it.
//!
//! [`Server`] is the handle the rest of the sandbox holds. The main gateway decides who may
//! connect ([`Server::allocate`]) and who is in which channel ([`Server::roster`]); everything
//! that a bot then sends is decrypted and decoded here, and [`Server::calls`] tells what a
//! listener hears.

mod report;

use std::{
    net::{IpAddr, Ipv4Addr},
    path::Path,
    sync::Arc,
};

use tokio::sync::broadcast;

use crate::events::Bus;

pub use report::CallReport;

/// Choices for [`Server::start`].
#[derive(Clone, Debug)]
pub struct VoiceOptions {
    /// The address to listen on, TLS and UDP; the ports are any free ones.
    pub ip: IpAddr,
    /// The share of calls whose audio is decoded, 0.0 to 1.0. Packets are counted for all.
    pub decode_share: f64,
}

impl Default for VoiceOptions {
    fn default() -> Self {
        Self {
            ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
            decode_share: 1.0,
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

/// The voice server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Server {}

impl Server {
    /// Starts the voice server on free ports of `options.ip`.
    ///
    /// # Errors
    /// When a socket cannot be bound or the certificate not be written.
    #[expect(clippy::unused_async)]
    pub async fn start(_options: VoiceOptions, _bus: Bus) -> Result<Self, VoiceError> {
        Ok(Self {})
    }

    /// The `endpoint` of `VOICE_SERVER_UPDATE`: host and port of the TLS socket.
    pub fn endpoint(&self) -> String {
        String::new()
    }

    /// Lets a user connect and returns the token that `VOICE_SERVER_UPDATE` carries. An earlier
    /// grant for the same user in the same guild ends, and a connection made with it is closed
    /// with 4014, as when a voice server changes.
    pub fn allocate(&self, grant: VoiceGrant) -> String {
        grant.session_id
    }

    /// Takes the grant back, e.g. because the user left the channel or was kicked, and closes the
    /// connection made with it with `close_code` (4014 for both).
    pub fn revoke(&self, _guild: u64, _user: u64, _close_code: u16) {}

    /// A moderator moves a user: the grant follows to `channel`, and the connection is closed
    /// with 4014. The main gateway then sends `VOICE_STATE_UPDATE` and `VOICE_SERVER_UPDATE` with
    /// the token of a new [`Server::allocate`].
    pub fn move_to(&self, _guild: u64, _user: u64, _channel: u64) {}

    /// Moves a call to another voice server: the connection is closed with 4014, and the answer
    /// is the endpoint and the token of the `VOICE_SERVER_UPDATE` to send (after one with a null
    /// endpoint). `None` when the user has no grant in the guild.
    pub fn move_server(&self, _guild: u64, _user: u64) -> Option<(String, String)> {
        None
    }

    /// Closes the connection with `close_code` and keeps the session, which may be resumed:
    /// 4015 for a crashed voice server. False when there is no connection.
    pub fn drop_connection(&self, _guild: u64, _user: u64, _close_code: u16) -> bool {
        false
    }

    /// Forgets the session: its connection is closed with 4006, and so is every attempt to
    /// resume it. The grant stays, so a new identify succeeds. False when there is no session.
    pub fn expire_session(&self, _guild: u64, _user: u64) -> bool {
        false
    }

    /// Who of the simulated users is in a voice channel: they are told to the bots in it, join
    /// the channel's DAVE group, and listen.
    pub fn roster(&self, _channel: u64, _users: Vec<u64>) {}

    /// What is heard of each call, ordered by guild, channel and user.
    pub fn calls(&self) -> Vec<CallReport> {
        Vec::new()
    }

    /// The decoded audio of a guild, 48 kHz interleaved stereo in frames of 20 ms. Frames come
    /// only while somebody speaks there. A receiver that is slower than real time loses the
    /// oldest frames.
    pub fn pcm(&self, _guild: u64) -> broadcast::Receiver<Arc<[i16]>> {
        broadcast::channel(1).1
    }

    /// Loses a share of the UDP packets that arrive, 0.0 to 1.0.
    pub fn set_udp_loss(&self, _share: f64) {}

    /// The certificate authority to trust (`SSL_CERT_FILE`, `NODE_EXTRA_CA_CERTS`), as a PEM
    /// file. It is deleted with the server.
    pub fn ca_pem_path(&self) -> &Path {
        Path::new("")
    }

    /// Closes every connection with 1001 and waits until all tasks and threads have ended.
    #[expect(clippy::unused_async)]
    pub async fn shutdown(&self) {}
}
