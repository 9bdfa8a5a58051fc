//! A voice client, written from Discord's documentation.

use std::sync::Arc;

use aes_gcm::{Aes256Gcm, KeyInit as _, aead::Aead as _};
use chacha20poly1305::XChaCha20Poly1305;
use futures_util::{SinkExt, StreamExt};
use sandbox::voice::Server;
use serde_json::{Value, json};
use tokio::{
    net::{TcpStream, UdpSocket},
    time::timeout,
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
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, protocol::CloseFrame},
};

use crate::{BOT, GUILD, PATIENCE, SESSION};

pub(crate) const GCM: &str = "aead_aes256_gcm_rtpsize";
pub(crate) const XCHACHA: &str = "aead_xchacha20_poly1305_rtpsize";

/// What the server sends.
#[derive(Debug)]
pub(crate) enum Received {
    Json { op: u64, d: Value },
    Binary { op: u8, payload: Vec<u8> },
    Closed(Option<CloseFrame>),
}

/// One WebSocket.
pub(crate) struct Client {
    socket: WebSocketStream<TlsStream<TcpStream>>,
    version: u8,
    /// The last sequence number seen, -1 before the first.
    pub(crate) seq: i64,
}

impl Client {
    /// Connects and reads hello.
    pub(crate) async fn connect(server: &Server, version: u8) -> Self {
        let mut client = Self::open(server, &format!("/?v={version}"), version).await;
        let (op, d) = client.json().await;
        assert_eq!(op, 8);
        assert!(d["heartbeat_interval"].as_f64().unwrap() > 1000.0);
        client
    }

    /// Connects to any path.
    pub(crate) async fn open(server: &Server, path: &str, version: u8) -> Self {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(server.ca_pem_path()).unwrap() {
            roots.add(certificate.unwrap()).unwrap();
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let endpoint = server.endpoint();
        let (host, _) = endpoint.rsplit_once(':').unwrap();
        let stream = TcpStream::connect(&endpoint).await.unwrap();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        let stream = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await
            .unwrap();
        let url = format!("wss://{endpoint}{path}");
        let (socket, _) = client_async(url, stream).await.unwrap();
        Self {
            socket,
            version,
            seq: -1,
        }
    }

    pub(crate) async fn send(&mut self, op: u8, d: Value) {
        let text = json!({ "op": op, "d": d }).to_string();
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn send_binary(&mut self, op: u8, payload: &[u8]) {
        self.socket
            .send(Message::binary([&[op], payload].concat()))
            .await
            .unwrap();
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    pub(crate) async fn receive(&mut self) -> Received {
        loop {
            let message = timeout(PATIENCE, self.socket.next())
                .await
                .expect("a message in time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    let value: Value = serde_json::from_str(&text).unwrap();
                    let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
                    if self.version < 8 {
                        assert_eq!(keys, ["d", "op"], "songbird refuses any other key");
                    }
                    let op = value["op"].as_u64().unwrap();
                    if let Some(seq) = value["seq"].as_i64() {
                        self.follow(seq);
                    } else {
                        assert!(
                            self.version < 8 || [6, 8, 9].contains(&op),
                            "{text} has no number"
                        );
                    }
                    return Received::Json {
                        op,
                        d: value["d"].clone(),
                    };
                }
                Some(Ok(Message::Binary(bytes))) => {
                    let mut bytes = bytes.to_vec();
                    if self.version >= 8 {
                        let rest = bytes.split_off(2);
                        self.follow(i64::from(u16::from_be_bytes([bytes[0], bytes[1]])));
                        bytes = rest;
                    }
                    let payload = bytes.split_off(1);
                    return Received::Binary {
                        op: bytes[0],
                        payload,
                    };
                }
                Some(Ok(Message::Close(frame))) => return Received::Closed(frame),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Received::Closed(None),
            }
        }
    }

    fn follow(&mut self, seq: i64) {
        if self.seq >= 0 {
            assert_eq!(seq, (self.seq + 1) & 0xFFFF, "numbers follow each other");
        }
        self.seq = seq;
    }

    /// The next message, which must be JSON.
    pub(crate) async fn json(&mut self) -> (u64, Value) {
        match self.receive().await {
            Received::Json { op, d } => (op, d),
            other => panic!("{other:?} instead of JSON"),
        }
    }

    /// The data of the next message of that operation; others in between are ignored.
    pub(crate) async fn wait_for(&mut self, wanted: u64) -> Value {
        loop {
            match self.receive().await {
                Received::Json { op, d } if op == wanted => return d,
                Received::Closed(frame) => panic!("closed with {frame:?} instead of op {wanted}"),
                _ => {}
            }
        }
    }

    /// The code the server closes with; messages before it are ignored.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Received::Closed(frame) = self.receive().await {
                return frame.expect("a close frame").code.into();
            }
        }
    }

    /// Whether the server ends the connection without a close frame.
    pub(crate) async fn ended(&mut self) -> bool {
        loop {
            if let Received::Closed(frame) = self.receive().await {
                return frame.is_none();
            }
        }
    }

    pub(crate) async fn identify(&mut self, token: &str, dave: Option<u16>) {
        let mut d = json!({
            "server_id": GUILD.to_string(),
            "user_id": BOT.to_string(),
            "session_id": SESSION,
            "token": token,
        });
        if let Some(dave) = dave {
            d["max_dave_protocol_version"] = dave.into();
        }
        self.send(0, d).await;
    }

    pub(crate) async fn resume(&mut self, token: &str, seq_ack: i64) {
        let mut d =
            json!({ "server_id": GUILD.to_string(), "session_id": SESSION, "token": token });
        if self.version >= 8 {
            d["seq_ack"] = seq_ack.into();
        }
        self.send(7, d).await;
    }

    /// From identify to the session description, and the microphone on.
    pub(crate) async fn join(
        &mut self,
        token: &str,
        mode: &'static str,
        dave: Option<u16>,
    ) -> Media {
        self.identify(token, dave).await;
        let ready = self.wait_for(2).await;
        let mut media = Media::discover(&ready, mode).await;
        let address = media.address.clone();
        let data = json!({ "address": address.0, "port": address.1, "mode": mode });
        self.send(1, json!({ "protocol": "udp", "data": data }))
            .await;
        let description = self.wait_for(4).await;
        assert_eq!(description["mode"], mode);
        media.key = serde_json::from_value(description["secret_key"].clone()).unwrap();
        media.dave = description["dave_protocol_version"].as_u64().unwrap();
        self.send(5, json!({ "speaking": 1, "delay": 0, "ssrc": media.ssrc }))
            .await;
        media
    }
}

