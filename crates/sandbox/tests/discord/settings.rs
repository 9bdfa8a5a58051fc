//! What guilds and applications are set to, and what they have none of.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

const GUILDS: u64 = 1;
const VOICE: u64 = 1 << 7;
const MANAGE_GUILD: u64 = 1 << 5;
const USE_SOUNDBOARD: u64 = 1 << 42;

async fn refused(bench: &Bench, method: Method, path: &str, body: Value, expected: (u16, u32)) {
    let sent = Some(&body).filter(|body| !body.is_null());
    let (status, error) = bench.politely(method, path, sent).await;
    let got = (status.as_u16(), error["code"].clone());
    assert_eq!(
        got,
        (expected.0, json!(expected.1)),
        "{path} {body}: {error}"
    );
}

#[tokio::test]
async fn a_guild_is_renamed_and_set_up() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let guild = bench.guild().await;
    let path = format!("/guilds/{guild}");
    refused(
        &bench,
        Method::PATCH,
        &path,
        json!({"name": "New name"}),
        (403, 50013),
    )
    .await;
    bench.grant(&guild, MANAGE_GUILD).await;
    let (general, lounge) = (
        bench.channel("general").await,
        bench.channel("Listening Room").await,
    );
    let body = json!({
        "name": "New name", "description": null, "preferred_locale": "ko", "afk_timeout": 900,
        "afk_channel_id": lounge, "system_channel_id": general, "verification_level": 3,
    });
    let (status, edited) = bench.send(Method::PATCH, &path, Some(&body)).await;
    assert_eq!(status, 200, "{edited}");
    let told = socket.event("GUILD_UPDATE").await;
    for seen in [edited, told, bench.get(&path).await] {
        for (field, value) in body.as_object().unwrap() {
            assert_eq!(seen[field], *value, "{field}");
        }
    }
    for wrong in [
        json!({"name": "x"}),
        json!({"verification_level": 9}),
        json!({"afk_timeout": 61}),
        json!({"preferred_locale": "xx"}),
        json!({"system_channel_id": lounge}),
        json!({"icon": "nonsense"}),
    ] {
        refused(&bench, Method::PATCH, &path, wrong, (400, 50035)).await;
    }
    let preview = bench.get(&format!("{path}/preview")).await;
    assert_eq!(preview["name"], "New name");
}

#[tokio::test]
async fn an_application_says_what_it_is() {
    let bench = Bench::start().await;
    let body = json!({"tags": ["radio", "music"], "icon": null});
    let (status, edited) = bench
        .send(Method::PATCH, "/applications/@me", Some(&body))
        .await;
    assert_eq!(status, 200, "{edited}");
    assert_eq!(
        bench.get("/applications/@me").await["tags"],
        json!(["radio", "music"])
    );
    let long = json!({"tags": ["x".repeat(21)]});
    refused(
        &bench,
        Method::PATCH,
        "/applications/@me",
        long,
        (400, 50035),
    )
    .await;
    let endpoint = json!({"interactions_endpoint_url": "https://example.com"});
    refused(
        &bench,
        Method::PATCH,
        "/applications/@me",
        endpoint,
        (400, 50035),
    )
    .await;
}

#[tokio::test]
async fn what_there_is_none_of_is_empty_or_unknown() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    for path in ["emojis", "stickers", "scheduled-events"] {
        let list = bench.get(&format!("/guilds/{guild}/{path}")).await;
        assert_eq!(list, json!([]), "{path}");
    }
    let sounds = bench
        .get(&format!("/guilds/{guild}/soundboard-sounds"))
        .await;
    assert_eq!(sounds, json!({"items": []}));
    for (path, expected) in [
        ("emojis/12", (404, 10014)),
        ("stickers/12", (404, 10060)),
        ("scheduled-events/12", (404, 10070)),
        ("soundboard-sounds/12", (404, 10097)),
        ("welcome-screen", (404, 10069)),
        ("integrations", (403, 50013)),
        ("audit-logs", (403, 50013)),
        ("widget.json", (403, 50004)),
    ] {
        let path = format!("/guilds/{guild}/{path}");
        refused(&bench, Method::GET, &path, Value::Null, expected).await;
    }
    refused(
        &bench,
        Method::GET,
        "/stickers/12",
        Value::Null,
        (404, 10060),
    )
    .await;
    refused(
        &bench,
        Method::GET,
        "/guilds/templates/x",
        Value::Null,
        (404, 10057),
    )
    .await;
}

#[tokio::test]
async fn a_sound_of_the_soundboard_is_told_to_those_in_the_channel() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | VOICE).await;
    let (guild, room) = (bench.guild().await, bench.channel("Listening Room").await);
    let sounds = bench.get("/soundboard-default-sounds").await;
    let quack = sounds[0].clone();
    assert_eq!(
        (&quack["name"], &quack["sound_id"]),
        (&json!("quack"), &json!("1"))
    );
    let path = format!("/channels/{room}/send-soundboard-sound");
    let body = json!({"sound_id": "1"});
    refused(&bench, Method::POST, &path, body.clone(), (403, 50013)).await;
    bench.grant(&guild, USE_SOUNDBOARD).await;
    refused(&bench, Method::POST, &path, body.clone(), (400, 40032)).await;
    let join = json!({"op": 4, "d": {"guild_id": guild, "channel_id": room, "self_mute": false, "self_deaf": false}});
    socket.send(join).await;
    socket.event("VOICE_SERVER_UPDATE").await;
    let (status, answer) = bench.send(Method::POST, &path, Some(&body)).await;
    assert_eq!(status, 204, "{answer}");
    let told = socket.event("VOICE_CHANNEL_EFFECT_SEND").await;
    assert_eq!(
        (&told["channel_id"], &told["sound_id"]),
        (&json!(room), &json!(1))
    );
    refused(
        &bench,
        Method::POST,
        &path,
        json!({"sound_id": "12"}),
        (404, 10097),
    )
    .await;
    socket
        .send(json!({"op": 31, "d": {"guild_ids": [guild]}}))
        .await;
    let sounds = socket.event("SOUNDBOARD_SOUNDS").await;
    assert_eq!(sounds["soundboard_sounds"], json!([]));
}

#[tokio::test]
async fn commands_come_in_one_language_unless_all_are_asked_for() {
    let bench = Bench::start().await;
    let texts = json!({"ja": "いま", "de": "jetzt"});
    let command = json!({"name": "now", "description": "d", "name_localizations": texts});
    bench.register(json!([command])).await;
    let path = format!("/applications/{}/commands", bench.app);
    let whole = bench.get(&format!("{path}?with_localizations=true")).await;
    assert_eq!(whole[0]["name_localizations"], texts);
    let plain = bench.get(&path).await;
    assert!(plain[0].get("name_localizations").is_none(), "{plain}");
    assert!(plain[0].get("name_localized").is_none(), "{plain}");
    let answer = bench
        .http
        .get(format!("{}/api/v10{path}", bench.base))
        .header("authorization", format!("Bot {}", bench.token))
        .header("x-discord-locale", "ja")
        .send();
    let localized: Value = answer.await.unwrap().json().await.unwrap();
    assert_eq!(localized[0]["name_localized"], "いま");
}
