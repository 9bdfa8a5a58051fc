//! What is wrong on command: the gateway's connections and messages, and the datagrams.

use sandbox::{
    events::Bus,
    faults::{Faults, model::Order},
    voice::{Server, VoiceOptions},
};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    CHANNEL, GUILD, PATIENCE,
    audio::report,
    client::{Client, GCM},
    grant,
    sound::tone,
};

struct Scene {
    server: Server,
    faults: Faults,
}

impl Scene {
    async fn new() -> Self {
        let faults = Faults::default();
        let options = VoiceOptions {
            faults: faults.clone(),
            ..VoiceOptions::default()
        };
        let server = Server::start(options, Bus::default()).await.unwrap();
        Self { server, faults }
    }

    fn put(&self, order: Value) -> u64 {
        let Value::Object(order) = order else {
            panic!("an order is an object")
        };
        let order = Order::parse(order).unwrap();
        self.faults
            .put(order, &TaskTracker::new(), &CancellationToken::new())
    }
}

#[tokio::test]
async fn datagrams_are_lost_and_late() {
    let scene = Scene::new().await;
    let token = scene.server.allocate(grant(false));
    let mut client = Client::connect(&scene.server, 8).await;
    let mut media = client.join(&token, GCM, Some(1)).await;
    let mut heard = scene.server.pcm(GUILD);
    let packets = tone(440.0, 4);
    media.send(&packets[0]).await;
    timeout(PATIENCE, heard.recv()).await.unwrap().unwrap();

    scene.put(json!({ "target": "voice-udp", "fault": "drop", "share": 1.0, "count": 1 }));
    media.send(&packets[1]).await;
    media.send(&packets[2]).await;
    timeout(PATIENCE, heard.recv()).await.unwrap().unwrap();
    assert_eq!(
        (report(&scene.server).packets, report(&scene.server).lost),
        (2, 1)
    );

    scene.put(json!({ "target": "voice-udp", "fault": "delay", "ms": 150 }));
    media.send(&packets[3]).await;
    timeout(PATIENCE, heard.recv()).await.unwrap().unwrap();
    let report = report(&scene.server);
    assert!(
        report.gaps > 0 && report.gap_max_ms >= 150.0,
        "{} ms",
        report.gap_max_ms
    );
    scene.server.shutdown().await;
}

#[tokio::test]
async fn connections_are_cut_closed_and_refused() {
    let scene = Scene::new().await;
    let token = scene.server.allocate(grant(false));
    let mut client = Client::connect(&scene.server, 4).await;
    client.join(&token, GCM, Some(1)).await;
    scene.put(json!({ "target": "voice-gateway", "fault": "close", "code": 4015 }));
    assert_eq!(client.closed().await, 4015);

    let mut client = Client::connect(&scene.server, 4).await;
    client.resume(&token, -1).await;
    assert_eq!(client.json().await.0, 9);
    scene.put(json!({ "target": "voice-gateway", "fault": "cut" }));
    assert!(client.ended().await, "without a close frame");

    let refuse = scene.put(json!({ "target": "voice-gateway", "fault": "refuse" }));
    let stream = TcpStream::connect(scene.server.endpoint()).await.unwrap();
    timeout(PATIENCE, stream.readable()).await.unwrap().unwrap();
    assert!(stream.try_read(&mut [0; 1]).is_err(), "a reset");
    scene.faults.lift(refuse);

    let mut client = Client::connect(&scene.server, 4).await;
    client.resume(&token, -1).await;
    assert_eq!(client.json().await.0, 9);
    assert_eq!(report(&scene.server).resumes, 2);
    scene.server.roster(CHANNEL, vec![77]);
    client.wait_for(11).await;
    scene.server.shutdown().await;
}
