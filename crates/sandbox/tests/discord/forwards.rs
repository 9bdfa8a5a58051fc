//! Messages that are forwarded. Discord's documentation has them, its OpenAPI description does not
//! (it knows one type of reference), nor media channels: neither is recorded for a check against it.

use reqwest::Method;
use sandbox::Options;
use serde_json::{Value, json};

use crate::client::Bench;

const SNAPSHOT: u64 = 1 << 14;
const MANAGE_CHANNELS: u64 = 1 << 4;
const SEND_POLLS: u64 = 1 << 49;

async fn start() -> Bench {
    Bench::with(Options {
        lively: false,
        identify_limit: false,
        record: None,
        ..Options::default()
    })
    .await
}

fn forward(of: &Value) -> Value {
    json!({"message_reference": {"type": 1, "channel_id": of["channel_id"], "message_id": of["id"]}})
}

#[tokio::test]
async fn a_forward_shows_what_the_message_was() {
    let bench = start().await;
    let (general, news) = (bench.channel("general").await, bench.channel("news").await);
    let body = json!({"content": "as it was", "embeds": [{"title": "e"}]});
    let first = bench
        .post(&format!("/channels/{general}/messages"), body)
        .await;
    let path = format!("/channels/{news}/messages");
    let sent = bench.post(&path, forward(&first)).await;
    assert_eq!((&sent["type"], &sent["content"]), (&json!(0), &json!("")));
    assert_eq!(sent["flags"].as_u64().unwrap() & SNAPSHOT, SNAPSHOT);
    let reference = &sent["message_reference"];
    assert_eq!(
        (
            &reference["type"],
            &reference["channel_id"],
            &reference["message_id"]
        ),
        (&json!(1), &json!(general), &first["id"])
    );
    let shown = &sent["message_snapshots"][0]["message"];
    assert_eq!(
        (&shown["content"], &shown["embeds"][0]["title"]),
        (&json!("as it was"), &json!("e"))
    );
    assert!(
        shown["author"].is_null() && shown["id"].is_null(),
        "{shown}"
    );
    // What becomes of the first one is not seen.
    let own = format!(
        "/channels/{general}/messages/{}",
        first["id"].as_str().unwrap()
    );
    let edit = json!({"content": "changed"});
    assert_eq!(bench.send(Method::PATCH, &own, Some(&edit)).await.0, 200);
    let sent = format!("{path}/{}", sent["id"].as_str().unwrap());
    let now = bench.get(&sent).await;
    assert_eq!(
        now["message_snapshots"][0]["message"]["content"],
        "as it was"
    );
}

#[tokio::test]
async fn not_everything_can_be_forwarded() {
    let bench = start().await;
    let general = bench.channel("general").await;
    let path = format!("/channels/{general}/messages");
    let owner = bench.world().await["guilds"][0]["members"][0]["id"].clone();
    let said = json!({"user": owner, "content": "not for bots"});
    let (_, theirs) = bench.control(Method::POST, &path, said).await;
    bench.grant(&bench.guild().await, SEND_POLLS).await;
    let poll =
        json!({"poll": {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "!"}}]}});
    let poll = bench.post(&path, poll).await;
    let staff = bench.channel("staff").await;
    let here = json!({"type": 1, "message_id": theirs["id"]});
    for (body, expected) in [
        (forward(&theirs), (403, 160_014)),
        (forward(&poll), (400, 50068)),
        (
            forward(&json!({"channel_id": general, "id": "12"})),
            (404, 10008),
        ),
        (
            forward(&json!({"channel_id": staff, "id": "12"})),
            (403, 50001),
        ),
        (json!({"message_reference": here}), (400, 50035)),
    ] {
        let (status, error) = bench.politely(Method::POST, &path, Some(&body)).await;
        let got = (status.as_u16(), error["code"].clone());
        assert_eq!(got, (expected.0, json!(expected.1)), "{body}: {error}");
    }
}

#[tokio::test]
async fn a_media_channel_is_a_forum() {
    let bench = start().await;
    let guild = bench.guild().await;
    bench.grant(&guild, MANAGE_CHANNELS).await;
    let body = json!({"name": "covers", "type": 16, "flags": 0x8010});
    let made = bench.post(&format!("/guilds/{guild}/channels"), body).await;
    assert_eq!(
        (&made["type"], &made["flags"]),
        (&json!(16), &json!(0x8010))
    );
}
