//! Commands in the menus of users and messages, and options that are files.

use reqwest::Method;
use serde_json::{Value, json};

use crate::answers::callback;
use crate::client::{Bench, Socket};

/// Waits for the interaction and answers it with a text.
async fn answer(bench: &Bench, socket: &mut Socket) -> Value {
    let interaction = socket.event("INTERACTION_CREATE").await;
    let body = json!({"type": 4, "data": {"content": "seen"}});
    let (status, answer) = bench
        .send(Method::POST, &callback(&interaction), Some(&body))
        .await;
    assert_eq!(status, 204, "{answer}");
    interaction
}

async fn asked(bench: &Bench, socket: &mut Socket, body: Value) -> (Value, Value) {
    let ((status, asked), interaction) = tokio::join!(
        bench.control(Method::POST, "/interactions", body),
        answer(bench, socket)
    );
    assert_eq!(status, 200, "{asked}");
    (asked, interaction)
}

#[tokio::test]
async fn commands_of_menus_name_their_target() {
    let bench = Bench::start().await;
    bench
        .register(json!([
            {"name": "Show status", "type": 2},
            {"name": "Quote this", "type": 3},
            {"name": "quote", "description": "x"},
        ]))
        .await;
    let (mut socket, _) = bench.login(1).await;
    let world = bench.world().await;
    let member = &world["guilds"][0]["members"][1];
    let (answered, interaction) = asked(
        &bench,
        &mut socket,
        json!({"command": "Show status", "target": member["id"]}),
    )
    .await;
    let data = &interaction["data"];
    let id = member["id"].as_str().unwrap();
    assert_eq!(
        (&data["type"], &data["target_id"]),
        (&json!(2), &member["id"])
    );
    assert_eq!(data["resolved"]["users"][id]["id"], member["id"]);
    assert!(data["resolved"]["members"][id]["roles"].is_array());
    // CONTEXT_MENU_COMMAND, rather than CHAT_INPUT_COMMAND.
    assert_eq!(answered["messages"][0]["type"], 23);

    let channel = bench.channel("general").await;
    let (_, written) = bench
        .control(
            Method::POST,
            &format!("/channels/{channel}/messages"),
            json!({"user": id, "content": "to be quoted"}),
        )
        .await;
    let (_, interaction) = asked(
        &bench,
        &mut socket,
        json!({"command": "Quote this", "target": written["id"]}),
    )
    .await;
    let data = &interaction["data"];
    assert_eq!(
        (&data["type"], &data["target_id"]),
        (&json!(3), &written["id"])
    );
    let quoted = &data["resolved"]["messages"][written["id"].as_str().unwrap()];
    assert_eq!(quoted["content"], "to be quoted");
    assert_eq!(interaction["channel_id"], channel.as_str());

    // What is typed is not in a menu, and a user is not a message.
    for (command, target) in [("quote", &member["id"]), ("Quote this", &member["id"])] {
        let body = json!({"command": command, "target": target});
        let (status, answer) = bench.control(Method::POST, "/interactions", body).await;
        assert_eq!(status, 400, "{command}: {answer}");
    }
}

#[tokio::test]
async fn an_option_can_be_a_file() {
    let bench = Bench::start().await;
    let option = json!({"name": "file", "description": "x", "type": 11, "required": true});
    bench
        .register(json!([{"name": "upload", "description": "x", "options": [option]}]))
        .await;
    let (mut socket, _) = bench.login(1).await;
    let file = json!({"filename": "a.txt", "text": "hello"});
    let (status, file) = bench.control(Method::POST, "/attachments", file).await;
    assert_eq!(status, 200, "{file}");
    let (_, interaction) = asked(
        &bench,
        &mut socket,
        json!({"command": "upload", "options": {"file": file["id"]}}),
    )
    .await;
    let data = &interaction["data"];
    assert_eq!(data["options"][0]["value"], file["id"]);
    let resolved = &data["resolved"]["attachments"][file["id"].as_str().unwrap()];
    assert_eq!(
        (
            &resolved["filename"],
            &resolved["size"],
            &resolved["ephemeral"]
        ),
        (&json!("a.txt"), &json!(5), &json!(true))
    );
    let fetched = reqwest::get(resolved["url"].as_str().unwrap()).await;
    assert_eq!(fetched.unwrap().text().await.unwrap(), "hello");

    let body = json!({"command": "upload", "options": {"file": "5"}});
    let (status, answer) = bench.control(Method::POST, "/interactions", body).await;
    assert_eq!(status, 400, "{answer}");
}