/// The UDP side of a session.
pub(crate) struct Media {
    pub(crate) socket: UdpSocket,
    pub(crate) ssrc: u32,
    pub(crate) dave: u64,
    pub(crate) sequence: u16,
    pub(crate) nonce: u32,
    timestamp: u32,
    mode: &'static str,
    key: Vec<u8>,
    address: (String, u16),
}

impl Media {
    async fn discover(ready: &Value, mode: &'static str) -> Self {
        assert_eq!(ready["modes"], json!([GCM, XCHACHA]));
        let ssrc = u32::try_from(ready["ssrc"].as_u64().unwrap()).unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = u16::try_from(ready["port"].as_u64().unwrap()).unwrap();
        socket
            .connect((ready["ip"].as_str().unwrap(), port))
            .await
            .unwrap();
        let mut request = vec![0, 1, 0, 70];
        request.extend(ssrc.to_be_bytes());
        request.resize(74, 0);
        socket.send(&request).await.unwrap();
        let mut answer = [0; 100];
        let length = timeout(PATIENCE, socket.recv(&mut answer))
            .await
            .unwrap()
            .unwrap();
        assert_eq!((length, &answer[..4]), (74, &[0, 2, 0, 70][..]));
        let end = answer[8..72].iter().position(|byte| *byte == 0).unwrap();
        let ip = std::str::from_utf8(&answer[8..8 + end]).unwrap().to_owned();
        let port = u16::from_be_bytes([answer[72], answer[73]]);
        assert_eq!(port, socket.local_addr().unwrap().port());
        Self {
            socket,
            ssrc,
            dave: 0,
            sequence: 65_530,
            nonce: 0,
            timestamp: 0,
            mode,
            key: Vec::new(),
            address: (ip, port),
        }
    }

    /// Encrypts and sends one Opus packet.
    pub(crate) async fn send(&mut self, opus: &[u8]) {
        let packet = self.seal(&[], opus);
        self.socket.send(&packet).await.unwrap();
    }

    /// An RTP packet, with a header extension of whole words when there is one.
    pub(crate) fn seal(&mut self, extension: &[u8], opus: &[u8]) -> Vec<u8> {
        let mut header = vec![if extension.is_empty() { 0x80 } else { 0x90 }, 0x78];
        header.extend(self.sequence.to_be_bytes());
        header.extend(self.timestamp.to_be_bytes());
        header.extend(self.ssrc.to_be_bytes());
        if !extension.is_empty() {
            header.extend([0xBE, 0xDE]);
            header.extend(u16::try_from(extension.len() / 4).unwrap().to_be_bytes());
        }
        let counter = self.nonce.to_be_bytes();
        let plain = [extension, opus].concat();
        let payload = aes_gcm::aead::Payload {
            msg: &plain,
            aad: &header,
        };
        let mut nonce = counter.to_vec();
        let sealed = if self.mode == GCM {
            nonce.resize(12, 0);
            let cipher = Aes256Gcm::new_from_slice(&self.key).unwrap();
            cipher.encrypt(nonce.as_slice().into(), payload)
        } else {
            nonce.resize(24, 0);
            let cipher = XChaCha20Poly1305::new_from_slice(&self.key).unwrap();
            cipher.encrypt(nonce.as_slice().into(), payload)
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(960);
        self.nonce += 1;
        [&header[..], &sealed.unwrap(), &counter].concat()
    }
}
