//! One voice connection: a songbird call, the track it plays, and what it reports.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use async_trait::async_trait;
use serenity::all::{ChannelId, GuildId, UserId};
use songbird::{
    Call, Config, CoreEvent, Event, EventContext, EventHandler,
    driver::{
        DisposalThread, MixMode, Scheduler, SchedulerConfig, SchedulerMode,
        retry::{Retry, Strategy},
    },
    error::JoinError,
    events::context_data::DisconnectReason,
    model::CloseCode,
};
use tokio::{sync::mpsc, time::timeout};
use tracing::{debug, warn};

use super::{
    gateway::Gateway,
    message::{Connection, Message},
    plan::Sound,
};
use crate::{
    radio::{
        error::RadioError,
        feed::{Dial, Feed},
        input,
        ring::Heard,
        volume::Volume,
    },
    station::Station,
};

/// How long Discord may take to put the bot into the channel. It does not answer at all when it
/// will not.
const GATEWAY: Duration = Duration::from_secs(8);
/// How long one attempt to connect to a voice server may take. Songbird does nothing else for the
/// call meanwhile.
const CONNECT: Duration = Duration::from_secs(5);
/// How long all of it may take.
pub(super) const JOIN: Duration = Duration::from_secs(15);
/// Songbird's own attempts before it gives up and the call is rebuilt from the gateway up, which
/// also cures what they cannot. Few, since they cannot be called off.
const ATTEMPTS: u8 = 3;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(500);

/// What one packet of the ring holds.
const PACKET: Duration = Duration::from_millis(20);

/// Songbird, set up for many calls that only copy packets. Must be called within tokio.
pub(super) fn config() -> Config {
    let mut scheduler = SchedulerConfig::default();
    // Measured: 1,000 calls on 21 threads rather than 71. More a thread would make the work of
    // encryption groups, which holds up a thread, felt by too many.
    scheduler.strategy = SchedulerMode::MaxPerThread(NonZeroUsize::MIN.saturating_add(63));
    // It judges by wall time, so a busy machine would get ever more threads.
    scheduler.move_expensive_tasks = false;
    let retry = Retry {
        strategy: Strategy::Every(BETWEEN_ATTEMPTS.into()),
        retry_limit: ATTEMPTS.try_into().ok(),
    };
    Config::default()
        // Nothing is ever mixed, and songbird still prepares an empty mix for each packet: with one
        // channel that is half the work. What is copied keeps the channels it has.
        .mix_mode(MixMode::Mono)
        .scheduler(Scheduler::new(scheduler))
        .disposer(DisposalThread::run())
        .gateway_timeout(Some(GATEWAY))
        .driver_timeout(Some(CONNECT))
        .driver_retry(retry)
}

/// A songbird call. It is never used again after a failure or a disconnect, but thrown away:
/// songbird's retries would go on and stream into a channel that was left. Dropping it ends them.
pub(super) struct Voice {
    call: Call,
    /// The reader that songbird plays; `None` while nobody hears it.
    dial: Option<Dial>,
}

impl Voice {
    /// A call that is not connected and plays nothing. `number` comes back in each of its reports.
    pub(super) fn new(
        guild: GuildId,
        gateway: &Arc<Gateway>,
        config: Config,
        reports: &mpsc::Sender<Message>,
        number: u64,
    ) -> Result<Self, RadioError> {
        let user = gateway.user().ok_or(RadioError::Discord)?;
        let mut call = Call::from_config(guild, gateway.as_shard(), user, config);
        for event in [
            CoreEvent::DriverConnect,
            CoreEvent::DriverReconnect,
            CoreEvent::DriverDisconnect,
            CoreEvent::ClientDisconnect,
        ] {
            let reports = reports.clone();
            call.add_global_event(
                Event::Core(event),
                Reporter {
                    guild,
                    number,
                    reports,
                },
            );
        }
        Ok(Self { call, dial: None })
    }

    /// Plays this from the next packet on, or as soon as it is connected. Where nobody hears it the
    /// track goes, and with it the reader: that costs a third of a track that is paused or muted.
    pub(super) fn play(&mut self, feed: &Feed, sound: Sound) -> Result<(), RadioError> {
        if sound.silent {
            self.call.stop();
            self.dial = None;
            return Ok(());
        }
        if let Some(dial) = &self.dial {
            dial.tune(feed, sound.volume);
            return Ok(());
        }
        let listener = feed.listen(sound.volume);
        let dial = listener.dial();
        let input = input::input(listener).map_err(|error| {
            warn!("songbird does not take our input: {error}");
            RadioError::Voice("internal error")
        })?;
        // The only track, or packets would be decoded and encoded again.
        drop(self.call.play_only_input(input));
        self.dial = Some(dial);
        Ok(())
    }

