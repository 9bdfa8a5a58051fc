//! One connection: pumps messages through the session and does what it says.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep_until, timeout},
};
use tracing::{info, warn};

use super::{
    Action, Close, Fault, LinkReporter, LinkState, Moment, Protocol, Session, Undecodable,
    decode::Piece,
    fault::short,
    frames::{Came, Frames, Send},
    liveness::{Liveness, Pulse},
    socket::{self, Socket},
    worker::{Decoded, Worker},
};

/// For a frame of ours to leave.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// For a polite goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// What is read at a time, in bytes.
const READ: usize = 64 * 1024;

/// So many frames in a row that cannot be understood: this is not the protocol we speak.
const GARBAGE: u32 = 20;

/// So many dropped frames of a connection get a line each in the log; of more, ever fewer do.
const LOGGED: u32 = 2 * GARBAGE;

/// One connection, from the upgrade to its end.
pub(super) struct Connection<'a, P: Protocol> {
    protocol: &'a mut P,
    reporter: &'a LinkReporter,
    socket: Socket,
    input: Box<[u8]>,
    frames: Frames,
    session: P::Session,
    liveness: Liveness,
    worker: Worker<P::Decoder>,
    /// Why it ends, once all that came before is decoded.
    ending: Option<Fault>,
    /// Messages in a row that were not understood.
    garbage: u32,
    /// All messages that were not understood.
    dropped: u32,
    /// Messages of an unknown kind.
    ignored: u32,
    up_since: Option<Instant>,
}

