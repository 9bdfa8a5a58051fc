//! Forums: tags, posts, and webhooks that open posts.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

const GUILDS: u64 = 1;
const MESSAGES: u64 = 1 << 9;
const MANAGE_CHANNELS: u64 = 1 << 4;
const MANAGE_WEBHOOKS: u64 = 1 << 29;
const MANAGE_THREADS: u64 = 1 << 34;

/// A forum of the first guild with a tag for everybody and one for moderators.
async fn forum(bench: &Bench) -> Value {
    let guild = bench.guild().await;
    bench.grant(&guild, MANAGE_CHANNELS).await;
    let body = json!({
        "name": "requests", "type": 15, "topic": "What shall be played?",
        "available_tags": [
            {"name": "J-pop", "emoji_name": "🌸"},
            {"name": "played", "moderated": true},
        ],
        "default_reaction_emoji": {"emoji_name": "👍"},
        "default_sort_order": 1, "default_forum_layout": 2,
        "default_thread_rate_limit_per_user": 30,
    });
    bench.post(&format!("/guilds/{guild}/channels"), body).await
}

fn tag(forum: &Value, index: usize) -> Value {
    forum["available_tags"][index]["id"].clone()
}

async fn refused(bench: &Bench, method: Method, path: &str, body: Value, expected: (u16, u32)) {
    let (status, error) = bench.politely(method, path, Some(&body)).await;
    let got = (status.as_u16(), error["code"].clone());
    assert_eq!(got, (expected.0, json!(expected.1)), "{body}: {error}");
}

#[tokio::test]
async fn a_forum_has_tags_and_settings() {
    let bench = Bench::start().await;
    let made = forum(&bench).await;
    let path = format!("/channels/{}", made["id"].as_str().unwrap());
    assert_eq!(made["default_reaction_emoji"]["emoji_name"], "👍");
    assert_eq!(
        (&made["default_sort_order"], &made["default_forum_layout"]),
        (&json!(1), &json!(2))
    );
    let first = &made["available_tags"][0];
    assert_eq!(
        (&first["name"], &first["emoji_name"], &first["moderated"]),
        (&json!("J-pop"), &json!("🌸"), &json!(false))
    );
    // A tag that keeps its id is the same one; new ones get an id.
    let tags = json!([{"id": first["id"], "name": "Japan"}, {"name": "Korea"}]);
    let body = json!({"available_tags": tags, "flags": 16, "default_sort_order": null});
    let (status, edited) = bench.send(Method::PATCH, &path, Some(&body)).await;
    assert_eq!(status, 200, "{edited}");
    assert_eq!(edited["available_tags"][0]["id"], first["id"]);
    assert_eq!(edited["available_tags"][0]["name"], "Japan");
    assert_ne!(edited["available_tags"][1]["id"], first["id"]);
    assert_eq!(
        (&edited["flags"], &edited["default_sort_order"]),
        (&json!(16), &Value::Null)
    );
    let twice = json!({"available_tags": [{"name": "a"}, {"name": "a"}]});
    refused(&bench, Method::PATCH, &path, twice, (400, 40061)).await;
    let unknown = json!({"available_tags": [{"id": "12", "name": "a"}]});
    refused(&bench, Method::PATCH, &path, unknown, (404, 10087)).await;
    let odd = json!({"available_tags": [{"name": "a", "emoji_name": "smile"}]});
    refused(&bench, Method::PATCH, &path, odd, (400, 50035)).await;
    let plain = json!({"content": "x"});
    let messages = format!("{path}/messages");
    refused(&bench, Method::POST, &messages, plain, (400, 40058)).await;
}

