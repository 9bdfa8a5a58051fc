//! One connection: pumps frames through the session and does what it says.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::Message;
use tracing::{info, warn};

use super::{
    Action, Close, Fault, LinkReporter, LinkState, Malformed, Moment, Protocol, RawFrame, Session,
    liveness::{Liveness, Pulse},
    socket::{self, Socket},
};

/// For a frame of ours to leave.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// For a polite goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Frames larger than this are decoded on a blocking thread.
const DECODE_INLINE: usize = 16 * 1024;

/// So many frames in a row that cannot be understood: this is not the protocol we speak.
const GARBAGE: u32 = 20;

/// So many dropped frames of a connection get a line each in the log; of more, ever fewer do.
const LOGGED: u32 = 2 * GARBAGE;

type Decoded<P> = Result<<<P as Protocol>::Session as Session>::Frame, Malformed>;

/// One connection, from the upgrade to its end.
pub(super) struct Connection<'a, P: Protocol> {
    protocol: &'a mut P,
    reporter: &'a LinkReporter,
    socket: Socket,
    session: P::Session,
    liveness: Liveness,
    /// A large frame on its way through a blocking thread. Nothing more is read until it is done,
    /// so that frames keep their order and the sender feels it when we are slow.
    decoding: Option<JoinHandle<Decoded<P>>>,
    /// Frames in a row that were not understood.
    garbage: u32,
    /// All frames that were not understood.
    dropped: u32,
    /// Frames of an unknown kind.
    ignored: u32,
    up_since: Option<Instant>,
}

impl<'a, P: Protocol> Connection<'a, P> {
    /// Connects, and begins a session.
    pub(super) async fn open(
        protocol: &'a mut P,
        reporter: &'a LinkReporter,
    ) -> Result<Self, Fault> {
        let (socket, bytes_read) = socket::connect(protocol.address(), P::MAX_MESSAGE).await?;
        reporter.set(LinkState::Handshaking);
        let session = protocol.session(Moment::now());
        Ok(Self {
            protocol,
            reporter,
            socket,
            session,
            liveness: Liveness::new(bytes_read),
            decoding: None,
            garbage: 0,
            dropped: 0,
            ignored: 0,
            up_since: None,
        })
    }

    /// Since when the session has been up.
    pub(super) const fn up_since(&self) -> Option<Instant> {
        self.up_since
    }

    /// Runs until something ends the connection. Safe to drop at any await.
    pub(super) async fn pump(&mut self) -> Fault {
        let opening = self.session.on_open(Moment::now());
        if let Err(fault) = self.carry_out(opening).await {
            return fault;
        }
        loop {
            if let Err(fault) = self.step().await {
                return fault;
            }
        }
    }

    async fn step(&mut self) -> Result<(), Fault> {
        // While a frame is being decoded nothing is read, so silence means nothing.
        let liveness = self.decoding.is_none().then_some(self.liveness.deadline());
        let deadline = [self.session.next_deadline(), liveness]
            .into_iter()
            .flatten()
            .min();
        tokio::select! {
            // Deadlines come first: a flood of frames must not delay a heartbeat.
            biased;
            () = sleep_until_some(deadline) => self.deadline().await,
            decoded = join_some(&mut self.decoding) => {
                self.decoding = None;
                self.liveness.heard();
                self.frame(decoded).await
            }
            message = self.socket.next(), if self.decoding.is_none() => match message {
                None => Err(Fault::Broken("it ended without a close frame".into())),
                Some(Err(error)) => {
                    let fault = Fault::open(&error);
                    if matches!(fault, Fault::TooLarge(_)) {
                        self.reporter.malformed();
                    }
                    Err(fault)
                }
                Some(Ok(message)) => self.message(message).await,
            },
        }
    }

    async fn deadline(&mut self) -> Result<(), Fault> {
        let now = Moment::now();
        if self
            .session
            .next_deadline()
            .is_some_and(|deadline| deadline <= now.clock)
        {
            let actions = self.session.on_deadline(now)?;
            self.carry_out(actions).await?;
        }
        if self.decoding.is_none() && self.liveness.deadline() <= now.clock {
            match self.liveness.check(now.clock) {
                Pulse::Alive => {}
                Pulse::Ask => self.send(Message::Ping(bytes::Bytes::new())).await?,
                Pulse::Dead => return Err(Fault::Silent(Liveness::DEAD_AFTER)),
            }
        }
        Ok(())
    }

