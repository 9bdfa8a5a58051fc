//! One WebSocket of the gateway, from hello to its end.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::codec::Codec;
use super::protocol::{self, Close, Said};
use super::sessions::{Attached, Next, Order};
use super::{Parameters, identify};
use crate::discord::Discord;
use crate::world::Id;
use crate::ws::{Gone, Message, Socket};

/// Messages that a client may send within [`SEND_WINDOW`].
const SENDS: usize = 120;
/// The window of the send limit.
const SEND_WINDOW: Duration = Duration::from_mins(1);
/// How long a session can be resumed after its connection was lost; then the bot leaves voice.
const RESUME_WINDOW: Duration = Duration::from_mins(1);
/// How long after an identify the next one of the same bucket may come.
const IDENTIFY_WINDOW: Duration = Duration::from_secs(5);

/// Why a connection ended, which decides what becomes of the session.
enum End {
    /// The client closed with this code, or was gone.
    Client(Option<u16>),
    /// Closed from here.
    Server(u16, &'static str),
    /// Cut from here.
    Dropped,
    /// Another connection resumed the session.
    Replaced,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Server(close as u16, close.reason())
    }
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Client(None)
    }
}

pub(super) struct Connection {
    pub(super) discord: Discord,
    socket: Socket,
    codec: Codec,
    version: u64,
    pub(super) session: Option<Logged>,
    sends: VecDeque<Instant>,
    heartbeat: Duration,
    /// When the client counts as dead unless it beats.
    deadline: Instant,
    silent: bool,
}

/// The session that a connection has logged in to.
pub(super) struct Logged {
    pub(super) attached: Attached,
    pub(super) application: Id,
    shard: (u64, u64),
    pub(super) intents: u64,
}

/// Serves one connection, and then keeps its session for as long as it may be resumed.
pub(super) async fn run(discord: Discord, socket: Socket, parameters: Parameters) {
    let heartbeat = discord.context().options.heartbeat;
    let version = match parameters.v.as_deref() {
        None | Some("10") => 10,
        Some("9") => 9,
        Some(_) => 0,
    };
    let encoding = parameters.encoding.as_deref().unwrap_or("json") == "json";
    let codec = match parameters.compress.as_deref() {
        None => Some(Codec::Plain),
        Some("zlib-stream") => Some(Codec::stream()),
        Some("zstd-stream") => Some(Codec::zstd()),
        Some(_) => None,
    };
    let (Some(codec), true, true) = (codec, encoding, version != 0) else {
        let close = if version == 0 {
            Close::InvalidVersion
        } else {
            Close::Decode
        };
        socket.close(close as u16, close.reason()).await;
        return;
    };
    let mut connection = Connection {
        discord,
        socket,
        codec,
        version,
        session: None,
        sends: VecDeque::new(),
        heartbeat,
        deadline: patience(heartbeat),
        silent: false,
    };
    let end = connection.serve().await;
    connection.finish(end).await;
}

/// A client that has not been heard for one and a half intervals is gone.
fn patience(heartbeat: Duration) -> Instant {
    Instant::now() + heartbeat + heartbeat / 2
}

