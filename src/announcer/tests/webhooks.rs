//! Announcements through webhooks, and what becomes of them without.

mod writers;

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, Method, StatusCode},
    routing::{get, patch, post},
};
use serde_json::{Value, json};
use serenity::all::ChannelId;
use time::OffsetDateTime;

use super::{Discord, GUILD, World, about, style, title};
use crate::store::{Mode, Style, WhyNot};

/// The channel, and a thread of it.
const CHANNEL: u64 = 11;
const THREAD: u64 = 12;
/// The webhook that is made there.
const WEBHOOK: u64 = 900;
const TOKEN: &str = "a-secret-token";
/// The bot's own application.
const APPLICATION: u64 = 77;

/// The routes about webhooks. Their own need no other token; all others need the bot's.
pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route(
            "/api/v10/applications/@me",
            get(|| async { Json(json!({ "id": APPLICATION.to_string() })) }),
        )
        .route("/api/v10/channels/{channel}/webhooks", get(list).post(make))
        .route(
            "/api/v10/webhooks/{webhook}/{token}",
            post(execute).delete(dismiss),
        )
        .route(
            "/api/v10/webhooks/{webhook}/{token}/messages/{message}",
            patch(edit).delete(delete),
        )
}

async fn list(State(discord): State<Discord>, Path(channel): Path<u64>) -> Answer {
    discord.saw(Method::GET, channel, None, Value::Null).await;
    discord.answer(about::its_webhooks(channel))
}

async fn make(
    State(discord): State<Discord>,
    Path(channel): Path<u64>,
    Json(body): Json<Value>,
) -> Answer {
    discord.saw(Method::PUT, channel, None, body).await;
    discord.answer(about::a_new_webhook(channel))
}

