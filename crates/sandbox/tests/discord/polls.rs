//! Polls: they are asked, voted in, and end.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Bench, Socket};

const GUILDS: u64 = 1;
const MESSAGES: u64 = 1 << 9;
const CONTENT: u64 = 1 << 15;
const VOTES: u64 = 1 << 24;
const SEND_POLLS: u64 = 1 << 49;

fn question(multiselect: bool) -> Value {
    json!({"poll": {
        "question": {"text": "Which one next?"},
        "answers": [
            {"poll_media": {"text": "The slow one", "emoji": {"name": "🐢"}}},
            {"poll_media": {"text": "The fast one"}},
        ],
        "duration": 1,
        "allow_multiselect": multiselect,
    }})
}

/// A poll of the bot's: its path, and what it was answered with.
async fn asked(bench: &Bench, multiselect: bool) -> (String, Value) {
    let channel = bench.channel("general").await;
    bench.grant(&bench.guild().await, SEND_POLLS).await;
    let path = format!("/channels/{channel}/messages");
    let sent = bench.post(&path, question(multiselect)).await;
    let id = sent["id"].as_str().unwrap();
    (format!("/channels/{channel}/polls/{id}"), sent)
}

async fn voted(bench: &Bench, method: Method, sent: &Value, user: &Value, answer: u64) -> u16 {
    let (channel, id) = (&sent["channel_id"], &sent["id"]);
    let (channel, id) = (channel.as_str().unwrap(), id.as_str().unwrap());
    let path = format!("/channels/{channel}/messages/{id}/votes");
    let body = json!({"user": user, "answer": answer});
    bench.control(method, &path, body).await.0.as_u16()
}

async fn voters(bench: &Bench, poll: &str, answer: u64) -> Vec<Value> {
    let list = bench.get(&format!("{poll}/answers/{answer}")).await;
    let users = list["users"].as_array().unwrap().iter();
    users.map(|user| user["id"].clone()).collect()
}

#[tokio::test]
async fn people_vote_and_the_bot_ends_it() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | MESSAGES | VOTES).await;
    let people = bench.world().await["guilds"][0]["members"].clone();
    let (first, second) = (&people[0]["id"], &people[1]["id"]);
    let (poll, sent) = asked(&bench, false).await;
    let shown = &sent["poll"];
    assert_eq!(shown["question"], json!({"text": "Which one next?"}));
    assert_eq!(
        shown["answers"][0],
        json!({"answer_id": 1, "poll_media": {"text": "The slow one", "emoji": {"id": null, "name": "🐢"}}})
    );
    assert_eq!(
        shown["results"],
        json!({"is_finalized": false, "answer_counts": []})
    );
    assert_eq!(socket.event("MESSAGE_CREATE").await["poll"], *shown);

    assert_eq!(voted(&bench, Method::POST, &sent, first, 1).await, 200);
    let told = socket.event("MESSAGE_POLL_VOTE_ADD").await;
    let expected = (first, &sent["id"], &json!(1));
    assert_eq!(
        (&told["user_id"], &told["message_id"], &told["answer_id"]),
        expected
    );
    // One answer each: another choice takes the first one back.
    assert_eq!(voted(&bench, Method::POST, &sent, first, 2).await, 200);
    let told = socket.event("MESSAGE_POLL_VOTE_REMOVE").await;
    assert_eq!((&told["user_id"], &told["answer_id"]), (first, &json!(1)));
    assert_eq!(socket.event("MESSAGE_POLL_VOTE_ADD").await["answer_id"], 2);
    assert_eq!(voted(&bench, Method::POST, &sent, second, 2).await, 200);
    assert_eq!(voted(&bench, Method::POST, &sent, second, 3).await, 404);
    assert_eq!(voters(&bench, &poll, 1).await, Vec::<Value>::new());
    let mut both = [first.clone(), second.clone()];
    both.sort_by_key(|id| id.as_str().unwrap().parse::<u64>().unwrap());
    assert_eq!(voters(&bench, &poll, 2).await, both);

    let (status, ended) = bench
        .send(Method::POST, &format!("{poll}/expire"), None)
        .await;
    assert_eq!(status, 200, "{ended}");
    let expected =
        json!({"is_finalized": true, "answer_counts": [{"id": 2, "count": 2, "me_voted": false}]});
    assert_eq!(ended["poll"]["results"], expected);
    let update = socket.event("MESSAGE_UPDATE").await;
    assert_eq!(update["poll"]["results"], expected);
    let result = socket.event("MESSAGE_CREATE").await;
    assert_eq!(
        (&result["type"], &result["message_reference"]["message_id"]),
        (&json!(46), &sent["id"])
    );
    assert_eq!(
        result["mentions"][0]["id"].as_str(),
        Some(bench.app.as_str())
    );
    let embed = &result["embeds"][0];
    assert_eq!(embed["type"], "poll_result");
    let field = |name: &str| {
        let mut fields = embed["fields"].as_array().unwrap().iter();
        let found = fields.find(|field| field["name"] == name);
        found.unwrap_or_else(|| panic!("no {name}: {embed}"))["value"].clone()
    };
    assert_eq!(field("poll_question_text"), "Which one next?");
    assert_eq!(field("total_votes"), "2");
    assert_eq!(field("victor_answer_votes"), "2");
    assert_eq!(field("victor_answer_id"), "2");
    assert_eq!(field("victor_answer_text"), "The fast one");
    // It is over.
    assert_eq!(voted(&bench, Method::POST, &sent, first, 1).await, 409);
    let (status, error) = bench
        .send(Method::POST, &format!("{poll}/expire"), None)
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!(520_001)));
}