    /// Asks for the channel. The future is done when the voice connection stands; meanwhile the
    /// updates must be handed on.
    pub(super) async fn join(
        &mut self,
        channel: ChannelId,
    ) -> Result<impl Future<Output = Result<(), RadioError>> + Send + 'static, RadioError> {
        let join = self
            .call
            .join(channel)
            .await
            .map_err(|error| explain(&error))?;
        Ok(async move {
            match timeout(JOIN, join).await {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(explain(&error)),
                Err(_) => Err(RadioError::Timeout(JOIN)),
            }
        })
    }

    /// Discord says which channel the bot is in.
    pub(super) fn voice_state(&mut self, channel: ChannelId, session: String) {
        self.call.update_state(session, Some(channel));
    }

    /// Discord says which voice server is responsible.
    pub(super) fn voice_server(&mut self, endpoint: String, token: String) {
        self.call.update_server(endpoint, token);
    }

    /// What the reader does, if there is one.
    pub(super) fn heard(&self) -> Option<Heard> {
        Some(self.dial.as_ref()?.heard())
    }

    /// What is really played, which follows what is wanted when there is sound to follow with.
    pub(super) fn playing(&self) -> Option<(Station, Volume)> {
        Some(self.dial.as_ref()?.playing())
    }

    /// How much audio is held between the station and the reader.
    pub(super) fn cushion(&self) -> Option<Duration> {
        let packets = u32::try_from(self.heard()?.cushion).ok()?;
        Some(PACKET * packets)
    }
}

fn explain(error: &JoinError) -> RadioError {
    match error {
        JoinError::TimedOut => RadioError::Timeout(GATEWAY),
        JoinError::Driver(error) => {
            debug!("songbird could not connect: {error}");
            RadioError::Voice("connecting failed")
        }
        JoinError::Dropped => RadioError::Superseded,
        _ => RadioError::Discord,
    }
}

/// What a disconnect means, which songbird reports when it has given up. Some are followed by
/// another connection: a move, at our wish or Discord's, and the codes by which a voice server
/// sends away those who were dragged, moved or disconnected; the gateway tells which.
/// <https://docs.discord.com/developers/topics/opcodes-and-status-codes#voice-voice-close-event-codes>
const fn lost(reason: Option<DisconnectReason>) -> Connection {
    match reason {
        None
        | Some(
            DisconnectReason::AttemptDiscarded
            | DisconnectReason::Requested
            | DisconnectReason::WsClosed(Some(CloseCode::Disconnected | CloseCode::CallTerminated)),
        ) => Connection::Down,
        Some(_) => Connection::Over,
    }
}

/// Hands songbird's reports to the call's owner.
struct Reporter {
    guild: GuildId,
    number: u64,
    reports: mpsc::Sender<Message>,
}

#[async_trait]
impl EventHandler for Reporter {
    async fn act(&self, context: &EventContext<'_>) -> Option<Event> {
        let number = self.number;
        let message = match context {
            EventContext::ClientDisconnect(gone) => {
                // Never 0, which an id cannot be.
                let user = UserId::new(gone.user_id.0.max(1));
                Message::Left { number, user }
            }
            _ => Message::Driver {
                number,
                connection: self.connection(context)?,
            },
        };
        if self.reports.try_send(message).is_err() {
            // The owner sees by the reader's pulse what it was not told.
            warn!(guild = %self.guild, "a report of songbird was dropped");
        }
        None
    }
}

impl Reporter {
    fn connection(&self, context: &EventContext<'_>) -> Option<Connection> {
        Some(match context {
            EventContext::DriverConnect(_) => Connection::Up,
            EventContext::DriverReconnect(_) => Connection::Restored,
            EventContext::DriverDisconnect(data) => {
                debug!(guild = %self.guild, kind = ?data.kind, reason = ?data.reason, "voice connection lost");
                lost(data.reason)
            }
            _ => return None,
        })
    }
}