    async fn message(&mut self, message: Message) -> Result<(), Fault> {
        self.liveness.heard();
        let frame = match message {
            Message::Text(text) => RawFrame {
                payload: text.into(),
                binary: false,
            },
            Message::Binary(payload) => RawFrame {
                payload,
                binary: true,
            },
            Message::Close(frame) => {
                let close = Close::new(frame.as_ref());
                return Err(if self.protocol.rejects(close.code) {
                    Fault::Rejected(close)
                } else {
                    Fault::Closed(close)
                });
            }
            // Pings are answered by the library; it never hands out raw frames when reading.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return Ok(()),
        };
        self.reporter.frame();
        if frame.payload.len() > DECODE_INLINE {
            self.decoding = Some(tokio::task::spawn_blocking(move || P::decode(&frame)));
            return Ok(());
        }
        self.frame(P::decode(&frame)).await
    }

    async fn frame(&mut self, decoded: Decoded<P>) -> Result<(), Fault> {
        let frame = match decoded {
            Ok(frame) => frame,
            Err(malformed) => return self.malformed(&malformed.0),
        };
        let actions = self.session.on_frame(Moment::now(), frame)?;
        // What is of an unknown kind may be garbage too: it proves nothing.
        let understood =
            |action: &Action<_>| !matches!(action, Action::Malformed(_) | Action::Ignored);
        if actions.iter().all(understood) {
            self.garbage = 0;
        }
        self.carry_out(actions).await
    }

    fn malformed(&mut self, why: &str) -> Result<(), Fault> {
        self.reporter.malformed();
        self.garbage += 1;
        let upstream = self.protocol.name();
        self.dropped += 1;
        if self.dropped <= LOGGED || self.dropped.is_power_of_two() {
            warn!(
                upstream,
                dropped = self.dropped,
                "A frame was dropped: {why}"
            );
        }
        if self.garbage >= GARBAGE {
            return Err(Fault::Garbage(self.garbage));
        }
        Ok(())
    }

    fn ignored(&mut self) {
        self.reporter.ignored();
        self.ignored += 1;
        if self.ignored.is_power_of_two() {
            let upstream = self.protocol.name();
            info!(
                upstream,
                ignored = self.ignored,
                "A frame of an unknown kind was passed over"
            );
        }
    }

    async fn carry_out(
        &mut self,
        actions: Vec<Action<<P::Session as Session>::Event>>,
    ) -> Result<(), Fault> {
        for action in actions {
            match action {
                Action::Send(text) => self.send(Message::text(text)).await?,
                Action::Emit(event) => self.protocol.deliver(event),
                Action::Up if self.up_since.is_none() => {
                    let since = Instant::now();
                    self.up_since = Some(since);
                    self.reporter.set(LinkState::Up { since });
                    info!(upstream = self.protocol.name(), "Connected");
                }
                Action::Up => {}
                Action::Ignored => self.ignored(),
                Action::Malformed(why) => self.malformed(why)?,
            }
        }
        Ok(())
    }

    async fn send(&mut self, message: Message) -> Result<(), Fault> {
        timeout(SEND_TIMEOUT, self.socket.send(message))
            .await
            .map_err(|_| Fault::Stuck)?
            .map_err(|error| Fault::open(&error))
    }

    /// Says goodbye.
    pub(super) async fn close(mut self) {
        // Whether or not they hear it, we go.
        let _ = timeout(CLOSE_TIMEOUT, self.socket.close(None)).await;
    }
}

async fn sleep_until_some(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

async fn join_some<T>(task: &mut Option<JoinHandle<Result<T, Malformed>>>) -> Result<T, Malformed> {
    match task {
        // A panic while decoding is a mistake of ours, but the frame that provokes it comes from
        // outside: it must not take the connection down.
        Some(task) => task
            .await
            .unwrap_or_else(|error| Err(Malformed(format!("decoding it failed: {error}")))),
        None => std::future::pending().await,
    }
}