impl Connection {
    async fn serve(&mut self) -> End {
        let interval = u64::try_from(self.heartbeat.as_millis()).unwrap_or(u64::MAX);
        if self.send(&protocol::hello(interval)).await.is_err() {
            return End::Client(None);
        }
        loop {
            let notify = self
                .session
                .as_ref()
                .map(|s| std::sync::Arc::clone(&s.attached.notify));
            let wake = async {
                match notify {
                    Some(notify) => notify.notified().await,
                    None => std::future::pending().await,
                }
            };
            let step = tokio::select! {
                message = self.socket.recv() => match message {
                    Some(message) => self.heard(message).await,
                    None => Err(End::Client(self.socket.peer_close())),
                },
                () = wake => self.work().await,
                () = sleep_until(self.deadline) => Err(Close::SessionTimedOut.into()),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn send(&mut self, text: &str) -> Result<(), Gone> {
        let message = self.codec.encode(text).map_err(|_| Gone)?;
        self.socket.send(message).await
    }

    /// Sends what the session has, and obeys orders.
    async fn work(&mut self) -> Result<(), End> {
        let Some(session) = &self.session else {
            return Ok(());
        };
        let (frames, orders) = match self.discord.sessions().next(&session.attached) {
            Next::Work(frames, orders) => (frames, orders),
            Next::Replaced => return Err(End::Replaced),
            Next::Overflowed => return Err(Close::RateLimited.into()),
        };
        for frame in frames {
            self.send(&frame).await?;
        }
        for order in orders {
            match order {
                Order::Heartbeat => self.send(&protocol::bare(1)).await?,
                Order::Reconnect => self.send(&protocol::bare(7)).await?,
                Order::Invalidate(resumable) => {
                    // Over before the client hears of it, however soon it tries to resume.
                    if !resumable {
                        self.end_session();
                    }
                    self.send(&protocol::invalid_session(resumable)).await?;
                }
                Order::Close(code) => return Err(End::Server(code, "Closed on command.")),
                Order::Drop => return Err(End::Dropped),
                Order::Silence => self.silent = true,
            }
        }
        Ok(())
    }

    async fn heard(&mut self, message: Message) -> Result<(), End> {
        let now = Instant::now();
        while self
            .sends
            .front()
            .is_some_and(|at| now - *at >= SEND_WINDOW)
        {
            self.sends.pop_front();
        }
        self.sends.push_back(now);
        if self.sends.len() > SENDS {
            return Err(Close::RateLimited.into());
        }
        let text = match &message {
            Message::Text(text) => text.as_str(),
            Message::Binary(bytes) => std::str::from_utf8(bytes).map_err(|_| Close::Decode)?,
            _ => return Ok(()),
        };
        let said = protocol::parse(text)?;
        match (&said, self.session.is_some()) {
            (Said::Heartbeat, _) => {
                self.deadline = patience(self.heartbeat);
                if !self.silent {
                    self.send(&protocol::bare(11)).await?;
                }
                return Ok(());
            }
            (Said::Identify(_) | Said::Resume { .. }, true) => {
                return Err(Close::AlreadyAuthenticated.into());
            }
            (Said::Identify(_) | Said::Resume { .. }, false) | (_, true) => {}
            (_, false) => return Err(Close::NotAuthenticated.into()),
        }
        match said {
            Said::Identify(identify) => self.identify(&identify).await,
            Said::Resume {
                token,
                session,
                seq,
            } => self.resume(&token, &session, seq).await,
            Said::Voice {
                guild,
                channel,
                state,
            } => {
                self.voice(guild, channel, state);
                Ok(())
            }
            Said::Presence(presence) => {
                self.presence(&presence);
                Ok(())
            }
            Said::Members(members) => {
                self.members(&members);
                Ok(())
            }
            Said::ChannelInfo { guild, fields } => {
                self.channel_info(guild, &fields);
                Ok(())
            }
            Said::Sounds(guilds) => {
                self.sounds(&guilds);
                Ok(())
            }
            Said::Heartbeat => Ok(()),
        }
    }

    async fn identify(&mut self, said: &protocol::Identify) -> Result<(), End> {
        let application = identify::check(&self.discord, said)?;
        let options = &self.discord.context().options;
        let (limit, concurrency) = (options.identify_limit, options.max_concurrency);
        let bucket = (application, said.shard.0 % concurrency.max(1));
        let window = if limit {
            IDENTIFY_WINDOW
        } else {
            Duration::ZERO
        };
        if !self.discord.limits().identify(bucket, window) {
            self.send(&protocol::invalid_session(false)).await?;
            return Ok(());
        }
        let attached = identify::open(&self.discord, application, said, self.version)?;
        if said.compress && matches!(self.codec, Codec::Plain) {
            self.codec = Codec::Payload;
        }
        self.session = Some(Logged {
            attached,
            application,
            shard: said.shard,
            intents: said.intents,
        });
        Ok(())
    }

    async fn resume(&mut self, token: &str, id: &str, seq: u64) -> Result<(), End> {
        let token = token.trim_start_matches("Bot ");
        let application = self.discord.with(|world| world.application_of(token));
        let application = application.ok_or(Close::AuthenticationFailed)?;
        let known = self.discord.sessions().facts(id);
        let resumed = self.discord.sessions().resume(id, application, seq);
        let (Some(resumed), Some((shard, wanted))) = (resumed, known) else {
            self.send(&protocol::invalid_session(false)).await?;
            return Ok(());
        };
        let attached = resumed.map_err(|()| Close::InvalidSeq)?;
        // RESUMED comes after the replay, as an event of the session.
        self.discord
            .sessions()
            .push(id, "RESUMED", &json!({"_trace": ["[\"sandbox\"]"]}));
        self.discord
            .with(|world| identify::tell(world, application, id, shard, "resumed"));
        self.session = Some(Logged {
            attached,
            application,
            shard,
            intents: wanted,
        });
        Ok(())
    }

    /// The session is over: the bot leaves voice.
    fn end_session(&mut self) {
        if let Some(session) = self.session.take() {
            end(&self.discord, &session);
        }
    }

    async fn finish(self, end_: End) {
        let Self {
            discord,
            socket,
            session,
            ..
        } = self;
        let resumable = match end_ {
            End::Replaced => {
                socket.close(4000, "Session resumed elsewhere.").await;
                return;
            }
            // With 1000 or 1001 the client says that it will not come back.
            End::Client(code) => {
                // The TCP connection ends now, not with the session: clients wait for that.
                drop(socket);
                !matches!(code, Some(1000 | 1001))
            }
            End::Dropped => {
                drop(socket);
                true
            }
            End::Server(code, reason) => {
                let resumable = !matches!(code, 1000 | 1001 | 4004 | 4007 | 4009..=4014);
                if let (false, Some(session)) = (resumable, &session) {
                    // Over before the client hears of it, however soon it tries to resume.
                    end(&discord, session);
                }
                socket.close(code, reason).await;
                resumable
            }
        };
        let Some(session) = session else {
            return;
        };
        if !resumable {
            end(&discord, &session);
            return;
        }
        if !discord.sessions().detach(&session.attached) {
            return;
        }
        discord.with(|world| {
            identify::tell(
                world,
                session.application,
                &session.attached.id,
                session.shard,
                "down",
            );
        });
        tokio::time::sleep(RESUME_WINDOW).await;
        if discord.sessions().expire(&session.attached.id) {
            leave_voice(&discord, &session);
        }
    }
}

fn end(discord: &Discord, session: &Logged) {
    if discord.sessions().end(&session.attached.id) {
        discord.with(|world| {
            identify::tell(
                world,
                session.application,
                &session.attached.id,
                session.shard,
                "down",
            );
        });
        leave_voice(discord, session);
    }
}

fn leave_voice(discord: &Discord, session: &Logged) {
    discord.with(|world| world.end_voice_session(session.application, &session.attached.id));
}
