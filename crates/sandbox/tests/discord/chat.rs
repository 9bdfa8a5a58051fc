//! What is done to messages: reactions, pins, deletions by the dozen.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

const GUILDS: u64 = 1;
const MESSAGES: u64 = 1 << 9;
const REACTIONS: u64 = 1 << 10;
const MANAGE_MESSAGES: u64 = 1 << 13;
const PIN_MESSAGES: u64 = 1 << 51;
const THUMB: &str = "%F0%9F%91%8D";

/// A message of the bot's in a channel: its path.
async fn written(bench: &Bench, channel: &str, content: &str) -> (String, String) {
    let path = format!("/channels/{channel}/messages");
    let sent = bench.post(&path, json!({"content": content})).await;
    let id = sent["id"].as_str().unwrap().to_owned();
    (format!("{path}/{id}"), id)
}

async fn done(bench: &Bench, method: Method, path: &str) {
    let (status, answer) = bench.politely(method.clone(), path, None).await;
    assert_eq!(status, 204, "{method} {path}: {answer}");
}

async fn refused(bench: &Bench, method: Method, path: &str, body: Option<Value>, code: u32) {
    let (status, answer) = bench.politely(method.clone(), path, body.as_ref()).await;
    assert!(status.is_client_error(), "{method} {path}: {status}");
    assert_eq!(answer["code"], code, "{method} {path}: {answer}");
}

#[tokio::test]
async fn reactions_are_added_counted_and_taken_away() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | REACTIONS).await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    let owner = bench.world().await["guilds"][0]["members"][0]["id"].clone();
    let owner = owner.as_str().unwrap();
    let (message, id) = written(&bench, &channel, "like it?").await;
    let thumb = format!("{message}/reactions/{THUMB}");
    done(&bench, Method::PUT, &format!("{thumb}/@me")).await;
    let told = socket.event("MESSAGE_REACTION_ADD").await;
    assert_eq!(told["user_id"].as_str(), Some(bench.app.as_str()));
    assert_eq!(told["emoji"], json!({"id": null, "name": "👍"}));
    assert_eq!(
        (&told["message_id"], &told["guild_id"]),
        (&json!(id), &json!(guild))
    );
    assert_eq!(
        told["member"]["user"]["id"].as_str(),
        Some(bench.app.as_str())
    );
    let people = format!("/channels/{channel}/messages/{id}/reactions");
    bench
        .control(Method::POST, &people, json!({"user": owner, "emoji": "👍"}))
        .await;
    assert_eq!(
        socket.event("MESSAGE_REACTION_ADD").await["user_id"],
        *owner
    );
    let seen = bench.get(&message).await;
    assert_eq!(seen["reactions"][0]["count"], 2);
    assert_eq!(seen["reactions"][0]["me"], true);
    let users = bench.get(&thumb).await;
    assert_eq!(users.as_array().unwrap().len(), 2);
    let first = bench.get(&format!("{thumb}?limit=1")).await;
    let after = first[0]["id"].as_str().unwrap();
    let rest = bench.get(&format!("{thumb}?after={after}")).await;
    assert_eq!(rest.as_array().unwrap().len(), 1);
    // The own one goes at any time, another's with Manage Messages.
    refused(
        &bench,
        Method::DELETE,
        &format!("{thumb}/{owner}"),
        None,
        50013,
    )
    .await;
    done(&bench, Method::DELETE, &format!("{thumb}/@me")).await;
    assert_eq!(
        socket.event("MESSAGE_REACTION_REMOVE").await["user_id"].as_str(),
        Some(bench.app.as_str())
    );
    bench.grant(&guild, MANAGE_MESSAGES).await;
    done(&bench, Method::DELETE, &thumb).await;
    assert_eq!(
        socket.event("MESSAGE_REACTION_REMOVE_EMOJI").await["emoji"]["name"],
        "👍"
    );
    done(&bench, Method::DELETE, &format!("{message}/reactions")).await;
    socket.event("MESSAGE_REACTION_REMOVE_ALL").await;
    assert!(bench.get(&message).await.get("reactions").is_none());
}

