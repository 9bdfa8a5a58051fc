//! What the REST API does for a bot that does everything right.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::Bench;

#[tokio::test]
async fn messages_are_sent_edited_listed_and_deleted() {
    let bench = Bench::start().await;
    let channel = bench.channel("general").await;
    let path = format!("/channels/{channel}/messages");
    let embed = json!({"title": "t", "color": 1, "fields": [{"name": "n", "value": "v", "inline": true}], "timestamp": "2026-01-02T03:04:05Z"});
    let sent = bench
        .post(
            &path,
            json!({"content": "  one  ", "embeds": [embed], "nonce": "abc"}),
        )
        .await;
    assert_eq!(
        (sent["content"].as_str(), sent["nonce"].as_str()),
        (Some("one"), Some("abc"))
    );
    assert_eq!(
        sent["embeds"][0]["timestamp"],
        "2026-01-02T03:04:05.000000+00:00"
    );
    assert_eq!(sent["embeds"][0]["type"], "rich");
    let own = format!("{path}/{}", sent["id"].as_str().unwrap());
    let (status, edited) = bench
        .send(Method::PATCH, &own, Some(&json!({"content": "two"})))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert!(edited["edited_timestamp"].is_string() && edited["embeds"][0]["title"] == "t");
    assert_eq!(bench.get(&own).await["content"], "two");
    assert_eq!(
        bench
            .get(&format!("{path}?limit=1"))
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let reply = bench
        .post(
            &path,
            json!({"content": "r", "message_reference": {"message_id": sent["id"]}}),
        )
        .await;
    assert_eq!(
        (
            reply["type"].as_u64(),
            reply["referenced_message"]["id"].as_str()
        ),
        (Some(19), sent["id"].as_str())
    );
    assert_eq!(
        bench.send(Method::DELETE, &own, None).await.0,
        StatusCode::NO_CONTENT
    );
    assert_eq!(bench.send(Method::GET, &own, None).await.1["code"], 10008);
}

#[tokio::test]
async fn an_enforced_nonce_returns_the_first_message() {
    let bench = Bench::start().await;
    let path = format!("/channels/{}/messages", bench.channel("general").await);
    let body = json!({"content": "once", "nonce": "announce-1", "enforce_nonce": true});
    let first = bench.post(&path, body.clone()).await;
    assert_eq!(bench.post(&path, body).await["id"], first["id"]);
    assert_eq!(bench.get(&path).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn allowed_mentions_decide_who_is_mentioned() {
    let bench = Bench::start().await;
    let path = format!("/channels/{}/messages", bench.channel("general").await);
    let owner = bench.world().await["guilds"][0]["members"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let content = format!("<@{owner}> @everyone");
    let sent = bench.post(&path, json!({"content": content})).await;
    assert_eq!(sent["mentions"][0]["id"].as_str(), Some(owner.as_str()));
    // The bot may not mention everyone, whatever it allows.
    assert_eq!(sent["mention_everyone"], false);
    let quiet = bench
        .post(
            &path,
            json!({"content": content, "allowed_mentions": {"parse": []}}),
        )
        .await;
    assert_eq!(quiet["mentions"], json!([]));
}

#[tokio::test]
async fn an_overwrite_keeps_the_ids_of_commands() {
    let bench = Bench::start().await;
    let path = format!("/applications/{}/commands", bench.app);
    let (_, before) = bench
        .send(
            Method::PUT,
            &path,
            Some(&json!([{"name": "a", "description": "1"}, {"name": "b", "description": "1"}])),
        )
        .await;
    let (_, after) = bench
        .send(
            Method::PUT,
            &path,
            Some(&json!([{"name": "a", "description": "2"}])),
        )
        .await;
    assert_eq!(before[0]["id"], after[0]["id"]);
    assert_ne!(before[0]["version"], after[0]["version"]);
    assert_eq!(bench.get(&path).await.as_array().unwrap().len(), 1);
    let (status, created) = bench
        .send(
            Method::POST,
            &path,
            Some(&json!({"name": "c", "description": "1"})),
        )
        .await;
    assert_eq!(status, StatusCode::CREATED);
    let (status, again) = bench
        .send(
            Method::POST,
            &path,
            Some(&json!({"name": "c", "description": "2"})),
        )
        .await;
    assert_eq!((status, &again["id"]), (StatusCode::OK, &created["id"]));
}

#[tokio::test]
async fn webhooks_are_made_and_executed() {
    let bench = Bench::start().await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    let make = format!("/channels/{channel}/webhooks");
    let (status, body) = bench
        .send(Method::POST, &make, Some(&json!({"name": "hook"})))
        .await;
    assert_eq!((status.as_u16(), &body["code"]), (403, &json!(50013)));
    bench.grant(&guild, 1 << 29).await;
    let hook = bench.post(&make, json!({"name": "hook"})).await;
    let path = format!(
        "/webhooks/{}/{}",
        hook["id"].as_str().unwrap(),
        hook["token"].as_str().unwrap()
    );
    let (status, _) = bench
        .send(Method::POST, &path, Some(&json!({"content": "x"})))
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let sent = bench
        .post(
            &format!("{path}?wait=true"),
            json!({"content": "y", "username": "Z", "avatar_url": "https://x.example/z.png"}),
        )
        .await;
    // The picture is copied, and has a hash as any other.
    let avatar = sent["author"]["avatar"].as_str().unwrap();
    assert!(avatar.len() == 32 && avatar.bytes().all(|c| c.is_ascii_hexdigit()));
    assert_eq!(
        (sent["author"]["username"].as_str(), &sent["webhook_id"]),
        (Some("Z"), &hook["id"])
    );
    // Renamed and moved with the permission, renamed with the token.
    let (mut socket, _) = bench.login(1 | 1 << 5).await;
    let own = format!("/webhooks/{}", hook["id"].as_str().unwrap());
    let news = bench.channel("news").await;
    let body = json!({"name": "moved", "channel_id": news});
    let (status, moved) = bench.send(Method::PATCH, &own, Some(&body)).await;
    assert_eq!((status.as_u16(), &moved["channel_id"]), (200, &json!(news)));
    assert_eq!(
        socket.event("WEBHOOKS_UPDATE").await["channel_id"],
        *channel
    );
    assert_eq!(socket.event("WEBHOOKS_UPDATE").await["channel_id"], *news);
    let body = json!({"name": "again"});
    let (status, renamed) = bench.send(Method::PATCH, &path, Some(&body)).await;
    assert_eq!((status.as_u16(), &renamed["name"]), (200, &json!("again")));
    assert!(renamed.get("user").is_none());
}

#[tokio::test]
async fn a_bot_made_with_permissions_has_them() {
    let bench = Bench::start().await;
    let app = json!({"name": "hooks", "permissions": (1_u64 << 10 | 1 << 29).to_string()});
    let (_, app) = bench.control(Method::POST, "/applications", app).await;
    let token = app["token"].as_str().unwrap();
    let make = format!("/channels/{}/webhooks", bench.channel("general").await);
    let body = json!({"name": "hook"});
    let (status, answer) = bench.send_as(token, Method::POST, &make, Some(&body)).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn a_bot_renames_itself_and_counts_its_sessions() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(1).await;
    let body = json!({"username": "nightingale", "avatar": "data:image/png;base64,iVBORw0KGgo="});
    let (status, me) = bench.send(Method::PATCH, "/users/@me", Some(&body)).await;
    assert_eq!(
        (status.as_u16(), &me["username"]),
        (200, &json!("nightingale"))
    );
    assert_eq!(socket.event("USER_UPDATE").await["username"], "nightingale");
    let limit = &bench.get("/gateway/bot").await["session_start_limit"];
    assert_eq!(
        (&limit["total"], &limit["remaining"]),
        (&json!(1000), &json!(999))
    );
    assert!(limit["reset_after"].as_u64() > Some(80_000_000), "{limit}");
}

#[tokio::test]
async fn the_sixth_message_in_five_seconds_earns_a_429() {
    let bench = Bench::start().await;
    let path = format!("/channels/{}/messages", bench.channel("general").await);
    for _ in 0..5 {
        bench.post(&path, json!({"content": "x"})).await;
    }
    let (status, body) = bench
        .send(Method::POST, &path, Some(&json!({"content": "x"})))
        .await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(body["retry_after"].as_f64().unwrap() > 0.0 && body["global"] == false);
    let (_, report) = bench.control(Method::GET, "/rest", json!({})).await;
    assert_eq!(report["rate_limited"]["user"], 1);
}

#[tokio::test]
async fn every_answer_has_its_rate_limit() {
    let bench = Bench::start().await;
    let url = format!("{}/api/v10/users/@me", bench.base);
    let request = reqwest::Client::new()
        .get(url)
        .header("authorization", format!("Bot {}", bench.token));
    let response = request.send().await.unwrap();
    for name in ["limit", "remaining", "reset", "reset-after", "bucket"] {
        assert!(
            response
                .headers()
                .contains_key(format!("x-ratelimit-{name}")),
            "{name}"
        );
    }
    assert_eq!(response.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn files_come_as_forms() {
    let bench = Bench::start().await;
    let channel = bench.channel("general").await;
    let body = "--x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n{\"content\":\"hi\"}\r\n--x\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\u{1}\r\n--x--\r\n";
    let response = reqwest::Client::new()
        .post(format!(
            "{}/api/v10/channels/{channel}/messages",
            bench.base
        ))
        .header("authorization", format!("Bot {}", bench.token))
        .header("content-type", "multipart/form-data; boundary=x")
        .body(body)
        .send()
        .await
        .unwrap();
    let message: Value = response.json().await.unwrap();
    assert_eq!(
        (
            message["content"].as_str(),
            message["attachments"][0]["filename"].as_str()
        ),
        (Some("hi"), Some("a.png"))
    );
}

#[tokio::test]
async fn a_webhook_writes_to_threads_of_its_channel() {
    let bench = Bench::start().await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    bench.grant(&guild, 1 << 29).await;
    let make = format!("/channels/{channel}/webhooks");
    let hook = bench.post(&make, json!({"name": "hook"})).await;
    let path = format!(
        "/webhooks/{}/{}",
        hook["id"].as_str().unwrap(),
        hook["token"].as_str().unwrap()
    );
    let body = json!({"content": "x"});
    let thread = bench.channel("favourite openings").await;
    let there = format!("{path}?wait=true&thread_id={thread}");
    let sent = bench.post(&there, body.clone()).await;
    assert_eq!(sent["channel_id"], *thread);
    let own = format!(
        "{path}/messages/{}?thread_id={thread}",
        sent["id"].as_str().unwrap()
    );
    assert_eq!(bench.get(&own).await["id"], sent["id"]);
    // Another channel is no thread of it.
    let news = format!("{path}?thread_id={}", bench.channel("news").await);
    let (status, error) = bench.send(Method::POST, &news, Some(&body)).await;
    assert_eq!((status.as_u16(), &error["code"]), (404, &json!(10003)));
}
