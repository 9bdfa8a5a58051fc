//! What the voice gateway refuses, and with which code.

use sandbox::voice::VoiceGrant;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    BOT, CHANNEL, GUILD, PATIENCE, SESSION,
    audio::report,
    client::{Client, GCM, Received},
    grant, start,
};

#[tokio::test]
async fn identities_are_checked() {
    let (server, _) = start().await;
    let cases: [(Value, u16); 6] = [
        (json!({ "token": "wrong" }), 4004),
        (json!({ "user_id": "99" }), 4004),
        (json!({ "session_id": "wrong" }), 4006),
        (json!({ "server_id": "99" }), 4011),
        (json!({ "max_dave_protocol_version": 0 }), 4017),
        (json!({ "token": null }), 4002),
    ];
    for (change, code) in cases {
        let token = server.allocate(grant(true));
        let mut client = Client::connect(&server, 8).await;
        let mut d = json!({
            "server_id": GUILD.to_string(),
            "user_id": BOT.to_string(),
            "session_id": SESSION,
            "token": token,
            "max_dave_protocol_version": 1,
        });
        for (key, value) in change.as_object().unwrap() {
            d[key] = value.clone();
        }
        client.send(0, d).await;
        assert_eq!(client.closed().await, code, "{change}");
    }
    assert_eq!(server.calls().len(), 0);
    // A client that never heard of DAVE omits the version.
    let token = server.allocate(grant(true));
    let mut client = Client::connect(&server, 4).await;
    client.identify(&token, None).await;
    assert_eq!(client.closed().await, 4017);
    server.shutdown().await;
}

