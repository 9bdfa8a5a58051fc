//! End-to-end encryption, with `davey` on the client's side as in songbird and discord.js.

use std::num::NonZeroU16;

use davey::{DaveSession, ProposalsOperationType};
use sandbox::voice::{CallReport, Server};
use serde_json::{Value, json};

use crate::{
    BOT, CHANNEL, GUILD,
    audio::{play, report},
    client::{Client, GCM, Media, Received, XCHACHA},
    grant,
    sound::tone,
    start,
};

/// A client that takes part in its channel's group.
struct Bot {
    client: Client,
    media: Media,
    session: DaveSession,
    /// The opcodes that came, those of others left out.
    seen: Vec<u64>,
    downgrading: Option<Value>,
}

impl Bot {
    async fn join(server: &Server, version: u8, mode: &'static str) -> Self {
        let token = server.allocate(grant(true));
        let mut client = Client::connect(server, version).await;
        let media = client.join(&token, mode, Some(1)).await;
        let one = NonZeroU16::new(1).unwrap();
        let session = DaveSession::new(one, BOT, CHANNEL, None).unwrap();
        let mut bot = Self {
            client,
            media,
            session,
            seen: Vec::new(),
            downgrading: None,
        };
        if bot.media.dave == 1 {
            bot.offer().await;
        }
        bot
    }

    async fn offer(&mut self) {
        let package = self.session.create_key_package().unwrap();
        self.client.send_binary(26, &package).await;
    }

    /// Takes part until a message of that operation has been dealt with.
    async fn until(&mut self, wanted: u64) {
        loop {
            let op = match self.client.receive().await {
                Received::Json { op, d } => {
                    self.json(op, &d).await;
                    op
                }
                Received::Binary { op, payload } => {
                    self.binary(op, &payload).await;
                    u64::from(op)
                }
                Received::Closed(frame) => panic!("closed: {frame:?}"),
            };
            if op > 13 {
                self.seen.push(op);
            }
            if op == wanted {
                return;
            }
        }
    }

    async fn json(&mut self, op: u64, d: &Value) {
        match op {
            21 if d["transition_id"] != 0 => {
                assert_eq!(d["protocol_version"], 0);
                self.downgrading = Some(d["transition_id"].clone());
                self.client
                    .send(23, json!({ "transition_id": d["transition_id"] }))
                    .await;
            }
            22 if self.downgrading.as_ref() == Some(&d["transition_id"]) => {
                self.session.reset().unwrap();
                self.media.dave = 0;
            }
            24 => {
                assert_eq!(
                    *d,
                    json!({ "protocol_version": 1, "epoch": 1, "transition_id": 0 })
                );
                self.media.dave = 1;
                let one = NonZeroU16::new(1).unwrap();
                self.session.reinit(one, BOT, CHANNEL, None).unwrap();
                self.offer().await;
            }
            _ => {}
        }
    }

    async fn binary(&mut self, op: u8, payload: &[u8]) {
        match op {
            25 => self.session.set_external_sender(payload).unwrap(),
            27 => {
                let kind = match payload[0] {
                    0 => ProposalsOperationType::APPEND,
                    _ => ProposalsOperationType::REVOKE,
                };
                let made = self
                    .session
                    .process_proposals(kind, &payload[1..], None)
                    .unwrap();
                if let Some(made) = made {
                    let welcome = made.welcome.unwrap_or_default();
                    self.client
                        .send_binary(28, &[made.commit, welcome].concat())
                        .await;
                }
            }
            29 | 30 => {
                if op == 29 {
                    self.session.process_commit(&payload[2..]).unwrap();
                } else {
                    self.session.process_welcome(&payload[2..]).unwrap();
                }
                let transition = u16::from_be_bytes([payload[0], payload[1]]);
                self.client
                    .send(23, json!({ "transition_id": transition }))
                    .await;
            }
            _ => panic!("op {op} is not for clients"),
        }
    }

    /// A second of a tone, encrypted when there is a group.
    async fn play(&mut self, server: &Server, hz: f64) -> CallReport {
        let mut packets = tone(hz, 50);
        if self.media.dave == 1 && self.session.is_ready() {
            for packet in &mut packets {
                *packet = self.session.encrypt_opus(packet).unwrap().into_owned();
            }
        }
        play(server, &mut self.media, &packets).await;
        report(server)
    }
}

