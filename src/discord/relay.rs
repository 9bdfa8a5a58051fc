//! A relay between serenity's gateway client and Discord's gateway, on loopback.
//!
//! serenity 0.12 does not survive a gateway that is away for a moment. When the connection it would
//! resume on cannot be opened, its shard goes on reading the closed socket: a loop without an await
//! point that occupies a thread until the next heartbeat is due, 40 s later, and for ever when the
//! shard is then shut down (`ShardRunner::recv_event`, `checked_shutdown`). And it opens connections
//! without a timeout.
//!
//! Here it never meets either. The relay accepts at once, connects to Discord for as long as it
//! takes, and lets the handshake wait for that; and whatever way Discord's side ends, serenity is
//! told with a close code, which makes it resume. Messages pass through as they are. The relay goes
//! when serenity's client can do this itself.

#[cfg(test)]
mod tests;

use std::{io, net::Ipv4Addr, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, accept_async_with_config, connect_async_with_config,
    tungstenite::{
        Message,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};
use tracing::{info, warn};

use crate::link::Backoff;

/// For name lookup, TCP, TLS and upgrade. Short, because an attempt made just before Discord's
/// return takes this long.
const CONNECT: Duration = Duration::from_secs(4);
/// For one message to be taken. A peer that takes none for so long is gone.
const SEND: Duration = Duration::from_secs(10);
/// For a peer to answer a close.
const CLOSE: Duration = Duration::from_secs(2);
/// Connections that serenity has at once: one a shard, and another while it changes.
const CONNECTIONS: usize = 256;

/// "Unknown error": a client resumes after it.
/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>
const RESUME: u16 = 4000;

/// Something was sent before the session was identified: a client comes back.
const NOT_AUTHENTICATED: u16 = 4003;

type Local = WebSocketStream<TcpStream>;
type Remote = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A relay that is bound and not yet running.
pub(super) struct Relay {
    listener: TcpListener,
    gateway: Arc<str>,
    state: watch::Sender<State>,
}

/// How its connections do.
#[derive(Clone, Debug, Default)]
struct State {
    /// Those to Discord that stand.
    standing: usize,
    /// Those of serenity that wait for one.
    waiting: usize,
    /// How Discord ended one for good.
    refused: Option<CloseFrame>,
}

/// What is known of the connections to Discord. serenity cannot tell while it waits for one.
#[derive(Clone, Debug)]
pub(super) struct Connected(watch::Receiver<State>);

impl Connected {
    /// How many stand.
    pub(super) fn count(&self) -> usize {
        self.0.borrow().standing
    }

    /// Whether one is being made.
    pub(super) fn is_coming(&self) -> bool {
        self.0.borrow().waiting > 0
    }

    /// Waits until there is none.
    pub(super) async fn none(&mut self) {
        // An error is the end of the relay, and of all its connections.
        let _ = self.0.wait_for(|state| state.standing == 0).await;
    }

    /// Waits until Discord has ended one with a code after which a client must not come back: the
    /// code, and the reason.
    /// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes>
    pub(super) async fn refused(&mut self) -> (u16, String) {
        let refused = self.0.wait_for(|state| state.refused.is_some()).await;
        match refused.ok().and_then(|state| state.refused.clone()) {
            Some(frame) => (frame.code.into(), frame.reason.as_str().to_owned()),
            None => std::future::pending().await,
        }
    }
}

/// One of them, counted until it is dropped.
struct Counted<'a> {
    state: &'a watch::Sender<State>,
    of: fn(&mut State) -> &mut usize,
}

impl<'a> Counted<'a> {
    fn new(state: &'a watch::Sender<State>, of: fn(&mut State) -> &mut usize) -> Self {
        state.send_modify(|state| *of(state) += 1);
        Self { state, of }
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.state.send_modify(|state| *(self.of)(state) -= 1);
    }
}

impl Relay {
    /// Binds a free port on loopback. `gateway` is the address of Discord's gateway.
    pub(super) async fn bind(gateway: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let version = serenity::constants::GATEWAY_VERSION;
        let gateway = format!("{}/?v={version}", gateway.trim_end_matches('/'));
        Ok(Self {
            listener,
            gateway: gateway.into(),
            state: watch::Sender::default(),
        })
    }

    pub(super) fn connected(&self) -> Connected {
        Connected(self.state.subscribe())
    }

    /// What serenity connects to instead.
    pub(super) fn address(&self) -> io::Result<String> {
        Ok(format!("ws://{}", self.listener.local_addr()?))
    }