#[tokio::test]
async fn a_message_has_twenty_different_reactions() {
    let bench = Bench::start().await;
    let channel = bench.channel("general").await;
    let (message, id) = written(&bench, &channel, "colours").await;
    let owner = bench.world().await["guilds"][0]["members"][0]["id"].clone();
    let people = format!("/channels/{channel}/messages/{id}/reactions");
    for index in 0..20 {
        let emoji = char::from_u32(0x1f345 + index).unwrap().to_string();
        let body = json!({"user": owner, "emoji": emoji});
        assert_eq!(bench.control(Method::POST, &people, body).await.0, 200);
    }
    let own = |emoji: &str| format!("{message}/reactions/{emoji}/@me");
    // One that is there is joined; the twenty-first is too many.
    done(&bench, Method::PUT, &own("%F0%9F%8D%85")).await;
    let (_, token) = bench.another().await;
    let (status, error) = bench.send_as(&token, Method::PUT, &own(THUMB), None).await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!(30010)));
}

#[tokio::test]
async fn pins_are_listed_newest_first_and_told() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | MESSAGES).await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    let (_, first) = written(&bench, &channel, "first").await;
    let (_, second) = written(&bench, &channel, "second").await;
    let pin = |id: &str| format!("/channels/{channel}/messages/pins/{id}");
    refused(&bench, Method::PUT, &pin(&first), None, 50013).await;
    bench.grant(&guild, PIN_MESSAGES).await;
    done(&bench, Method::PUT, &pin(&first)).await;
    let told = socket.event("CHANNEL_PINS_UPDATE").await;
    assert!(told["last_pin_timestamp"].is_string());
    // The system says who has pinned what.
    let said = loop {
        let message = socket.event("MESSAGE_CREATE").await;
        if message["type"] == 6 {
            break message;
        }
    };
    assert_eq!(said["message_reference"]["message_id"], *first);
    done(
        &bench,
        Method::PUT,
        &format!("/channels/{channel}/pins/{second}"),
    )
    .await;
    let pins = bench
        .get(&format!("/channels/{channel}/messages/pins"))
        .await;
    assert_eq!(pins["has_more"], false);
    let ids: Vec<&str> = pins["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pin| pin["message"]["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [second.as_str(), first.as_str()]);
    let one = bench
        .get(&format!("/channels/{channel}/messages/pins?limit=1"))
        .await;
    assert_eq!(
        (one["items"].as_array().unwrap().len(), &one["has_more"]),
        (1, &json!(true))
    );
    let old = bench.get(&format!("/channels/{channel}/pins")).await;
    assert_eq!(
        (old.as_array().unwrap().len(), &old[0]["pinned"]),
        (2, &json!(true))
    );
    let system = said["id"].as_str().unwrap();
    refused(&bench, Method::PUT, &pin(system), None, 50021).await;
    refused(&bench, Method::PUT, &pin("12"), None, 10008).await;
    done(&bench, Method::DELETE, &pin(&first)).await;
    done(&bench, Method::DELETE, &pin(&second)).await;
    let pins = bench
        .get(&format!("/channels/{channel}/messages/pins"))
        .await;
    assert_eq!(pins["items"], json!([]));
}

#[tokio::test]
async fn messages_are_deleted_by_the_dozen() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | MESSAGES).await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    let (_, one) = written(&bench, &channel, "one").await;
    let (_, two) = written(&bench, &channel, "two").await;
    let path = format!("/channels/{channel}/messages/bulk-delete");
    let both = json!({"messages": [one, two]});
    refused(&bench, Method::POST, &path, Some(both.clone()), 50013).await;
    bench.grant(&guild, MANAGE_MESSAGES).await;
    // An id of 2016 is too old, whether there is such a message or not.
    let old = json!({"messages": [one, "175928847299117063"]});
    refused(&bench, Method::POST, &path, Some(old), 50034).await;
    let single = json!({"messages": [one]});
    refused(&bench, Method::POST, &path, Some(single), 50016).await;
    for wrong in [json!({}), json!({"messages": [one, one]})] {
        refused(&bench, Method::POST, &path, Some(wrong), 50035).await;
    }
    let (status, answer) = bench.politely(Method::POST, &path, Some(&both)).await;
    assert_eq!(status, 204, "{answer}");
    let told = socket.event("MESSAGE_DELETE_BULK").await;
    assert_eq!(told["ids"], json!([one, two]));
}
