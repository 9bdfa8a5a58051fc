//! Channels and threads that bots make, change and delete.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

const GUILDS: u64 = 1;
const MANAGE_CHANNELS: u64 = 1 << 4;
const MANAGE_ROLES: u64 = 1 << 28;
const MANAGE_THREADS: u64 = 1 << 34;
const CREATE_PRIVATE_THREADS: u64 = 1 << 36;

async fn patch(bench: &Bench, path: &str, body: Value) -> (u16, Value) {
    let (status, answer) = bench.send(Method::PATCH, path, Some(&body)).await;
    (status.as_u16(), answer)
}

async fn done(bench: &Bench, method: Method, path: &str) {
    let (status, answer) = bench.send(method.clone(), path, None).await;
    assert_eq!(status, 204, "{method} {path}: {answer}");
}

#[tokio::test]
async fn a_bot_makes_changes_and_deletes_channels() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let guild = bench.guild().await;
    let path = format!("/guilds/{guild}/channels");
    bench.grant(&guild, MANAGE_CHANNELS).await;
    let lobby = bench.channel("Lobby").await;
    let made = bench
        .post(
            &path,
            json!({"name": "Song Requests", "topic": "t", "parent_id": lobby}),
        )
        .await;
    // Text channels are written in lower case.
    assert_eq!(
        (&made["name"], &made["parent_id"]),
        (&json!("song-requests"), &json!(lobby))
    );
    assert_eq!(socket.event("CHANNEL_CREATE").await["id"], made["id"]);
    let own = format!("/channels/{}", made["id"].as_str().unwrap());
    let (status, edited) = patch(
        &bench,
        &own,
        json!({"topic": null, "rate_limit_per_user": 5, "nsfw": true, "type": 5}),
    )
    .await;
    assert_eq!(
        (status, &edited["topic"], &edited["type"]),
        (200, &json!(null), &json!(5))
    );
    assert_eq!(
        (&edited["rate_limit_per_user"], &edited["nsfw"]),
        (&json!(5), &json!(true))
    );
    assert_eq!(socket.event("CHANNEL_UPDATE").await["type"], 5);
    let voice = bench
        .post(
            &path,
            json!({"name": "Radio Two", "type": 2, "bitrate": 96_000, "user_limit": 3}),
        )
        .await;
    assert_eq!(
        (&voice["name"], &voice["bitrate"], &voice["user_limit"]),
        (&json!("Radio Two"), &json!(96_000), &json!(3))
    );
    // Overwrites are for those who manage roles, and give only what one has.
    let overwrite = format!("{own}/permissions/{guild}");
    let hide = json!({"type": 0, "deny": 1024});
    let (status, error) = bench.send(Method::PUT, &overwrite, Some(&hide)).await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50013)));
    bench.grant(&guild, MANAGE_ROLES).await;
    let ban = json!({"type": 0, "deny": 4});
    let (status, error) = bench.send(Method::PUT, &overwrite, Some(&ban)).await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50013)));
    let mute = json!({"type": 0, "deny": 2048});
    let (status, _) = bench.send(Method::PUT, &overwrite, Some(&mute)).await;
    assert_eq!(status, 204);
    let seen = bench.get(&own).await;
    assert_eq!(seen["permission_overwrites"][0]["deny"], "2048");
    done(&bench, Method::DELETE, &overwrite).await;
    let (status, error) = bench.send(Method::DELETE, &overwrite, None).await;
    assert_eq!((status.as_u16(), &error["code"]), (404, &json!(10009)));
    let (status, _) = bench
        .send(
            Method::PATCH,
            &path,
            Some(&json!([{"id": made["id"], "position": 0}])),
        )
        .await;
    assert_eq!(status, 204);
    let (status, gone) = bench.send(Method::DELETE, &own, None).await;
    assert_eq!((status.as_u16(), &gone["id"]), (200, &made["id"]));
    // What a category held stays, outside of it.
    let (status, _) = bench
        .send(Method::DELETE, &format!("/channels/{lobby}"), None)
        .await;
    assert_eq!(status, 200);
    let general = bench.channel("general").await;
    assert!(bench.get(&format!("/channels/{general}")).await["parent_id"].is_null());
}