impl<'a, P: Protocol> Connection<'a, P> {
    /// Connects, and begins a session.
    pub(super) async fn open(
        protocol: &'a mut P,
        reporter: &'a LinkReporter,
    ) -> Result<Self, Fault> {
        let socket = socket::connect(protocol.address()).await?;
        reporter.set(LinkState::Handshaking);
        let session = protocol.session(Moment::now());
        Ok(Self {
            socket,
            input: vec![0; READ].into(),
            frames: Frames::new(protocol.max_message()),
            session,
            liveness: Liveness::new(),
            worker: Worker::new(protocol.decoder()),
            protocol,
            reporter,
            ending: None,
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
        if self.worker.is_idle()
            && let Some(fault) = self.ending.take()
        {
            return Err(fault);
        }
        // While nothing is read, silence means nothing.
        let reads = self.worker.has_room() && self.ending.is_none();
        let liveness = reads.then_some(self.liveness.deadline());
        // At its end nothing is due any more: what is sent then fails, and would hide why it ends.
        let session = self.session.next_deadline();
        let session = session.filter(|_| self.ending.is_none());
        let deadline = [session, liveness].into_iter().flatten().min();
        tokio::select! {
            // Deadlines come first: a flood of messages must not delay a heartbeat.
            biased;
            () = sleep_until_some(deadline) => self.deadline(reads).await,
            decoded = self.worker.done() => {
                if !reads {
                    self.liveness.heard();
                }
                self.decoded(decoded).await
            }
            read = self.socket.read(&mut self.input), if reads => {
                match read {
                    Ok(0) => self.ending = Some(Fault::Broken("it ended without a close frame".into())),
                    Ok(length) => self.read(length).await?,
                    Err(error) => self.ending = Some(Fault::Broken(short(&error.to_string()))),
                }
                let decoded = self.worker.begin();
                self.decoded(decoded).await
            }
        }
    }

    async fn deadline(&mut self, reads: bool) -> Result<(), Fault> {
        let now = Moment::now();
        if self
            .session
            .next_deadline()
            .is_some_and(|deadline| deadline <= now.clock)
        {
            let actions = self.session.on_deadline(now)?;
            self.carry_out(actions).await?;
        }
        if reads && self.liveness.deadline() <= now.clock {
            match self.liveness.check(now.clock) {
                Pulse::Ask => self.send(Send::Ping).await?,
                Pulse::Dead => return Err(Fault::Silent(Liveness::DEAD_AFTER)),
            }
        }
        Ok(())
    }

    /// Takes apart what has been read: so many bytes of the input.
    async fn read(&mut self, length: usize) -> Result<(), Fault> {
        self.liveness.heard();
        let (mut whole, mut pings) = (false, vec![]);
        let mut input = &self.input[..length];
        loop {
            let came = match self.frames.next(&mut input) {
                Ok(None) => break,
                Ok(Some(came)) => came,
                Err(violation) => {
                    let fault = Fault::from(violation);
                    if matches!(fault, Fault::TooLarge(_)) {
                        self.reporter.malformed();
                    }
                    self.ending = Some(fault);
                    break;
                }
            };
            match came {
                Came::Part {
                    bytes,
                    binary,
                    first,
                    last,
                } => {
                    whole |= last;
                    self.worker.push(Piece {
                        bytes,
                        binary,
                        first,
                        last,
                    });
                }
                Came::Ping(payload) => pings.push(payload),
                Came::Pong => {}
                Came::Close(code, reason) => {
                    let close = Close::new(code, &reason);
                    self.ending = Some(if self.protocol.rejects(code) {
                        Fault::Rejected(close)
                    } else {
                        Fault::Closed(close)
                    });
                    break;
                }
            }
        }
        if whole {
            self.reporter.frame();
        }
        // The last one answers all of them.
        if let Some(ping) = pings.last()
            && self.ending.is_none()
        {
            self.send(Send::Pong(ping)).await?;
        }
        Ok(())
    }

    /// Acts on what has been decoded, and begins with what came meanwhile.
    async fn decoded(&mut self, mut decoded: Decoded<P::Decoder>) -> Result<(), Fault> {
        loop {
            for each in decoded {
                match each {
                    Ok(frame) => self.frame(frame).await?,
                    Err(Undecodable::Message(malformed)) => {
                        self.malformed(&malformed.0)?;
                        self.session.on_malformed()?;
                    }
                    Err(Undecodable::Connection(malformed)) => {
                        self.reporter.malformed();
                        return Err(Fault::Undecodable(malformed.0));
                    }
                }
            }
            decoded = self.worker.begin();
            if decoded.is_empty() {
                return Ok(());
            }
        }
    }

    async fn frame(&mut self, frame: <P::Session as Session>::Frame) -> Result<(), Fault> {
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
                Action::Send(text) => self.send(Send::Text(&text)).await?,
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

    async fn send(&mut self, what: Send<'_>) -> Result<(), Fault> {
        let frame = what.frame(rand::random());
        let sending = async {
            self.socket.write_all(&frame).await?;
            self.socket.flush().await
        };
        timeout(SEND_TIMEOUT, sending)
            .await
            .map_err(|_| Fault::Stuck)?
            .map_err(|error| Fault::Broken(short(&error.to_string())))
    }

    /// Says goodbye, and lets the server go first: whoever goes while something is still on its way
    /// to him takes back what he has said.
    pub(super) async fn close(mut self) {
        let goodbye = async {
            for text in self.session.on_stop() {
                self.send(Send::Text(&text)).await?;
            }
            self.send(Send::Close(Some(1000))).await?;
            while self
                .socket
                .read(&mut self.input)
                .await
                .is_ok_and(|length| length > 0)
            {}
            Ok::<_, Fault>(())
        };
        // Whether or not they hear it, we go.
        let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
        self.leave().await;
    }

    /// The connection has ended: tells the server why, where it can hear it.
    pub(super) async fn end(mut self, fault: &Fault) {
        if let Some(goodbye) = fault.goodbye() {
            // It may be gone already.
            let _ = timeout(CLOSE_TIMEOUT, self.send(goodbye)).await;
        }
        self.leave().await;
    }

    /// Waits for what is still being decoded.
    async fn leave(self) {
        let Self { socket, worker, .. } = self;
        drop(socket);
        worker.end().await;
    }
}

async fn sleep_until_some(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
