//! One socket of a client: hello, identify or resume, then messages until it ends.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{json, value::RawValue};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{
    Message as WsMessage,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

use super::{
    Close, Op,
    accept::Socket,
    payload::{
        Heartbeat, Identify, Message, Resume, SelectProtocol, Speaking, Transition, sequence,
    },
};
use crate::faults::{MessageFault, MessageFaults, Target};
use crate::voice::{
    call::Call,
    crypto::Mode,
    outbox::{Frame, SOCKET_QUEUE, unnumbered},
    room::Event,
    state::Shared,
};

/// How long a client may stay connected without identifying or resuming.
const IDENTIFY: Duration = Duration::from_secs(10);

/// How long one message may take to be written.
const WRITE: Duration = Duration::from_secs(5);

/// How long a client may take to answer a close.
const FAREWELL: Duration = Duration::from_secs(1);

/// Packets without a word about speaking (op 5) that are put up with: the word and the first
/// packets travel on different ways.
const UNANNOUNCED: u64 = 100;

/// Serves a socket until it ends.
pub async fn serve(shared: Arc<Shared>, mut socket: Socket, version: Option<u8>) {
    let Some(version) = version else {
        close(&mut socket, Close::UNKNOWN_PROTOCOL).await;
        return;
    };
    let (queue, mut frames) = mpsc::channel(SOCKET_QUEUE);
    let mut connection = Connection {
        id: shared.next_id(),
        shared: Arc::clone(&shared),
        version,
        queue,
        call: None,
    };
    let reason = connection.run(&mut socket, &mut frames).await;
    if let Some(call) = &connection.call
        && call.outbox.detach(connection.id)
    {
        shared.lost(call);
    }
    if let Some(reason) = reason {
        tracing::debug!(%reason, "closing a voice connection");
        shared.refused(connection.call.as_deref(), &reason);
        close(&mut socket, reason).await;
    }
}

async fn close(socket: &mut Socket, close: Close) {
    let frame = CloseFrame {
        code: CloseCode::from(close.code),
        reason: close.reason.as_ref().into(),
    };
    let closing = async {
        if socket.close(Some(frame)).await.is_ok() {
            // The other side's answer ends the stream.
            while let Some(Ok(_)) = socket.next().await {}
        }
    };
    let _ = timeout(FAREWELL, closing).await;
}

struct Connection {
    id: u64,
    shared: Arc<Shared>,
    version: u8,
    queue: mpsc::Sender<Frame>,
    call: Option<Arc<Call>>,
}

impl Connection {
    /// Until the socket ends. Answers with the close to send, when it is ours to send one.
    async fn run(
        &mut self,
        socket: &mut Socket,
        frames: &mut mpsc::Receiver<Frame>,
    ) -> Option<Close> {
        let interval = self.shared.options.heartbeat;
        let mut faults = self.shared.options.faults.messages(Target::VoiceGateway);
        let hello = json!({ "heartbeat_interval": interval.as_secs_f64() * 1000.0 });
        if !write(socket, &faults, unnumbered(Op::Hello, &hello)).await {
            return None;
        }
        let token = self.shared.token.clone();
        let mut deadline = Instant::now() + IDENTIFY;
        loop {
            tokio::select! {
                () = token.cancelled() => return Some(Close::GOING_AWAY),
                () = sleep_until(deadline) => return Some(Close::SESSION_TIMEOUT),
                frame = frames.recv() => match frame {
                    Some(Frame::Close(close)) => return Some(close),
                    Some(frame) => if !write(socket, &faults, frame).await {
                        return None;
                    },
                    // This connection holds a sender itself.
                    None => return None,
                },
                fault = faults.next() => match fault {
                    MessageFault::Close { code, reason } => {
                        return Some(Close { code, reason: reason.into() });
                    }
                    MessageFault::Garbage(message) => if !transmit(socket, message).await {
                        return None;
                    },
                },
                message = socket.next() => {
                    let unidentified = self.call.is_none();
                    let heartbeat = match message {
                        Some(Ok(WsMessage::Text(text))) => self.text(&text).await,
                        Some(Ok(WsMessage::Binary(bytes))) => self.binary(&bytes).await.map(|()| false),
                        Some(Ok(WsMessage::Ping(_) | WsMessage::Pong(_) | WsMessage::Frame(_))) => Ok(false),
                        Some(Ok(WsMessage::Close(_)) | Err(_)) | None => return None,
                    };
                    match heartbeat {
                        Ok(alive) => if alive || (unidentified && self.call.is_some()) {
                            deadline = Instant::now() + 2 * interval;
                        },
                        Err(close) => return Some(close),
                    }
                    if self.call.as_ref().is_some_and(|call| !call.outbox.is_attached()) {
                        return Some(Close::SESSION_INVALID);
                    }
                }
            }
        }
    }