fn assert_heard(report: &CallReport, hz: f64) {
    assert!(
        (report.pitch_hz / hz - 1.0).abs() < 0.01,
        "{} instead of {hz} Hz",
        report.pitch_hz
    );
    assert_eq!(
        (report.undecryptable, report.unheard, report.undecodable),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn a_bot_that_joins_a_listener_is_heard_through_the_group() {
    for (version, mode) in [(4, GCM), (8, XCHACHA)] {
        let (server, _) = start().await;
        server.roster(CHANNEL, vec![77]);
        let mut bot = Bot::join(&server, version, mode).await;
        bot.until(22).await;
        assert_eq!(bot.seen, [25, 27, 30, 22]);
        let report = bot.play(&server, 523.25).await;
        assert!(report.dave);
        assert_heard(&report, 523.25);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn listeners_come_and_go_during_the_call() {
    let (server, _) = start().await;
    let mut bot = Bot::join(&server, 8, GCM).await;
    bot.until(25).await;
    let report = bot.play(&server, 330.0).await;
    assert!(
        !report.dave,
        "alone in the channel, there is nobody to encrypt for"
    );
    assert_heard(&report, 330.0);

    server.roster(CHANNEL, vec![77]);
    bot.until(22).await;
    assert_eq!(bot.seen, [25, 27, 29, 22]);
    let report = bot.play(&server, 440.0).await;
    assert!(report.dave);
    assert_heard(&report, 440.0);

    // The first listener goes: a new epoch, and the second one hears.
    server.roster(CHANNEL, vec![77, 78]);
    bot.until(22).await;
    server.roster(CHANNEL, vec![78]);
    bot.until(22).await;
    assert_heard(&bot.play(&server, 550.0).await, 550.0);

    // The last one goes.
    bot.seen.clear();
    server.roster(CHANNEL, vec![]);
    bot.until(21).await;
    assert_eq!(bot.seen, [24, 21]);
    let report = bot.play(&server, 660.0).await;
    assert!(!report.dave);
    assert_heard(&report, 660.0);
    server.shutdown().await;
}

#[tokio::test]
async fn an_old_client_ends_the_encryption_until_it_leaves() {
    let (server, _) = start().await;
    server.roster(CHANNEL, vec![77]);
    let mut bot = Bot::join(&server, 8, GCM).await;
    bot.until(22).await;
    server.set_dave_support(78, false);
    server.roster(CHANNEL, vec![77, 78]);
    bot.seen.clear();
    bot.until(22).await;
    assert_eq!(bot.seen, [21, 22]);
    let report = bot.play(&server, 440.0).await;
    assert!(!report.dave);
    assert_heard(&report, 440.0);

    server.roster(CHANNEL, vec![77]);
    bot.seen.clear();
    bot.until(22).await;
    assert_eq!(bot.seen, [24, 25, 27, 30, 22]);
    let report = bot.play(&server, 550.0).await;
    assert!(report.dave);
    assert_heard(&report, 550.0);
    server.shutdown().await;
}

#[tokio::test]
async fn a_stage_has_no_encryption_and_speaking_plainly_elsewhere_is_not_heard() {
    let (server, _) = start().await;
    server.roster(CHANNEL, vec![77]);
    let token = server.allocate(grant(false));
    let mut client = Client::connect(&server, 8).await;
    let media = client.join(&token, GCM, Some(1)).await;
    assert_eq!(media.dave, 0);

    // A client that negotiates DAVE and then never takes part.
    let token = server.allocate(grant(true));
    let mut client = Client::connect(&server, 8).await;
    let mut media = client.join(&token, GCM, Some(1)).await;
    assert_eq!(media.dave, 1);
    for packet in tone(440.0, 10) {
        media.send(&packet).await;
    }
    media.socket.send(&[0; 8]).await.unwrap();
    media.socket.recv(&mut [0; 8]).await.unwrap();
    let report = report(&server);
    assert_eq!(report.packets, 10);
    assert!(
        report.seconds.abs() < f64::EPSILON,
        "{} s were heard",
        report.seconds
    );
    server.shutdown().await;
}

#[tokio::test]
async fn whoever_is_suppressed_or_muted_is_not_heard() {
    let (server, _) = start().await;
    let token = server.allocate(grant(false));
    // Before the connection stands, as in a stage, and after it.
    server.hush(GUILD, BOT, true);
    let mut client = Client::connect(&server, 8).await;
    let mut media = client.join(&token, GCM, Some(1)).await;
    let mut heard = Vec::new();
    for hushed in [true, false, true] {
        server.hush(GUILD, BOT, hushed);
        for packet in tone(440.0, 25) {
            media.send(&packet).await;
        }
        media.socket.send(&[0; 8]).await.unwrap();
        media.socket.recv(&mut [0; 8]).await.unwrap();
        let report = report(&server);
        assert_eq!(report.hushed, hushed);
        heard.push((report.packets, report.unheard));
    }
    assert_eq!(heard, [(25, 25), (50, 25), (75, 50)]);
    server.shutdown().await;
}
