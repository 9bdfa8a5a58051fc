//! The gateway over real sockets.

use std::time::Duration;

use serde_json::{Value, json};

use crate::testing::{Came, Client, get, post, start, still, within};

#[tokio::test]
async fn v2_welcomes_at_once_and_answers_heartbeats() {
    let sandbox = start(still()).await;
    let mut client = Client::connect(&sandbox, "/listen.moe/gateway_v2").await;
    let welcome = client.json().await;
    assert_eq!(
        (&welcome["op"], &welcome["d"]["heartbeat"]),
        (&json!(0), &json!(35_000))
    );
    assert!(welcome["d"]["user"].is_null());
    let track = client.json().await;
    assert_eq!(
        (&track["op"], &track["t"]),
        (&json!(1), &json!("TRACK_UPDATE"))
    );
    assert_eq!(track["d"]["song"]["id"], 7001);
    assert_eq!(track["d"]["lastPlayed"].as_array().unwrap().len(), 2);
    // Being nobody is no news; an unknown op and nonsense are nothing at all.
    for text in [
        r#"{"op":0,"d":{"auth":""}}"#,
        r#"{"op":77}"#,
        "nonsense",
        r#"{"op":9}"#,
    ] {
        client.send(text).await;
    }
    assert_eq!(client.json().await, json!({"op": 10}));
    client.send(r#"{"op":2}"#).await;
    assert_eq!(client.json().await["t"], "TRACK_UPDATE_REQUEST");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn v1_wants_to_know_who_comes_first() {
    let sandbox = start(still()).await;
    let mut client = Client::connect(&sandbox, "/listen.moe/kpop/gateway").await;
    client.send(r#"{"op":2}"#).await;
    client
        .send(r#"{"op":0,"d":{"auth":"Bearer 0123456789"}}"#)
        .await;
    let welcome = client.json().await;
    assert_eq!(welcome["d"]["heartbeat"], 45_000);
    assert_eq!(welcome["d"]["user"]["username"], "kana");
    let track = client.json().await;
    assert_eq!(track["d"]["song"]["id"], 8001);
    assert_eq!(track["d"]["queue"]["inQueue"], 0);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_new_song_reaches_every_client_of_its_station() {
    let sandbox = start(still()).await;
    let mut clients = Vec::new();
    for path in [
        "/listen.moe/gateway_v2",
        "/listen.moe/gateway_v2",
        "/listen.moe/kpop/gateway_v2",
    ] {
        let mut client = Client::connect(&sandbox, path).await;
        client.json().await;
        client.json().await;
        clients.push(client);
    }
    let on_air = post(&sandbox, "/control/listen-moe/jpop/next", Value::Null).await;
    assert_eq!(on_air["song"]["id"], 7002);
    for client in &mut clients[..2] {
        let track = client.json().await;
        assert_eq!(track["d"]["song"]["id"], 7002);
        assert_eq!(track["d"]["lastPlayed"][0]["id"], 7001);
        assert_eq!(client.json().await["t"], "QUEUE_UPDATE");
    }
    // The third song plays during an event.
    post(&sandbox, "/control/listen-moe/jpop/next", Value::Null).await;
    let client = &mut clients[0];
    assert_eq!(client.json().await["d"]["event"]["id"], 12);
    assert_eq!(client.json().await["t"], "QUEUE_UPDATE");
    let notification = client.json().await;
    assert_eq!(notification["t"], "NOTIFICATION");
    assert_eq!(notification["d"]["event"]["id"], 12);
    // The other station's client hears of its own next song first.
    post(&sandbox, "/control/listen-moe/kpop/next", Value::Null).await;
    assert_eq!(clients[2].json().await["d"]["song"]["id"], 8002);
    let all = get(&sandbox, "/control/listen-moe").await;
    assert_eq!(all["jpop"]["gateway_clients"], 2);
    assert_eq!(all["kpop"]["song"]["id"], 8002);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn songs_follow_each_other_by_the_clock() {
    let length = Duration::from_millis(700);
    let mut options = still();
    (options.lively, options.song_length) = (true, (length, length));
    let sandbox = start(options).await;
    let mut client = Client::connect(&sandbox, "/listen.moe/gateway_v2").await;
    client.json().await;
    let mut ids = Vec::new();
    while ids.len() < 4 {
        let frame = client.json().await;
        ids.extend(frame["d"]["song"]["id"].as_u64());
    }
    for pair in ids.windows(2) {
        assert_eq!(pair[1], pair[0] + 1);
    }
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_client_without_a_heartbeat_is_closed() {
    let mut options = still();
    options.listen_moe_heartbeat = Some(Duration::from_millis(50));
    let sandbox = start(options).await;
    let mut client = Client::connect(&sandbox, "/listen.moe/gateway_v2").await;
    client.json().await;
    client.json().await;
    assert!(matches!(client.next().await, Came::Closed(4000, _)));
    let gone = async {
        while get(&sandbox, "/control/listen-moe/jpop").await["gateway_clients"] != 0 {
            tokio::task::yield_now().await;
        }
    };
    within(gone).await;
    sandbox.shutdown().await;
}

#[tokio::test]
async fn frames_of_any_kind_can_be_sent() {
    let sandbox = start(still()).await;
    let mut client = Client::connect(&sandbox, "/listen.moe/gateway_v2").await;
    client.json().await;
    client.json().await;
    let frame = json!({"op": 1, "t": "NOTIFICATION", "d": {"type": "EVENT"}});
    post(&sandbox, "/control/listen-moe/jpop/frames", frame.clone()).await;
    assert_eq!(client.json().await, frame);
    sandbox.shutdown().await;
}
