//! What is sent is heard.

use std::time::Duration;

use sandbox::{
    events::Bus,
    faults::{Faults, model::Order},
    voice::{CallReport, Server, VoiceOptions},
};
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    CHANNEL, GUILD, PATIENCE,
    client::{Client, GCM, Media, XCHACHA},
    grant,
    sound::tone,
    start,
};

/// Sends packets every 20 ms and waits until they are heard.
pub(crate) async fn play(server: &Server, media: &mut Media, packets: &[Vec<u8>]) {
    let mut heard = server.pcm(GUILD);
    let mut clock = interval(Duration::from_millis(20));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for packet in packets {
        clock.tick().await;
        media.send(packet).await;
    }
    for _ in packets {
        timeout(PATIENCE, heard.recv())
            .await
            .expect("a frame in time")
            .unwrap();
    }
}

/// The one call.
pub(crate) fn report(server: &Server) -> CallReport {
    let mut calls = server.calls();
    assert_eq!(calls.len(), 1);
    calls.remove(0)
}

#[tokio::test]
async fn a_tone_is_heard_in_both_versions_and_with_both_ciphers() {
    for (version, mode, hz) in [(4, GCM, 440.0), (8, XCHACHA, 660.0)] {
        let (server, _) = start().await;
        let token = server.allocate(grant(false));
        let mut client = Client::connect(&server, version).await;
        let mut media = client.join(&token, mode, Some(1)).await;
        play(&server, &mut media, &tone(hz, 55)).await;

        let report = report(&server);
        assert_eq!(
            (report.guild.as_str(), report.channel.as_str()),
            ("10", "11")
        );
        assert_eq!((report.v, report.mode, report.speaking), (version, mode, 1));
        assert!(report.connected && report.decoded && !report.dave);
        assert_eq!((report.packets, report.lost, report.late), (55, 0, 0));
        assert_eq!(
            (report.forged, report.malformed, report.nonce_repeats),
            (0, 0, 0)
        );
        assert!((report.seconds - 1.1).abs() < 1e-9, "{}", report.seconds);
        assert!(
            (report.pitch_hz / hz - 1.0).abs() < 0.01,
            "{} Hz",
            report.pitch_hz
        );
        // A sine at half of full scale. A slow machine may have stretched the second.
        assert!((-12.0..-8.0).contains(&report.dbfs), "{} dBFS", report.dbfs);
        server.shutdown().await;
    }
}

#[tokio::test]
async fn losses_repeats_and_forgeries_are_counted() {
    let (server, _) = start().await;
    let token = server.allocate(grant(false));
    let mut client = Client::connect(&server, 8).await;
    let mut media = client.join(&token, GCM, Some(1)).await;
    let packets = tone(440.0, 4);
    let mut heard = server.pcm(GUILD);

    media.send(&packets[0]).await;
    media.sequence = media.sequence.wrapping_add(3);
    media.send(&packets[1]).await;
    media.nonce -= 1;
    media.send(&[0xF8, 0xFF, 0xFE]).await;
    let mut forged = media.seal(&[], &packets[2]);
    forged[20] ^= 1;
    media.socket.send(&forged).await.unwrap();
    let stranger = [&forged[..8], &[0; 4], &forged[12..]].concat();
    media.socket.send(&stranger).await.unwrap();
    // Not Opus in RTP.
    let video = [&[0x80, 0x65], &forged[2..]].concat();
    media.socket.send(&video).await.unwrap();
    // An extension's words are encrypted and no part of the frame.
    let extended = media.seal(&[0x51, 0xFF, 0, 0], &packets[3]);
    media.socket.send(&extended).await.unwrap();
    for _ in 0..4 {
        timeout(PATIENCE, heard.recv()).await.unwrap().unwrap();
    }

    let report = report(&server);
    assert_eq!((report.packets, report.silence_frames), (4, 1));
    assert_eq!((report.lost, report.nonce_repeats), (3 + 1, 1));
    assert_eq!(
        (report.forged, report.malformed, report.undecodable),
        (1, 1, 0)
    );
    assert_eq!(server.strays(), 1);
    server.shutdown().await;
}

#[tokio::test]
async fn keepalives_come_back_and_losses_can_be_made() {
    let faults = Faults::default();
    let options = VoiceOptions {
        faults: faults.clone(),
        ..VoiceOptions::default()
    };
    let server = Server::start(options, Bus::default()).await.unwrap();
    let token = server.allocate(grant(false));
    let mut client = Client::connect(&server, 8).await;
    let mut media = client.join(&token, GCM, Some(1)).await;
    media.socket.send(&[1, 2, 3, 4, 5, 6, 7, 8]).await.unwrap();
    let mut answer = [0; 16];
    let length = timeout(PATIENCE, media.socket.recv(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(answer[..length], [1, 2, 3, 4, 5, 6, 7, 8]);

    let packets = tone(440.0, 2);
    let mut heard = server.pcm(GUILD);
    let order = json!({"target": "voice-udp", "fault": "drop", "share": 1});
    let order = Order::parse(order.as_object().unwrap().clone()).unwrap();
    let loss = faults.put(order, &TaskTracker::new(), &CancellationToken::new());
    media.send(&packets[0]).await;
    // Lost as well: when the answer to the next one comes, the loss is over.
    faults.lift(loss);
    media.socket.send(&[0; 8]).await.unwrap();
    timeout(PATIENCE, media.socket.recv(&mut answer))
        .await
        .unwrap()
        .unwrap();
    media.send(&packets[1]).await;
    timeout(PATIENCE, heard.recv()).await.unwrap().unwrap();
    assert!(report(&server).packets <= 2);
    server.shutdown().await;
}

#[tokio::test]
async fn bots_in_a_channel_hear_of_each_other_and_of_the_listeners() {
    let (server, _) = start().await;
    server.roster(CHANNEL, vec![77]);
    let token = server.allocate(grant(false));
    let mut client = Client::connect(&server, 8).await;
    let media = client.join(&token, GCM, Some(1)).await;
    assert_eq!(
        client.wait_for(11).await["user_ids"],
        serde_json::json!(["77"])
    );
    server.roster(CHANNEL, vec![77, 78]);
    assert_eq!(
        client.wait_for(11).await["user_ids"],
        serde_json::json!(["78"])
    );
    server.roster(CHANNEL, vec![78]);
    assert_eq!(client.wait_for(13).await["user_id"], "77");
    assert_ne!(media.ssrc, 0);
    server.shutdown().await;
}