    /// A JSON message; true when it was a heartbeat.
    async fn text(&mut self, text: &str) -> Result<bool, Close> {
        let message = Message::parse(text)?;
        let call = match (message.op, self.call.clone()) {
            (0 | 7, Some(_)) => return Err(Close::ALREADY_AUTHENTICATED),
            (0, None) => {
                self.identify(&message.data()?)?;
                return Ok(false);
            }
            (7, None) => {
                self.resume(&message.data()?)?;
                return Ok(false);
            }
            // The interval is known since hello, and some clients are eager.
            (3, call) => {
                self.heartbeat(&message, call.as_deref())?;
                return Ok(true);
            }
            (_, None) => return Err(Close::NOT_AUTHENTICATED),
            (_, Some(call)) => call,
        };
        match message.op {
            1 => self.select(&call, &message.data()?).await?,
            5 => {
                let speaking: Speaking = message.data()?;
                if speaking.ssrc != call.ssrc {
                    return Err(Close::bad_request("Invalid SSRC"));
                }
                call.set_speaking(speaking.speaking);
                self.tell_room(&call, |user| Event::Speaking {
                    user,
                    flags: speaking.speaking,
                })
                .await;
            }
            23 => {
                let Transition { transition_id } = message.data()?;
                self.tell_room(&call, |user| Event::Ready {
                    user,
                    transition_id,
                })
                .await;
            }
            31 => {
                let Transition { transition_id } = message.data()?;
                self.tell_room(&call, |user| Event::Invalid {
                    user,
                    transition_id,
                })
                .await;
            }
            // Video and its relatives, undocumented; bots have nothing to say there.
            12 | 14 | 15 | 16 => {}
            _ => return Err(Close::UNKNOWN_OPCODE),
        }
        Ok(false)
    }

    async fn binary(&mut self, bytes: &[u8]) -> Result<(), Close> {
        let call = self.call.clone().ok_or(Close::NOT_AUTHENTICATED)?;
        let (&op, payload) = bytes.split_first().ok_or(Close::DECODE)?;
        let payload = payload.to_vec();
        match op {
            26 => {
                self.tell_room(&call, |user| Event::KeyPackage { user, payload })
                    .await;
            }
            28 => {
                self.tell_room(&call, |user| Event::CommitWelcome { user, payload })
                    .await;
            }
            _ => return Err(Close::UNKNOWN_OPCODE),
        }
        Ok(())
    }

    /// The channel's room hears it in order. A full room slows this client down.
    async fn tell_room(&self, call: &Call, event: impl FnOnce(u64) -> Event) {
        self.shared
            .tell(call.identity.channel, event(call.identity.user))
            .await;
    }

    fn identify(&mut self, identify: &Identify) -> Result<(), Close> {
        let call = self.shared.identify(identify, self.version)?;
        let modes = Mode::ALL.map(Mode::name);
        let address = self.shared.udp;
        call.outbox
            .attach(self.id, self.queue.clone(), None)
            .map_err(|_| Close::SESSION_INVALID)?;
        // Ready carries a heartbeat interval that is wrong and to be ignored; hello's is right.
        call.outbox.json(
            Op::Ready,
            &json!({
                "ssrc": call.ssrc,
                "ip": address.ip(),
                "port": address.port(),
                "modes": modes,
                "heartbeat_interval": 1,
            }),
        );
        self.call = Some(call);
        Ok(())
    }

    fn resume(&mut self, resume: &Resume) -> Result<(), Close> {
        let acknowledged = sequence(resume.seq_ack.unwrap_or(-1))?;
        let call = self.shared.resume(resume, self.version)?;
        let resumed = unnumbered(Op::Resumed, &());
        call.outbox
            .attach(self.id, self.queue.clone(), Some((resumed, acknowledged)))
            .map_err(|_| Close::SESSION_INVALID)?;
        call.count_resume();
        self.shared.resumed(&call);
        self.call = Some(call);
        Ok(())
    }

    async fn select(&self, call: &Arc<Call>, select: &SelectProtocol) -> Result<(), Close> {
        if select.protocol != "udp" {
            return Err(Close::UNKNOWN_PROTOCOL);
        }
        let mode = Mode::from_name(&select.data.mode).ok_or(Close::UNKNOWN_MODE)?;
        self.shared
            .describe(call, mode)
            .await
            .ok_or(Close::bad_request("Protocol already selected"))
    }

    fn heartbeat(&self, message: &Message<'_>, call: Option<&Call>) -> Result<(), Close> {
        let ack = if self.version >= 8 {
            let heartbeat: Heartbeat<'_> = message.data()?;
            if let (Some(seq), Some(call)) = (sequence(heartbeat.seq_ack)?, call) {
                call.outbox.acknowledge(seq);
            }
            unnumbered(Op::HeartbeatAck, &json!({ "t": heartbeat.t }))
        } else {
            let nonce: &RawValue = message.data()?;
            if nonce.get().parse::<f64>().is_err() {
                return Err(Close::DECODE);
            }
            unnumbered(Op::HeartbeatAck, &nonce)
        };
        if call.is_some_and(|call| call.before_speaking() > UNANNOUNCED) {
            return Err(Close::bad_request("Invalid SSRC"));
        }
        // A full queue means the socket is as good as dead; its deadline will tell.
        let _ = self.queue.try_send(ack);
        Ok(())
    }
}

/// Writes a frame; false when the socket is gone.
async fn write(socket: &mut Socket, faults: &MessageFaults, frame: Frame) -> bool {
    let message = match frame {
        Frame::Text(text) => WsMessage::text(text),
        Frame::Binary(bytes) => WsMessage::binary(bytes),
        Frame::Close(_) => return false,
    };
    transmit(socket, faults.outgoing(message)).await
}

async fn transmit(socket: &mut Socket, message: WsMessage) -> bool {
    matches!(timeout(WRITE, socket.send(message)).await, Ok(Ok(())))
}