#[tokio::test]
async fn a_poll_ends_by_itself_and_is_not_edited() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | MESSAGES).await;
    let people = bench.world().await["guilds"][0]["members"].clone();
    let (_, sent) = asked(&bench, true).await;
    for answer in [1, 2] {
        let status = voted(&bench, Method::POST, &sent, &people[0]["id"], answer).await;
        assert_eq!(status, 200);
    }
    let status = voted(&bench, Method::DELETE, &sent, &people[0]["id"], 2).await;
    assert_eq!(status, 200);
    let (channel, id) = (
        sent["channel_id"].as_str().unwrap(),
        sent["id"].as_str().unwrap(),
    );
    let path = format!("/channels/{channel}/messages/{id}");
    let edit = json!({"content": "x"});
    let (status, error) = bench.send(Method::PATCH, &path, Some(&edit)).await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!(520_003)));
    assert_eq!(socket.event("MESSAGE_CREATE").await["id"], sent["id"]);
    bench
        .control(Method::POST, "/clock", json!({"advance_ms": 3_600_000}))
        .await;
    bench.get(&path).await;
    let result = socket.event("MESSAGE_CREATE").await;
    assert_eq!(result["type"], 46);
    let now = bench.get(&path).await;
    let counts = json!([{"id": 1, "count": 1, "me_voted": false}]);
    assert_eq!(now["poll"]["results"]["answer_counts"], counts);
    assert_eq!(now["poll"]["results"]["is_finalized"], true);
}

#[tokio::test]
async fn who_asks_needs_the_permission_and_ends_only_its_own() {
    let bench = Bench::start().await;
    let channel = bench.channel("general").await;
    let path = format!("/channels/{channel}/messages");
    let (status, error) = bench
        .send(Method::POST, &path, Some(&question(false)))
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50013)));
    let (poll, _) = asked(&bench, false).await;
    let (_, token) = bench.another().await;
    let expire = format!("{poll}/expire");
    let (status, error) = bench.send_as(&token, Method::POST, &expire, None).await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50005)));
    let plain = bench.post(&path, json!({"content": "no poll"})).await;
    let expire = format!(
        "/channels/{channel}/polls/{}/expire",
        plain["id"].as_str().unwrap()
    );
    let (status, error) = bench.send(Method::POST, &expire, None).await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!(520_006)));
}

/// The next message of this channel that a session hears of, and what it gets of it over REST.
async fn heard(bench: &Bench, socket: &mut Socket, token: &str, text: Value) -> [Value; 2] {
    let channel = bench.channel("general").await;
    let path = format!("/channels/{channel}/messages");
    let (status, sent) = bench.control(Method::POST, &path, text).await;
    assert_eq!(status, 200, "{sent}");
    let told = loop {
        let told = socket.event("MESSAGE_CREATE").await;
        if told["id"] == sent["id"] {
            break told;
        }
    };
    let one = format!("{path}/{}", sent["id"].as_str().unwrap());
    let (status, read) = bench.send_as(token, Method::GET, &one, None).await;
    assert_eq!(status, 200, "{read}");
    [told, read]
}

#[tokio::test]
async fn what_others_say_is_for_those_with_the_intent() {
    let bench = Bench::start().await;
    let (mut without, _) = bench.login(GUILDS | MESSAGES).await;
    let owner = bench.world().await["guilds"][0]["members"][0]["id"].clone();
    let (_, app) = bench
        .control(
            Method::POST,
            "/applications",
            json!({"name": "reader", "privileged_intents": CONTENT}),
        )
        .await;
    let reader = app["token"].as_str().unwrap();
    let mut with = bench.login_as(reader, GUILDS | MESSAGES | CONTENT).await;
    let said = json!({"user": owner, "content": "for readers"});
    let own = bench.token.clone();
    for seen in heard(&bench, &mut without, &own, said.clone()).await {
        assert_eq!(seen["content"], "", "{seen}");
    }
    for seen in heard(&bench, &mut with, reader, said.clone()).await {
        assert_eq!(seen["content"], "for readers", "{seen}");
    }
    // Who is mentioned reads that message, but not what it is a reply to.
    let [first, _] = heard(&bench, &mut without, &own, said).await;
    let mention = format!("<@{}> look", bench.app);
    let reply = json!({"user": owner, "content": mention, "reply_to": first["id"]});
    for seen in heard(&bench, &mut without, &own, reply).await {
        assert_eq!(seen["content"], mention, "{seen}");
        assert_eq!(seen["referenced_message"]["content"], "", "{seen}");
    }
}