#[tokio::test]
async fn a_thread_is_opened_from_a_message_and_archived() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    let sent = bench
        .post(
            &format!("/channels/{channel}/messages"),
            json!({"content": "talk"}),
        )
        .await;
    let id = sent["id"].as_str().unwrap();
    let start = format!("/channels/{channel}/messages/{id}/threads");
    let thread = bench
        .post(&start, json!({"name": "Talk", "auto_archive_duration": 60}))
        .await;
    assert_eq!((&thread["id"], &thread["type"]), (&sent["id"], &json!(11)));
    assert_eq!(
        thread["member"]["user_id"].as_str(),
        Some(bench.app.as_str())
    );
    let told = socket.event("THREAD_CREATE").await;
    assert_eq!(
        (&told["id"], &told["newly_created"]),
        (&sent["id"], &json!(true))
    );
    let members = socket.event("THREAD_MEMBERS_UPDATE").await;
    assert_eq!(
        members["added_members"][0]["user_id"].as_str(),
        Some(bench.app.as_str())
    );
    let (status, error) = bench
        .send(Method::POST, &start, Some(&json!({"name": "Again"})))
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!(160_004)));
    let message = bench
        .get(&format!("/channels/{channel}/messages/{id}"))
        .await;
    assert_eq!(
        (
            &message["thread"]["name"],
            message["flags"].as_u64().unwrap() & 32
        ),
        (&json!("Talk"), 32)
    );
    let active = bench.get(&format!("/guilds/{guild}/threads/active")).await;
    assert_eq!(active["threads"][0]["id"], sent["id"]);
    assert_eq!(active["members"][0]["id"], sent["id"]);
    // Its owner archives it; then nothing changes but by writing, which brings it back.
    let own = format!("/channels/{id}");
    let (status, archived) = patch(&bench, &own, json!({"archived": true})).await;
    assert_eq!(
        (status, &archived["thread_metadata"]["archived"]),
        (200, &json!(true))
    );
    assert_eq!(socket.event("THREAD_UPDATE").await["id"], sent["id"]);
    let (status, error) = patch(&bench, &own, json!({"name": "x"})).await;
    assert_eq!((status, &error["code"]), (400, &json!(50083)));
    let (status, error) = bench
        .send(Method::PUT, &format!("{own}/thread-members/@me"), None)
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!(50083)));
    let list = bench
        .get(&format!("/channels/{channel}/threads/archived/public"))
        .await;
    assert_eq!(list["threads"][0]["id"], sent["id"]);
    bench
        .post(&format!("{own}/messages"), json!({"content": "still here"}))
        .await;
    let back = socket.event("THREAD_UPDATE").await;
    assert_eq!(back["thread_metadata"]["archived"], false);
    let (status, error) = patch(&bench, &own, json!({"locked": true})).await;
    assert_eq!((status, &error["code"]), (403, &json!(50013)));
    bench.grant(&guild, MANAGE_THREADS).await;
    assert_eq!(patch(&bench, &own, json!({"locked": true})).await.0, 200);
    let (status, _) = bench.send(Method::DELETE, &own, None).await;
    assert_eq!(status, 200);
    assert_eq!(socket.event("THREAD_DELETE").await["id"], sent["id"]);
}

#[tokio::test]
async fn threads_without_a_message_are_joined_and_left() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    let owner = bench.world().await["guilds"][0]["members"][0]["id"].clone();
    let owner = owner.as_str().unwrap();
    let path = format!("/channels/{channel}/threads");
    // Private ones are the default, and need a permission of their own.
    let (status, error) = bench
        .send(Method::POST, &path, Some(&json!({"name": "secret"})))
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50013)));
    bench.grant(&guild, CREATE_PRIVATE_THREADS).await;
    let secret = bench.post(&path, json!({"name": "secret"})).await;
    assert_eq!(secret["type"], 12);
    let own = format!("/channels/{}", secret["id"].as_str().unwrap());
    // Another bot does not see it until it is added.
    let (other, token) = bench.another().await;
    let (status, error) = bench.send_as(&token, Method::GET, &own, None).await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50001)));
    done(
        &bench,
        Method::PUT,
        &format!("{own}/thread-members/{other}"),
    )
    .await;
    assert_eq!(bench.send_as(&token, Method::GET, &own, None).await.0, 200);
    let member = bench
        .get(&format!("{own}/thread-members/{other}?with_member=true"))
        .await;
    assert_eq!(member["member"]["user"]["id"], *other);
    done(
        &bench,
        Method::DELETE,
        &format!("{own}/thread-members/{other}"),
    )
    .await;
    let (status, error) = bench
        .send(Method::GET, &format!("{own}/thread-members/{owner}"), None)
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (404, &json!(10007)));
    done(&bench, Method::DELETE, &format!("{own}/thread-members/@me")).await;
    let public = bench.post(&path, json!({"name": "open", "type": 11})).await;
    loop {
        let told = socket.event("THREAD_MEMBERS_UPDATE").await;
        if told["id"] == public["id"] {
            break;
        }
    }
    // Which threads others are in is a matter of the members intent.
    let members = format!(
        "/channels/{}/thread-members",
        public["id"].as_str().unwrap()
    );
    let (status, error) = bench.send(Method::GET, &members, None).await;
    assert_eq!((status.as_u16(), &error["code"]), (403, &json!(50001)));
    let news = bench.channel("news").await;
    let wrong = json!({"name": "x", "type": 11});
    let (status, error) = bench
        .send(
            Method::POST,
            &format!("/channels/{news}/threads"),
            Some(&wrong),
        )
        .await;
    assert_eq!((status.as_u16(), &error["code"]), (400, &json!(50024)));
}
