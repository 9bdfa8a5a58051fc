//! WebSockets on the server's side, over any connection: the one TCP port (through [`upgrade`])
//! or a service's own listener (through [`Socket::new`]).
//!
//! [`Socket`] obeys the faults that concern messages (`close`, `garbage`, `truncate`) by itself;
//! those that concern bytes are the business of the connection below it.

use std::{future::Future, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{CloseFrame, Role, WebSocketConfig, frame::coding::CloseCode},
    },
};

pub use tokio_tungstenite::tungstenite::Message;

use crate::{
    context::Context,
    faults::{Faults, MessageFault, MessageFaults, Target},
};

/// How long a message may take to leave before the client counts as gone...
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
/// ...and how much longer for each byte: 64 kB a second.
const SEND_TIMEOUT_PER_BYTE: Duration = Duration::from_micros(16);
/// From this size on, in bytes, messages are written past tungstenite's buffer; only text and binary
/// messages can be so large.
const LARGE: usize = 256 * 1024;
/// How long a closing handshake may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// How long an accepted upgrade may take to become a connection.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);

/// What a WebSocket can run over.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// The client is gone, or takes too long.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the WebSocket is closed")]
pub struct Gone;

/// A WebSocket, seen from the server.
pub struct Socket {
    stream: WebSocketStream<Box<dyn Transport>>,
    faults: MessageFaults,
    peer_close: Option<u16>,
    last_received: Instant,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

impl Socket {
    /// A socket over a connection whose handshake is done. Messages from the client that are
    /// larger than `limit` bytes end it.
    pub async fn new(
        transport: impl Transport + 'static,
        limit: usize,
        faults: &Faults,
        target: Target,
    ) -> Self {
        let config = WebSocketConfig::default()
            .max_message_size(Some(limit))
            .max_frame_size(Some(limit));
        let transport: Box<dyn Transport> = Box::new(transport);
        Self {
            stream: WebSocketStream::from_raw_socket(transport, Role::Server, Some(config)).await,
            faults: faults.messages(target),
            peer_close: None,
            last_received: Instant::now(),
        }
    }

    /// The next text or binary message; `None` when the socket is closed, by either side or by a
    /// fault. May be cancelled and called again without losing anything.
    pub async fn recv(&mut self) -> Option<Message> {
        loop {
            tokio::select! {
                message = self.stream.next() => match self.received(message)? {
                    Ok(message @ (Message::Text(_) | Message::Binary(_))) => return Some(message),
                    Ok(Message::Close(frame)) => {
                        // tungstenite has queued the answer: let it out.
                        self.peer_close = Some(frame.map_or(1005, |frame| frame.code.into()));
                        let _ = timeout(CLOSE_TIMEOUT, self.stream.flush()).await;
                        return None;
                    }
                    Ok(_) => {}
                    Err(_) => return None,
                },
                fault = self.faults.next() => match fault {
                    MessageFault::Close { code, reason } => {
                        self.close_in_place(code, &reason).await;
                        return None;
                    }
                    MessageFault::Garbage(message) => self.transmit(message).await.ok()?,
                },
            }
        }
    }

    /// When something last came, pings and pongs too; at first, when the socket was opened.
    pub fn last_received(&self) -> Instant {
        self.last_received
    }

    fn received<T>(&mut self, message: Option<T>) -> Option<T> {
        self.last_received = Instant::now();
        message
    }

    /// Sends a message; waits at most 30 seconds, and 16 more for each megabyte, for it to leave.
    /// Not to be cancelled: half of a large message may have left.
    ///
    /// # Errors
    /// When the client is gone or reads too slowly.
    pub async fn send(&mut self, message: Message) -> Result<(), Gone> {
        let message = self.faults.outgoing(message);
        if message.len() <= LARGE {
            return self.transmit(message).await;
        }
        let limit = patience(&message);
        timeout(limit, self.write_large(message))
            .await
            .unwrap_or(Err(Gone))
    }

    /// Sends a text message.
    ///
    /// # Errors
    /// As [`Socket::send`].
    pub async fn send_text(&mut self, text: impl Into<String>) -> Result<(), Gone> {
        self.send(Message::text(text.into())).await
    }

    /// Closes with a code and a reason and waits shortly for the client's answer.
    pub async fn close(mut self, code: u16, reason: &str) {
        self.close_in_place(code, reason).await;
    }