async fn execute(
    State(discord): State<Discord>,
    Path((webhook, token)): Path<(u64, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
    Json(mut body): Json<Value>,
) -> Answer {
    assert_eq!((token.as_str(), query["wait"].as_str()), (TOKEN, "true"));
    assert!(!headers.contains_key("authorization"));
    if let Some(thread) = query.get("thread_id") {
        body["thread_id"] = thread.clone().into();
    }
    let answer = discord.answer(webhook);
    discord.saw(Method::POST, webhook, None, body).await;
    answer
}

async fn edit(
    State(discord): State<Discord>,
    Path((webhook, token, message)): Path<(u64, String, u64)>,
    Json(body): Json<Value>,
) -> Answer {
    assert_eq!(token, TOKEN);
    discord
        .saw(Method::PATCH, webhook, Some(message), body)
        .await;
    (StatusCode::OK, Json(json!({ "id": message.to_string() })))
}

async fn delete(
    State(discord): State<Discord>,
    Path((webhook, token, message)): Path<(u64, String, u64)>,
) -> StatusCode {
    assert_eq!(token, TOKEN);
    discord
        .saw(Method::DELETE, webhook, Some(message), Value::Null)
        .await;
    StatusCode::NO_CONTENT
}

/// Seen as about no message.
async fn dismiss(
    State(discord): State<Discord>,
    Path((webhook, token)): Path<(u64, String)>,
) -> Answer {
    assert_eq!(token, TOKEN);
    discord
        .saw(Method::DELETE, webhook, None, Value::Null)
        .await;
    discord.answer(about::its_end(webhook))
}

type Answer = (StatusCode, Json<Value>);

/// Makes the webhook when there is none; its messages have the ids from 500 on, the bot's own those
/// from 100 on.
fn willing(about: u64, before: usize) -> (StatusCode, Value) {
    let answer = if about == about::its_webhooks(CHANNEL) {
        json!([])
    } else if about == about::a_new_webhook(CHANNEL) {
        described(APPLICATION, "LISTEN.moe J-pop")
    } else if about == WEBHOOK {
        json!({ "id": (500 + before).to_string() })
    } else {
        json!({ "id": (100 + before).to_string() })
    };
    (StatusCode::OK, answer)
}

fn described(application: u64, name: &str) -> Value {
    json!({
        "id": WEBHOOK.to_string(),
        "token": TOKEN,
        "name": name,
        "application_id": application.to_string(),
    })
}

fn refused(status: StatusCode, code: u32) -> (StatusCode, Value) {
    (status, json!({ "code": code, "message": "no" }))
}

fn through_a_webhook(mode: Mode) -> Style {
    Style {
        webhook: Some(ChannelId::new(CHANNEL)),
        ..style(mode)
    }
}

async fn world(
    mode: Mode,
    script: impl Fn(u64, usize) -> (StatusCode, Value) + Send + Sync + 'static,
) -> World {
    World::with_style(through_a_webhook(mode), CHANNEL..=CHANNEL, script).await
}

impl World {
    /// The method and the channel, or webhook, of the next requests.
    async fn whose(&mut self, count: usize) -> Vec<(Method, u64)> {
        let mut all = Vec::new();
        for _ in 0..count {
            let request = self.request().await;
            all.push((request.method, request.channel));
        }
        all
    }
}

/// The webhook is looked for and made.
const HIRED: [(Method, u64); 2] = [(Method::GET, CHANNEL), (Method::PUT, CHANNEL)];

#[tokio::test]
async fn each_song_is_posted_as_the_station_also_across_a_restart() {
    let mut world = world(Mode::Post, willing).await;
    world.play(1);
    assert_eq!(world.whose(2).await, HIRED);
    let post = world.request().await;
    assert_eq!((post.method, post.channel), (Method::POST, WEBHOOK));
    assert_eq!(title(&post.body), "Song 1");
    assert_eq!(post.body["username"], "LISTEN.moe J-pop");
    let avatar = post.body["avatar_url"].as_str().unwrap();
    assert!(avatar.starts_with("https://listen.moe/"), "{avatar}");
    assert_eq!(post.body["allowed_mentions"]["parse"], json!([]));
    assert!(post.body["nonce"].is_null() && post.body["thread_id"].is_null());
    assert_eq!(world.counted(1).await["posted"], 1);

    world.stop().await;
    world.start();
    world.play(1);
    world.play(2);
    assert_eq!(world.whose(1).await, [(Method::POST, WEBHOOK)]);
    assert_eq!(world.counted(2).await["posted"], 2);
    let target = world.target(CHANNEL).await.unwrap();
    assert_eq!(target.author, target.webhook);
    assert!(!format!("{target:?}").contains(TOKEN));
}

#[tokio::test]
async fn a_webhook_of_its_own_that_is_there_is_taken_and_no_others() {
    let mut world = world(Mode::Post, |about, before| {
        if about == about::its_webhooks(CHANNEL) {
            let mut other = described(1, "LISTEN.moe J-pop");
            other["id"] = "901".into();
            let own = described(APPLICATION, "LISTEN.moe J-pop");
            return (StatusCode::OK, json!([other, own]));
        }
        willing(about, before)
    })
    .await;
    world.play(1);
    let expected = [(Method::GET, CHANNEL), (Method::POST, WEBHOOK)];
    assert_eq!(world.whose(2).await, expected);
}

#[tokio::test]
async fn a_thread_is_written_to_through_the_webhook_of_its_channel() {
    let style = through_a_webhook(Mode::Post);
    let mut world = World::with_style(style, THREAD..=THREAD, willing).await;
    world.play(1);
    assert_eq!(world.whose(2).await, HIRED);
    let post = world.request().await;
    assert_eq!(post.channel, WEBHOOK);
    assert_eq!(post.body["thread_id"], THREAD.to_string());
}

#[tokio::test]
async fn a_deleted_webhook_leaves_its_work_to_the_bot_and_is_not_made_again() {
    let mut world = world(Mode::Replace, |about, before| {
        if about == WEBHOOK && before > 0 {
            return refused(StatusCode::NOT_FOUND, 10_015);
        }
        willing(about, before)
    })
    .await;
    world.play(1);
    assert_eq!(world.whose(2).await, HIRED);
    assert_eq!(world.whose(1).await, [(Method::POST, WEBHOOK)]);
    world.play(2);
    let expected = [(Method::POST, WEBHOOK), (Method::POST, CHANNEL)];
    assert_eq!(world.whose(2).await, expected);
    assert_eq!(world.counted(2).await["posted"], 2);
    let target = world.target(CHANNEL).await.unwrap();
    assert_eq!(target.no_webhook.unwrap().why, WhyNot::Deleted);
    assert_eq!((target.author, target.trouble), (None, None));

    // Whoever deleted it meant it. The bot's own message is replaced as ever.
    world.store.retry_targets_of(GUILD).await.unwrap();
    world.play(3);
    let expected = [(Method::POST, CHANNEL), (Method::DELETE, CHANNEL)];
    assert_eq!(world.whose(2).await, expected);

    // Set again, it is made again, and what it posts takes the place of the bot's own.
    let (channel, station) = (ChannelId::new(CHANNEL), target.station);
    let set = world
        .store
        .set_target(GUILD, channel, station, &target.style);
    set.await.unwrap();
    world.play(4);
    assert_eq!(world.whose(2).await, HIRED);
}

#[tokio::test]
async fn without_the_permission_the_bot_posts_itself_and_says_why() {
    let mut world = world(Mode::Post, |about, before| {
        if about == about::its_webhooks(CHANNEL) && before == 0 {
            return refused(StatusCode::FORBIDDEN, 50_013);
        }
        if about == about::a_new_webhook(CHANNEL) {
            return refused(StatusCode::BAD_REQUEST, 30_007);
        }
        willing(about, before)
    })
    .await;
    world.play(1);
    let expected = [(Method::GET, CHANNEL), (Method::POST, CHANNEL)];
    assert_eq!(world.whose(2).await, expected);
    assert_eq!(world.counted(1).await["posted"], 1);
    let target = world.target(CHANNEL).await.unwrap();
    let no = target.no_webhook.unwrap();
    assert_eq!((no.why, no.refusals), (WhyNot::Forbidden, 1));
    assert!(no.retry_at.unwrap() > OffsetDateTime::now_utc());
    assert_eq!(target.trouble, None);

    // It is asked for again when permissions have changed, and no sooner.
    world.play(2);
    assert_eq!(world.whose(1).await, [(Method::POST, CHANNEL)]);
    assert_eq!(world.counted(2).await["posted"], 2);
    world.store.retry_targets_of(GUILD).await.unwrap();
    world.play(3);
    assert_eq!(world.whose(2).await, HIRED);
    assert_eq!(world.whose(1).await, [(Method::POST, CHANNEL)]);
    assert_eq!(world.counted(3).await["posted"], 3);
    let no = world.target(CHANNEL).await.unwrap().no_webhook.unwrap();
    assert_eq!((no.why, no.refusals), (WhyNot::Full, 2));
}

/// The id of a message that is written now.
fn snowflake() -> u64 {
    let millis = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000 - 1_420_070_400_000;
    u64::try_from(millis).unwrap() << 22
}

#[tokio::test]
async fn without_an_answer_it_is_looked_for_before_it_is_sent_again() {
    let mut world = world(Mode::Post, |about, before| {
        if about == WEBHOOK && before < 2 {
            return (StatusCode::BAD_GATEWAY, json!("<html>"));
        }
        if about == about::its_newest(CHANNEL) {
            // Somebody else's, an old one of its own; then also the one that did arrive.
            let mut newest = vec![
                json!({ "id": snowflake().to_string() }),
                json!({ "id": "1000", "webhook_id": WEBHOOK.to_string() }),
            ];
            if before > 0 {
                let id = snowflake().to_string();
                newest.push(json!({ "id": id, "webhook_id": WEBHOOK.to_string() }));
            }
            return (StatusCode::OK, newest.into());
        }
        willing(about, before)
    })
    .await;
    world.play(1);
    assert_eq!(world.whose(2).await, HIRED);
    let expected = [
        (Method::POST, WEBHOOK),
        (Method::GET, CHANNEL),
        (Method::POST, WEBHOOK),
        (Method::GET, CHANNEL),
    ];
    assert_eq!(world.whose(4).await, expected);
    assert_eq!(world.counted(1).await["posted"], 1);
    let target = world.target(CHANNEL).await.unwrap();
    assert!(target.message.unwrap().get() > 1000);
    assert_eq!(target.author, target.webhook);
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_not_sent_again() {
    let mut world = world(Mode::Post, |about, before| {
        if about == WEBHOOK && before == 0 {
            return (StatusCode::BAD_GATEWAY, json!("<html>"));
        }
        if about == about::its_newest(CHANNEL) {
            return (StatusCode::OK, json!([]));
        }
        willing(about, before)
    })
    .await;
    world.play(1);
    assert_eq!(world.whose(2).await, HIRED);
    let expected = [(Method::POST, WEBHOOK), (Method::GET, CHANNEL)];
    assert_eq!(world.whose(2).await, expected);
    assert_eq!(world.counted(1).await["failed"], 1);
    world.play(2);
    assert_eq!(world.whose(1).await, [(Method::POST, WEBHOOK)]);
}
