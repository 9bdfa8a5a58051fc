//! A voice client's signalling, in version 4 of the voice gateway: the handshake, heartbeats, and
//! its part in the channel's DAVE group.

use std::{
    net::UdpSocket,
    num::NonZeroU16,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aes_gcm::{Aes256Gcm, KeyInit as _, aead::AeadInPlace as _};
use anyhow::{Context as _, bail};
use davey::{DaveSession, ProposalsOperationType};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::watch,
    time::{interval, timeout},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use crate::grants::Grant;

const MODE: &str = "aead_aes256_gcm_rtpsize";
/// How long a handshake, or a group, may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Less than any heartbeat interval.
const HEARTBEAT: Duration = Duration::from_secs(5);
const DAVE: NonZeroU16 = NonZeroU16::MIN;

/// What the sender needs of a call.
pub(crate) struct Session {
    socket: UdpSocket,
    ssrc: u32,
    cipher: Aes256Gcm,
    dave: Mutex<DaveSession>,
    encrypted: watch::Sender<bool>,
    outgoing: Mutex<Outgoing>,
}

#[derive(Default)]
struct Outgoing {
    sequence: u16,
    timestamp: u32,
    nonce: u32,
    packet: Vec<u8>,
}

/// The WebSocket of a call.
pub(crate) struct Signalling {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    grant: Grant,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Trust in the voice server alone.
pub(crate) fn tls(ca: &Path) -> anyhow::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca)? {
        roots.add(certificate?)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// From the connection to the session description, and the microphone on.
pub(crate) async fn join(
    grant: Grant,
    tls: Arc<ClientConfig>,
) -> anyhow::Result<(Arc<Session>, Signalling)> {
    timeout(PATIENCE, shake_hands(grant, tls))
        .await
        .context("a handshake takes too long")?
}

async fn shake_hands(
    grant: Grant,
    tls: Arc<ClientConfig>,
) -> anyhow::Result<(Arc<Session>, Signalling)> {
    let stream = TcpStream::connect(&grant.endpoint).await?;
    stream.set_nodelay(true)?;
    let (host, _) = grant
        .endpoint
        .rsplit_once(':')
        .context("an endpoint without a port")?;
    let stream = TlsConnector::from(tls)
        .connect(ServerName::try_from(host.to_owned())?, stream)
        .await?;
    let (socket, _) = client_async(format!("wss://{}/?v=4", grant.endpoint), stream).await?;
    let mut signalling = Signalling { socket, grant };
    let grant = &signalling.grant;
    let identify = json!({
        "server_id": grant.guild.to_string(), "user_id": grant.user.to_string(),
        "session_id": grant.session_id, "token": grant.token, "max_dave_protocol_version": DAVE,
    });
    let dave = DaveSession::new(DAVE, grant.user, grant.channel, None)?;
    signalling.send(0, &identify).await?;
    let ready = signalling.wait_for(2).await?;
    let ssrc = u32::try_from(ready["ssrc"].as_u64().context("no ssrc")?)?;
    let port = u16::try_from(ready["port"].as_u64().context("no port")?)?;
    let udp = UdpSocket::bind("127.0.0.1:0")?;
    udp.connect((ready["ip"].as_str().context("no ip")?, port))?;
    let own = udp.local_addr()?;
    let data = json!({"address": own.ip(), "port": own.port(), "mode": MODE});
    signalling
        .send(1, &json!({"protocol": "udp", "data": data}))
        .await?;
    let description = signalling.wait_for(4).await?;
    let key: Vec<u8> = serde_json::from_value(description["secret_key"].clone())?;
    signalling
        .send(5, &json!({"speaking": 1, "delay": 0, "ssrc": ssrc}))
        .await?;
    let session = Session {
        socket: udp,
        ssrc,
        cipher: Aes256Gcm::new_from_slice(&key)?,
        dave: Mutex::new(dave),
        encrypted: watch::Sender::new(false),
        outgoing: Mutex::default(),
    };
    let package = lock(&session.dave).create_key_package()?;
    signalling.send_binary(26, &package).await?;
    Ok((Arc::new(session), signalling))
}

impl Signalling {
    async fn send(&mut self, op: u8, d: &Value) -> anyhow::Result<()> {
        let text = json!({"op": op, "d": d}).to_string();
        Ok(self.socket.send(Message::text(text)).await?)
    }

    async fn send_binary(&mut self, op: u8, payload: &[u8]) -> anyhow::Result<()> {
        Ok(self
            .socket
            .send(Message::binary([&[op], payload].concat()))
            .await?)
    }

    async fn wait_for(&mut self, wanted: u64) -> anyhow::Result<Value> {
        loop {
            match self
                .socket
                .next()
                .await
                .context("the voice server has gone")??
            {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text)?;
                    if message["op"] == wanted {
                        return Ok(message["d"].clone());
                    }
                }
                Message::Close(frame) => bail!("closed with {frame:?}"),
                _ => {}
            }
        }
    }

    /// Heartbeats and DAVE, until the socket ends.
    pub(crate) async fn run(mut self, session: Arc<Session>) -> anyhow::Result<()> {
        let mut heartbeat = interval(HEARTBEAT);
        loop {
            tokio::select! {
                _ = heartbeat.tick() => self.send(3, &json!(1)).await?,
                message = self.socket.next() => {
                    match message.context("the voice server has gone")?? {
                        Message::Text(text) => self.text(&session, &text).await?,
                        Message::Binary(bytes) => self.binary(&session, &bytes).await?,
                        Message::Close(frame) => bail!("closed with {frame:?}"),
                        _ => {}
                    }
                }
            }
        }
    }

    async fn text(&mut self, session: &Session, text: &str) -> anyhow::Result<()> {
        let message: Value = serde_json::from_str(text)?;
        if message["op"] == 24 && message["d"]["epoch"] == 1 {
            let package = {
                let mut dave = lock(&session.dave);
                dave.reinit(DAVE, self.grant.user, self.grant.channel, None)?;
                dave.create_key_package()?
            };
            self.send_binary(26, &package).await?;
        }
        Ok(())
    }

    async fn binary(&mut self, session: &Session, bytes: &[u8]) -> anyhow::Result<()> {
        let (op, payload) = bytes.split_first().context("an empty message")?;
        match op {
            25 => lock(&session.dave).set_external_sender(payload)?,
            27 => {
                let (kind, proposals) = payload.split_first().context("no proposals")?;
                let kind = match kind {
                    0 => ProposalsOperationType::APPEND,
                    _ => ProposalsOperationType::REVOKE,
                };
                let made = lock(&session.dave).process_proposals(kind, proposals, None)?;
                if let Some(made) = made {
                    let welcome = made.welcome.unwrap_or_default();
                    self.send_binary(28, &[made.commit, welcome].concat())
                        .await?;
                }
            }
            29 | 30 => {
                let (transition, message) = payload.split_at_checked(2).context("no transition")?;
                let transition = u16::from_be_bytes([transition[0], transition[1]]);
                if *op == 29 {
                    lock(&session.dave).process_commit(message)?;
                } else {
                    lock(&session.dave).process_welcome(message)?;
                }
                session.encrypted.send_replace(true);
                self.send(23, &json!({"transition_id": transition})).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Session {
    /// Waits until the session is a member of its channel's group.
    pub(crate) async fn encrypted(&self) -> anyhow::Result<()> {
        let mut encrypted = self.encrypted.subscribe();
        timeout(PATIENCE, encrypted.wait_for(|encrypted| *encrypted))
            .await
            .context("a group takes too long")??;
        Ok(())
    }

    /// Encrypts and sends one packet of 20 ms.
    pub(crate) fn send(&self, opus: &[u8]) -> anyhow::Result<()> {
        let mut outgoing = lock(&self.outgoing);
        let Outgoing {
            sequence,
            timestamp,
            nonce,
            packet,
        } = &mut *outgoing;
        packet.clear();
        packet.extend([0x80, 0x78]);
        packet.extend(sequence.to_be_bytes());
        packet.extend(timestamp.to_be_bytes());
        packet.extend(self.ssrc.to_be_bytes());
        {
            let mut dave = lock(&self.dave);
            if dave.is_ready() {
                packet.extend_from_slice(&dave.encrypt_opus(opus)?);
            } else {
                packet.extend_from_slice(opus);
            }
        }
        let counter = nonce.to_be_bytes();
        let mut full = [0; 12];
        full[..4].copy_from_slice(&counter);
        let (header, body) = packet.split_at_mut(12);
        let tag = self
            .cipher
            .encrypt_in_place_detached(&full.into(), header, body)
            .map_err(|_| anyhow::anyhow!("a packet beyond AES-GCM"))?;
        packet.extend_from_slice(&tag);
        packet.extend(counter);
        *sequence = sequence.wrapping_add(1);
        *timestamp = timestamp.wrapping_add(960);
        *nonce += 1;
        self.socket.send(packet)?;
        Ok(())
    }
}