#[tokio::test]
async fn a_post_begins_with_a_message_of_its_own_id() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | MESSAGES).await;
    let forum = forum(&bench).await;
    let threads = format!("/channels/{}/threads", forum["id"].as_str().unwrap());
    let tags = json!([tag(&forum, 0)]);
    let body = json!({"name": "Please", "applied_tags": tags, "message": {"content": "this one", "embeds": [{"title": "e"}]}});
    let post = bench.post(&threads, body).await;
    assert_eq!(
        (&post["type"], &post["parent_id"], &post["applied_tags"]),
        (&json!(11), &forum["id"], &tags)
    );
    assert_eq!(
        (&post["rate_limit_per_user"], &post["message_count"]),
        (&json!(30), &json!(0))
    );
    assert_eq!(
        (&post["message"]["id"], &post["message"]["content"]),
        (&post["id"], &json!("this one"))
    );
    assert_eq!(socket.event("THREAD_CREATE").await["id"], post["id"]);
    assert_eq!(socket.event("MESSAGE_CREATE").await["id"], post["id"]);
    let own = format!("/channels/{}", post["id"].as_str().unwrap());
    bench
        .post(&format!("{own}/messages"), json!({"content": "and soon"}))
        .await;
    let now = bench.get(&own).await;
    assert_eq!(
        (&now["message_count"], &now["total_message_sent"]),
        (&json!(1), &json!(1))
    );
    let parent = format!("/channels/{}", forum["id"].as_str().unwrap());
    assert_eq!(bench.get(&parent).await["last_message_id"], post["id"]);
    // Pins and some tags are the moderators'.
    let pin = json!({"flags": 2});
    refused(&bench, Method::PATCH, &own, pin.clone(), (403, 50013)).await;
    let marked = json!({"applied_tags": [tag(&forum, 1)]});
    refused(&bench, Method::PATCH, &own, marked.clone(), (403, 50013)).await;
    bench.grant(&bench.guild().await, MANAGE_THREADS).await;
    for body in [pin, marked] {
        let (status, answer) = bench.send(Method::PATCH, &own, Some(&body)).await;
        assert_eq!(status, 200, "{answer}");
    }
    let now = bench.get(&own).await;
    assert_eq!(
        (&now["flags"], &now["applied_tags"]),
        (&json!(2), &json!([tag(&forum, 1)]))
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_post_is_said() {
    let bench = Bench::start().await;
    let forum = forum(&bench).await;
    let path = format!("/channels/{}", forum["id"].as_str().unwrap());
    let threads = format!("{path}/threads");
    for (body, expected) in [
        (json!({"message": {"content": "x"}}), (400, 50035)),
        (json!({"name": "x"}), (400, 50035)),
        (json!({"name": "x", "message": {}}), (400, 50006)),
        (
            json!({"name": "x", "message": {"content": "x".repeat(2001)}}),
            (400, 50035),
        ),
        (
            json!({"name": "x", "message": {"content": "x"}, "applied_tags": ["12"]}),
            (404, 10087),
        ),
        (
            json!({"name": "x", "message": {"content": "x"}, "applied_tags": [tag(&forum, 1)]}),
            (403, 50013),
        ),
    ] {
        refused(&bench, Method::POST, &threads, body, expected).await;
    }
    let (status, _) = bench
        .send(Method::PATCH, &path, Some(&json!({"flags": 16})))
        .await;
    assert_eq!(status, 200);
    let bare = json!({"name": "x", "message": {"content": "x"}});
    refused(&bench, Method::POST, &threads, bare, (400, 40067)).await;
}

#[tokio::test]
async fn a_webhook_opens_a_post_or_writes_into_one() {
    let bench = Bench::start().await;
    let forum = forum(&bench).await;
    bench.grant(&bench.guild().await, MANAGE_WEBHOOKS).await;
    let path = format!("/channels/{}/webhooks", forum["id"].as_str().unwrap());
    let hook = bench.post(&path, json!({"name": "news"})).await;
    let (id, token) = (
        hook["id"].as_str().unwrap(),
        hook["token"].as_str().unwrap(),
    );
    let execute = format!("/webhooks/{id}/{token}?wait=true");
    let plain = json!({"content": "x"});
    refused(
        &bench,
        Method::POST,
        &execute,
        plain.clone(),
        (400, 220_001),
    )
    .await;
    let opens = json!({"content": "x", "thread_name": "News", "applied_tags": [tag(&forum, 0)]});
    let first = bench.post(&execute, opens.clone()).await;
    assert_eq!(first["id"], first["channel_id"]);
    let thread = first["channel_id"].as_str().unwrap();
    let post = bench.get(&format!("/channels/{thread}")).await;
    assert_eq!(
        (&post["name"], &post["applied_tags"][0]),
        (&json!("News"), &tag(&forum, 0))
    );
    let into = format!("{execute}&thread_id={thread}");
    let second = bench.post(&into, plain.clone()).await;
    assert_eq!(second["channel_id"], first["channel_id"]);
    refused(&bench, Method::POST, &into, opens.clone(), (400, 220_002)).await;
    let general = bench.channel("general").await;
    let path = format!("/channels/{general}/webhooks");
    let hook = bench.post(&path, json!({"name": "other"})).await;
    let (id, token) = (
        hook["id"].as_str().unwrap(),
        hook["token"].as_str().unwrap(),
    );
    let execute = format!("/webhooks/{id}/{token}");
    refused(&bench, Method::POST, &execute, opens, (400, 220_003)).await;
}
