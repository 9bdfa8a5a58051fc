//! The socket and the REST side over real sockets.

use std::{io::Read, time::Duration};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Sandbox,
    testing::{Came, Client, get, post, start, still},
};

async fn subscribed(sandbox: &Sandbox, path: &str, d: Value) -> (Client, Value) {
    let mut client = Client::connect(sandbox, path).await;
    let hello = client.json().await;
    assert_eq!(hello, json!({"op": 1, "d": {"heartbeat_interval": 30_000}}));
    client.send(json!({"op": 2, "d": d}).to_string()).await;
    let init = client.json().await;
    assert_eq!((&init["op"], &init["t"]), (&json!(0), &json!("INIT_STATE")));
    (client, init["d"].clone())
}

#[tokio::test]
async fn everyone_is_told_and_changes_follow() {
    let sandbox = start(still()).await;
    let all = json!({"subscribe_to_all": true});
    let (mut client, init) = subscribed(&sandbox, "/lanyard/socket", all.clone()).await;
    let known = init.as_object().unwrap().len();
    assert!(known >= 50);

    post(
        &sandbox,
        "/control/lanyard/users/124",
        json!({"discord_status": "dnd"}),
    )
    .await;
    let update = client.json().await;
    assert_eq!(update["t"], "PRESENCE_UPDATE");
    assert_eq!(update["d"]["discord_status"], "dnd");
    assert_eq!(update["d"]["user_id"], "124");
    assert_eq!(update["d"]["discord_user"]["id"], "124");

    // Op 2 again reconciles: the newcomer is in it.
    client.send(json!({"op": 2, "d": all}).to_string()).await;
    let init = client.json().await;
    assert_eq!(init["d"].as_object().unwrap().len(), known + 1);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn a_crowd_is_one_message() {
    let mut options = still();
    options.users = 3000;
    let sandbox = start(options).await;
    for path in ["/lanyard/socket", "/lanyard/socket?compression=zlib_json"] {
        let mut client = Client::connect(&sandbox, path).await;
        client.next().await;
        client
            .send(r#"{"op":2,"d":{"subscribe_to_all":true}}"#)
            .await;
        let Came::Message(message) = client.next().await else {
            panic!("no message");
        };
        let text = match message {
            Message::Binary(bytes) => {
                let mut text = String::new();
                let mut decoder = flate2::read::ZlibDecoder::new(&bytes[..]);
                decoder.read_to_string(&mut text).unwrap();
                text
            }
            message => message.into_text().unwrap().to_string(),
        };
        assert!(text.len() > 1_000_000);
        let init: Value = serde_json::from_str(&text).unwrap();
        assert!(init["d"].as_object().unwrap().len() >= 3000);
        // The socket works on behind it.
        client.send(r#"{"op":9}"#).await;
        assert!(matches!(client.next().await, Came::Closed(4004, _)));
    }
    sandbox.shutdown().await;
}

#[tokio::test]
async fn single_users_and_lists_of_them() {
    let sandbox = start(still()).await;
    for user in [1, 3, 5] {
        let path = format!("/control/lanyard/users/{user}");
        post(&sandbox, &path, json!({"discord_status": "idle"})).await;
    }
    let (mut one, init) =
        subscribed(&sandbox, "/lanyard/socket", json!({"subscribe_to_id": "3"})).await;
    assert_eq!(init["discord_user"]["id"], "3");
    let nobody = json!({"subscribe_to_id": "4"});
    assert_eq!(
        subscribed(&sandbox, "/lanyard/socket", nobody).await.1,
        json!({})
    );
    let ids = json!({"subscribe_to_ids": ["1", "3", "4"]});
    let (mut two, init) = subscribed(&sandbox, "/lanyard/socket", ids).await;
    let init = init.as_object().unwrap();
    assert_eq!(init.keys().collect::<Vec<_>>(), ["1", "3"]);

    two.send(r#"{"op":4,"d":{"unsubscribe_from_id":"1"}}"#)
        .await;
    // A heartbeat has no answer, so a new INIT_STATE shows that op 4 has been read.
    two.send(r#"{"op":3}"#).await;
    for user in [5, 1, 3] {
        let path = format!("/control/lanyard/users/{user}");
        post(&sandbox, &path, json!({"discord_status": "online"})).await;
    }
    assert_eq!(one.json().await["d"]["discord_user"]["id"], "3");
    assert_eq!(two.json().await["d"]["discord_user"]["id"], "3");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn compressed_frames_are_complete_streams() {
    let sandbox = start(still()).await;
    let mut client = Client::connect(&sandbox, "/lanyard/socket?compression=zlib_json").await;
    let mut texts = Vec::new();
    for _ in 0..2 {
        let Came::Message(Message::Binary(bytes)) = client.next().await else {
            panic!("not a binary frame");
        };
        let mut text = String::new();
        flate2::read::ZlibDecoder::new(&bytes[..])
            .read_to_string(&mut text)
            .unwrap();
        texts.push(serde_json::from_str::<Value>(&text).unwrap());
        client
            .send(r#"{"op":2,"d":{"subscribe_to_all":true}}"#)
            .await;
    }
    assert_eq!(texts[0]["op"], 1);
    assert_eq!(texts[1]["t"], "INIT_STATE");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn mistakes_have_their_close_codes() {
    let sandbox = start(still()).await;
    for (text, code, reason) in [
        (r#"{"op":9}"#, 4004, "unknown_opcode"),
        (r#"{"op":2}"#, 4005, "requires_data_object"),
        (
            r#"{"op":2,"d":{"subscribe_to_all":1}}"#,
            4006,
            "invalid_payload",
        ),
        ("]", 4006, "invalid_payload"),
    ] {
        let mut client = Client::connect(&sandbox, "/lanyard/socket").await;
        client.json().await;
        client.send(text).await;
        assert_eq!(
            client.next().await,
            Came::Closed(code, reason.into()),
            "{text}"
        );
    }
    sandbox.shutdown().await;
}

#[tokio::test]
async fn an_idle_socket_is_dropped() {
    let mut options = still();
    options.lanyard_idle = Duration::from_millis(100);
    let sandbox = start(options).await;
    let mut client = Client::connect(&sandbox, "/lanyard/socket").await;
    client.json().await;
    assert!(matches!(client.next().await, Came::Closed(1000, _)));
    sandbox.shutdown().await;
}

#[tokio::test]
async fn rest_knows_the_same_users_and_leaving_is_silent() {
    let sandbox = start(still()).await;
    let all = json!({"subscribe_to_all": true});
    let (mut client, _) = subscribed(&sandbox, "/lanyard/socket", all).await;
    post(
        &sandbox,
        "/control/lanyard/users/7",
        json!({"discord_status": "idle"}),
    )
    .await;
    client.json().await;
    let rest = get(&sandbox, "/lanyard/v1/users/7").await;
    assert_eq!(
        (&rest["success"], &rest["data"]["discord_status"]),
        (&json!(true), &json!("idle"))
    );

    let url = format!("{}/control/lanyard/users/7", sandbox.context().http());
    let answer = reqwest::Client::new().delete(&url).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let rest = get(&sandbox, "/lanyard/v1/users/7").await;
    assert_eq!(rest["error"]["code"], "user_not_monitored");
    // The next frame is about somebody else.
    post(&sandbox, "/control/lanyard/users/9", json!({})).await;
    assert_eq!(client.json().await["d"]["discord_user"]["id"], "9");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn many_leave_at_once_and_any_bytes_are_sent() {
    let sandbox = start(still()).await;
    let everyone = get(&sandbox, "/control/lanyard/users").await;
    let ids: Vec<String> = everyone
        .as_object()
        .unwrap()
        .keys()
        .take(40)
        .cloned()
        .collect();
    let all = json!({"subscribe_to_all": true});
    let (mut client, init) = subscribed(&sandbox, "/lanyard/socket", all.clone()).await;
    assert_eq!(init, everyone);
    let url = format!("{}/control/lanyard", sandbox.context().http());
    let http = reqwest::Client::new();
    let leave = http.delete(format!("{url}/users")).json(&ids);
    let answer: Value = leave.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer, json!({"left": 40}));

    let bytes = http.post(format!("{url}/frames")).body(vec![0xFF, 0]);
    let kind = "application/octet-stream";
    bytes.header("content-type", kind).send().await.unwrap();
    let raw = client.next().await;
    assert_eq!(raw, Came::Message(Message::binary(vec![0xFF, 0])));

    client.send(json!({"op": 2, "d": all}).to_string()).await;
    let left = everyone.as_object().unwrap().len() - 40;
    assert_eq!(client.json().await["d"].as_object().unwrap().len(), left);
    client
        .send(r#"{"op":4,"d":{"unsubscribe_from_all":true}}"#)
        .await;
    client.send(r#"{"op":7}"#).await;
    assert_eq!(
        client.next().await,
        Came::Closed(4004, "unknown_opcode".into())
    );
    let summary = get(&sandbox, "/control/lanyard").await;
    assert_eq!(summary["unsubscribed"], 1);
    sandbox.shutdown().await;
}
