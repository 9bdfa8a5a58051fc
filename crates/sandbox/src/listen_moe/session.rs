//! One client's connection to the gateway.

use std::{sync::atomic::Ordering, time::Duration};

use serde::Deserialize;
use serde_json::Value;
use tokio::{
    sync::broadcast::error::RecvError,
    time::{Instant, sleep_until},
};

use super::{
    Gateway,
    frames::{self, Account},
};
use crate::ws::{Gone, Message, Socket};

/// Which gateway was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Generation {
    /// `/gateway`: says nothing before it is told who comes, acknowledges no heartbeat.
    V1,
    /// `/gateway_v2`: welcomes at once, answers heartbeats with op 10.
    V2,
}

impl Generation {
    /// How often a client has to send a heartbeat.
    pub fn interval(self) -> Duration {
        Duration::from_millis(match self {
            Self::V1 => 45_000,
            Self::V2 => 35_000,
        })
    }
}

/// What a client sends.
#[derive(Deserialize)]
struct Incoming {
    op: u64,
    #[serde(default)]
    d: Value,
}

/// Serves one client until one side ends it.
pub async fn run(gateway: Gateway, generation: Generation, interval: Duration, socket: Socket) {
    gateway.clients.fetch_add(1, Ordering::Relaxed);
    let clients = gateway.clients.clone();
    let mut session = Session {
        gateway,
        generation,
        interval,
        socket,
        account: Account::Anonymous,
        welcomed: false,
    };
    // Gone is gone.
    let _ = session.talk().await;
    clients.fetch_sub(1, Ordering::Relaxed);
}

struct Session {
    gateway: Gateway,
    generation: Generation,
    interval: Duration,
    socket: Socket,
    account: Account,
    welcomed: bool,
}

impl Session {
    async fn talk(&mut self) -> Result<(), Gone> {
        let mut plays = self.gateway.on_air.watch();
        plays.mark_unchanged();
        let mut extra = self.gateway.extra.subscribe();
        if self.generation == Generation::V2 {
            self.welcome().await?;
        }
        let mut deadline = Instant::now() + self.patience();
        loop {
            tokio::select! {
                message = self.socket.recv() => match message {
                    Some(Message::Text(text)) => {
                        let Ok(incoming) = serde_json::from_str::<Incoming>(&text) else {
                            continue;
                        };
                        if incoming.op == 9 || !self.welcomed {
                            deadline = Instant::now() + self.patience();
                        }
                        self.answer(incoming).await?;
                    }
                    Some(_) => {}
                    None => return Ok(()),
                },
                changed = plays.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    plays.mark_unchanged();
                    if self.welcomed {
                        self.track("TRACK_UPDATE").await?;
                        self.beside_the_song().await?;
                    }
                }
                frame = extra.recv() => match frame {
                    Ok(frame) if self.welcomed => self.socket.send_text(frame).await?,
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Ok(()),
                },
                () = sleep_until(deadline) => {
                    tracing::info!(station = %self.gateway.on_air.station, "a client stopped its heartbeat");
                    return self.close().await;
                }
            }
        }
    }

    /// How long a client may send no heartbeat: two of them may be missed in part, none in whole.
    fn patience(&self) -> Duration {
        self.interval * 2
    }

    async fn answer(&mut self, incoming: Incoming) -> Result<(), Gone> {
        match incoming.op {
            0 => {
                let Some(auth) = incoming.d["auth"].as_str() else {
                    return Ok(());
                };
                self.account = Account::from_auth(auth);
                // v2 has welcomed already: there, being nobody is no news.
                if !self.welcomed || self.account != Account::Anonymous {
                    self.welcome().await?;
                }
                Ok(())
            }
            2 if self.welcomed => self.track("TRACK_UPDATE_REQUEST").await,
            9 if self.generation == Generation::V2 => self.send(&frames::heartbeat_ack()).await,
            // The service ignores what it does not know.
            _ => Ok(()),
        }
    }

    async fn welcome(&mut self) -> Result<(), Gone> {
        let interval_ms = u64::try_from(self.interval.as_millis()).unwrap_or(u64::MAX);
        let welcome = frames::welcome(&self.account, interval_ms);
        self.welcomed = true;
        self.send(&welcome).await?;
        self.track("TRACK_UPDATE").await
    }

    async fn track(&mut self, t: &str) -> Result<(), Gone> {
        let frame = frames::track(
            t,
            &self.gateway.on_air.now(),
            self.gateway.listeners(),
            self.gateway.start_time,
            &self.account,
        );
        self.send(&frame).await
    }

    /// What comes with a new song and is none: a client that takes it for one is wrong.
    async fn beside_the_song(&mut self) -> Result<(), Gone> {
        let play = self.gateway.on_air.now();
        self.send(&frames::queue_update(play.number % 5)).await?;
        if play.song.event.is_object() {
            let notification = frames::event_notification(&play.song.event);
            self.send(&notification).await?;
        }
        Ok(())
    }

    async fn send(&mut self, frame: &Value) -> Result<(), Gone> {
        self.socket.send_text(frame.to_string()).await
    }

    async fn close(&mut self) -> Result<(), Gone> {
        self.socket.close_now(4000, "Heartbeat timeout").await;
        Ok(())
    }
}