    /// Relays until it is dropped, and every connection with it.
    pub(super) async fn run(self) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept(), if connections.len() < CONNECTIONS => {
                    match accepted {
                        Ok((stream, _)) => {
                            let (gateway, state) = (self.gateway.clone(), self.state.clone());
                            connections.spawn(relay(stream, gateway, state));
                        }
                        // Too many open files, most likely: some will be closed.
                        Err(error) => {
                            warn!("a connection to the gateway cannot be relayed: {error}");
                            sleep(Backoff::FLOOR).await;
                        }
                    }
                }
                Some(ended) = connections.join_next() => {
                    if let Err(error) = ended {
                        warn!("a relayed connection ended badly: {error}");
                    }
                }
            }
        }
    }
}

async fn relay(stream: TcpStream, gateway: Arc<str>, state: watch::Sender<State>) {
    let coming = Counted::new(&state, |state| &mut state.waiting);
    let mut remote = connect(&gateway).await;
    let local = timeout(CONNECT, accept_async_with_config(stream, Some(limits()))).await;
    // Otherwise serenity gave up waiting.
    let Ok(Ok(mut local)) = local else {
        return;
    };
    let standing = Counted::new(&state, |state| &mut state.standing);
    drop(coming);
    match pump(&mut local, &mut remote).await {
        End::Local(frame) => {
            drop(standing);
            if is_final(frame.code) {
                state.send_modify(|state| state.refused = Some(frame.clone()));
            }
            close(local, Some(understood(frame))).await;
        }
        End::Remote(frame) => {
            // Discord's side stands until it has confirmed; serenity waits for its own answer.
            tokio::join!(close(remote, frame), close(local, None));
        }
    }
}

/// Whether a client must not come back after this.
fn is_final(code: CloseCode) -> bool {
    matches!(u16::from(code), 4004 | 4010..=4014)
}

/// What serenity makes sense of. After "not authenticated" it neither comes back nor ends, but
/// reads the closed socket, over and over.
fn understood(frame: CloseFrame) -> CloseFrame {
    if u16::from(frame.code) == NOT_AUTHENTICATED {
        return resume("not authenticated");
    }
    frame
}

/// Connects to Discord, for as long as it takes.
async fn connect(gateway: &str) -> Remote {
    let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_millis(2500));
    loop {
        let attempt = connect_async_with_config(gateway, Some(limits()), true);
        let why = match timeout(CONNECT, attempt).await {
            Ok(Ok((remote, _))) => return remote,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        let wait = backoff.next(&mut rand::rng());
        if backoff.attempts().is_power_of_two() {
            warn!(retry_in = ?wait, "Discord's gateway cannot be reached: {why}");
        }
        sleep(wait).await;
    }
}

/// Discord sets no limit to the size of a message, and serenity none either.
fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .max_message_size(None)
        .max_frame_size(None)
}

/// What is left to do when one side has ended: close the other.
enum End {
    Local(CloseFrame),
    Remote(Option<CloseFrame>),
}

/// Passes messages in both directions until either side ends.
async fn pump(local: &mut Local, remote: &mut Remote) -> End {
    loop {
        tokio::select! {
            message = local.next() => match message {
                Some(Ok(Message::Close(frame))) => return End::Remote(frame),
                Some(Ok(message)) => if !pass(remote, message).await {
                    return End::Local(resume("Discord takes no messages"));
                },
                Some(Err(_)) | None => return End::Remote(None),
            },
            message = remote.next() => match message {
                Some(Ok(Message::Close(frame))) => {
                    let frame = frame.unwrap_or_else(|| resume("Discord closed"));
                    return End::Local(frame);
                }
                Some(Ok(message)) => if !pass(local, message).await {
                    return End::Remote(None);
                },
                Some(Err(error)) => {
                    info!("the connection to Discord's gateway is lost: {error}");
                    return End::Local(resume("connection lost"));
                }
                None => return End::Local(resume("connection ended")),
            },
        }
    }
}

/// Sends a message on. Pings and pongs are each connection's own. False when the peer is gone.
async fn pass<S>(to: &mut WebSocketStream<S>, message: Message) -> bool
where
    WebSocketStream<S>: SinkExt<Message> + Unpin,
{
    if matches!(message, Message::Ping(_) | Message::Pong(_)) {
        return true;
    }
    matches!(timeout(SEND, to.send(message)).await, Ok(Ok(())))
}

fn resume(reason: &'static str) -> CloseFrame {
    CloseFrame {
        code: CloseCode::from(RESUME),
        reason: reason.into(),
    }
}

/// Closes, and waits for the peer to confirm: only then is it certain to have read the code. One
/// that has closed by itself is answered.
async fn close<S>(mut peer: WebSocketStream<S>, frame: Option<CloseFrame>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let closed = async {
        // An error where the peer closed first; the answer goes out with the reading.
        let _ = peer.close(frame).await;
        while let Some(Ok(_)) = peer.next().await {}
    };
    // A peer that does not confirm is dropped.
    let _ = timeout(CLOSE, closed).await;
}