    /// As [`Socket::close`], where the socket is only borrowed: nothing can be sent afterwards.
    pub async fn close_now(&mut self, code: u16, reason: &str) {
        self.close_in_place(code, reason).await;
    }

    /// The code with which the client closed, 1005 when it gave none, `None` when it did not close.
    pub fn peer_close(&self) -> Option<u16> {
        self.peer_close
    }

    async fn transmit(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(patience(&message), self.stream.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Gone),
        }
    }

    /// Writes a message as one frame past tungstenite, which moves all that is left in its buffer
    /// after each write: for 200 MB that takes minutes.
    async fn write_large(&mut self, message: Message) -> Result<(), Gone> {
        // Nothing of another frame is left behind in the buffer.
        self.stream.flush().await.map_err(|_| Gone)?;
        // RFC 6455, section 5.2: final, text or binary, not masked, a length of 64 bits.
        let mut header = [
            0x80 | u8::from(message.is_text()),
            127,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
        ];
        header[0] |= 2 * u8::from(message.is_binary());
        header[2..].copy_from_slice(&(message.len() as u64).to_be_bytes());
        let transport = self.stream.get_mut();
        transport.write_all(&header).await.map_err(|_| Gone)?;
        transport
            .write_all(&message.into_data())
            .await
            .map_err(|_| Gone)?;
        transport.flush().await.map_err(|_| Gone)
    }

    async fn close_in_place(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: reason.into(),
        };
        let handshake = async {
            if self.stream.close(Some(frame)).await.is_ok() {
                while let Some(Ok(_)) = self.stream.next().await {}
            }
        };
        let _ = timeout(CLOSE_TIMEOUT, handshake).await;
    }
}

/// How long a message may take to leave.
fn patience(message: &Message) -> Duration {
    let size = u32::try_from(message.len()).unwrap_or(u32::MAX);
    SEND_TIMEOUT + SEND_TIMEOUT_PER_BYTE * size
}

/// Answers a request for a WebSocket (RFC 6455, section 4.2) and runs `handler` on the socket, as
/// a task of `context.tasks` that ends with the sandbox. Messages over `limit` bytes end it.
///
/// A request that asks for no WebSocket is answered 426, a wrong one 400.
pub fn upgrade<F, Fut>(
    context: &Context,
    target: Target,
    limit: usize,
    mut request: Request,
    handler: F,
) -> Response
where
    F: FnOnce(Socket) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let accept = match accept_key(request.headers()) {
        Ok(accept) => accept,
        Err(refusal) => return refusal.into_response(),
    };
    let upgraded = hyper::upgrade::on(&mut request);
    let (faults, token) = (context.faults.clone(), context.token.clone());
    context.tasks.spawn(async move {
        let Ok(Ok(upgraded)) = timeout(UPGRADE_TIMEOUT, upgraded).await else {
            return;
        };
        let socket = Socket::new(TokioIo::new(upgraded), limit, &faults, target).await;
        tokio::select! {
            () = handler(socket) => {}
            () = token.cancelled() => {}
        }
    });
    (
        StatusCode::SWITCHING_PROTOCOLS,
        [
            (header::CONNECTION, "Upgrade"),
            (header::UPGRADE, "websocket"),
            (header::SEC_WEBSOCKET_ACCEPT, accept.as_str()),
        ],
        Body::empty(),
    )
        .into_response()
}

/// The `Sec-WebSocket-Accept` that answers these headers.
fn accept_key(headers: &HeaderMap) -> Result<String, (StatusCode, &'static str)> {
    let has = |name, wanted: &str| {
        headers.get_all(name).iter().any(|value| {
            value.to_str().is_ok_and(|value| {
                value
                    .split(',')
                    .any(|word| word.trim().eq_ignore_ascii_case(wanted))
            })
        })
    };
    if !has(header::CONNECTION, "upgrade") || !has(header::UPGRADE, "websocket") {
        return Err((
            StatusCode::UPGRADE_REQUIRED,
            "this address speaks WebSocket only",
        ));
    }
    if !has(header::SEC_WEBSOCKET_VERSION, "13") {
        return Err((
            StatusCode::BAD_REQUEST,
            "Sec-WebSocket-Version: 13 is required",
        ));
    }
    headers
        .get(header::SEC_WEBSOCKET_KEY)
        .map(|key| derive_accept_key(key.as_bytes()))
        .ok_or((StatusCode::BAD_REQUEST, "Sec-WebSocket-Key is missing"))
}