#[tokio::test]
async fn messages_are_checked() {
    let (server, _) = start().await;
    let before = [
        (r#"{"op":5,"d":{"speaking":1,"ssrc":1}}"#, 4003),
        ("not JSON", 4002),
        (
            r#"{"op":7,"d":{"server_id":"10","session_id":"a session","token":"x"}}"#,
            4006,
        ),
    ];
    for (text, code) in before {
        let mut client = Client::connect(&server, 8).await;
        client.send_text(text).await;
        assert_eq!(client.closed().await, code, "{text}");
    }
    let after = [
        (r#"{"op":0,"d":{}}"#, 4005),
        (r#"{"op":99,"d":{}}"#, 4001),
        (r#"{"op":2,"d":{}}"#, 4001),
        (r#"{"op":3,"d":{"t":1}}"#, 4002),
        (r#"{"op":5,"d":{"speaking":1,"delay":0,"ssrc":0}}"#, 4020),
        (
            r#"{"op":1,"d":{"protocol":"webrtc","data":{"address":"127.0.0.1","port":1,"mode":"x"}}}"#,
            4012,
        ),
        (
            r#"{"op":1,"d":{"protocol":"udp","data":{"address":"127.0.0.1","port":1,"mode":"xsalsa20_poly1305"}}}"#,
            4016,
        ),
    ];
    for (text, code) in after {
        let token = server.allocate(grant(true));
        let mut client = Client::connect(&server, 8).await;
        client.identify(&token, Some(1)).await;
        client.wait_for(2).await;
        client.send_text(text).await;
        assert_eq!(client.closed().await, code, "{text}");
    }
    for path in ["/", "/?v=3", "/?v=9"] {
        let mut client = Client::open(&server, path, 4).await;
        assert_eq!(client.closed().await, 4012, "{path}");
    }
    server.shutdown().await;
}

#[tokio::test]
async fn heartbeats_are_answered_as_the_version_has_it() {
    let (server, _) = start().await;
    for (version, beat, answer) in [
        (
            4,
            json!(1_501_184_119_561_u64),
            json!(1_501_184_119_561_u64),
        ),
        (8, json!({ "t": 7, "seq_ack": -1 }), json!({ "t": 7 })),
    ] {
        let token = server.allocate(grant(true));
        let mut client = Client::connect(&server, version).await;
        client.identify(&token, Some(1)).await;
        client.wait_for(2).await;
        client.send(3, beat).await;
        assert_eq!(client.wait_for(6).await, answer);
    }
    server.shutdown().await;
}

#[tokio::test]
async fn a_dropped_session_resumes_and_repeats_what_was_missed() {
    let (server, bus) = start().await;
    for version in [4, 8] {
        let mut events = bus.subscribe();
        let token = server.allocate(grant(false));
        let mut client = Client::connect(&server, version).await;
        let media = client.join(&token, GCM, Some(1)).await;
        assert!(server.drop_connection(GUILD, BOT, 4015));
        assert_eq!(client.closed().await, 4015);
        let lost = async { while events.recv().await.unwrap().data["event"] != "lost" {} };
        timeout(PATIENCE, lost).await.unwrap();
        assert!(!report(&server).connected);

        let mut again = Client::connect(&server, version).await;
        again.seq = client.seq;
        again.resume(&token, client.seq).await;
        assert_eq!(again.json().await, (9, Value::Null));
        let report = report(&server);
        assert!(report.connected);
        assert_eq!((report.resumes, report.ssrc), (1, media.ssrc));

        // A version 8 client that saw nothing gets everything again.
        if version == 8 {
            let mut third = Client::connect(&server, version).await;
            third.resume(&token, -1).await;
            assert_eq!(third.json().await.0, 9);
            assert_eq!(third.json().await.0, 2);
            assert_eq!(third.json().await.0, 4);
            assert_eq!(again.closed().await, 4006, "one socket a session");
        }
        assert!(server.expire_session(GUILD, BOT));
        let mut late = Client::connect(&server, version).await;
        late.resume(&token, -1).await;
        assert_eq!(late.closed().await, 4006);
        // The grant is still good.
        let mut anew = Client::connect(&server, version).await;
        anew.join(&token, GCM, Some(1)).await;
    }
    server.shutdown().await;
}

#[tokio::test]
async fn kicks_moves_and_new_servers_close_with_4014() {
    let (server, bus) = start().await;
    let mut events = bus.subscribe();
    let token = server.allocate(grant(false));
    let mut client = Client::connect(&server, 4).await;
    client.join(&token, GCM, Some(1)).await;
    server.move_to(GUILD, BOT, 99);
    assert_eq!(client.closed().await, 4014);

    let (endpoint, token) = server.move_server(GUILD, BOT).unwrap();
    assert!(endpoint.starts_with("localhost:"));
    let mut client = Client::connect(&server, 4).await;
    client.join(&token, GCM, Some(1)).await;
    assert_eq!(report(&server).channel, "99");

    let newer = server.allocate(VoiceGrant {
        channel: CHANNEL,
        ..grant(false)
    });
    assert_eq!(client.closed().await, 4014);
    let mut client = Client::connect(&server, 4).await;
    client.identify(&token, Some(1)).await;
    assert_eq!(
        client.closed().await,
        4004,
        "the old token is worth nothing"
    );
    let mut client = Client::connect(&server, 4).await;
    client.join(&newer, GCM, Some(1)).await;
    server.revoke(GUILD, BOT, 4022);
    assert_eq!(client.closed().await, 4022);
    assert_eq!(server.calls().len(), 0);
    assert_eq!(server.move_server(GUILD, BOT), None);

    let mut kinds = Vec::new();
    while let Ok(event) = events.try_recv() {
        assert_eq!(&*event.kind, "voice_call");
        kinds.push(event.data["event"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds.iter().filter(|kind| *kind == "connected").count(), 3);
    assert_eq!(kinds.iter().filter(|kind| *kind == "ended").count(), 3);
    server.shutdown().await;
}

#[tokio::test]
async fn the_end_of_the_server_is_polite() {
    let (server, _) = start().await;
    let token = server.allocate(grant(false));
    let mut client = Client::connect(&server, 8).await;
    client.join(&token, GCM, Some(1)).await;
    let stop = server.clone();
    let (code, ()) = tokio::join!(client.closed(), stop.shutdown());
    assert_eq!(code, 1001);
    let ca = server.ca_pem_path().to_owned();
    drop((server, stop));
    assert!(!ca.exists());
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_closed_with_4009() {
    // Time is paused: it jumps whenever all tasks wait, and the deadlines come at once.
    let (server, _) = start().await;
    let mut client = Client::connect(&server, 8).await;
    let code = loop {
        if let Received::Closed(Some(frame)) = client.receive().await {
            break u16::from(frame.code);
        }
    };
    assert_eq!(code, 4009);
}
