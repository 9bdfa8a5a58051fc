//! Members, roles, bans and invites.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

const GUILDS: u64 = 1;
const MEMBERS: u64 = 1 << 1;
const MODERATION: u64 = 1 << 2;
const INVITES: u64 = 1 << 6;
const VOICE: u64 = 1 << 7;
const KICK: u64 = 1 << 1;
const BAN: u64 = 1 << 2;
const MANAGE_CHANNELS: u64 = 1 << 4;
const MANAGE_GUILD: u64 = 1 << 5;
const MUTE: u64 = 1 << 22;
const MOVE: u64 = 1 << 24;
const MANAGE_NICKS: u64 = 1 << 27;
const MANAGE_ROLES: u64 = 1 << 28;
const MODERATE: u64 = 1 << 40;

/// Who is who in the first guild: the owner, one without a role, and one with a role above the bot.
async fn people(bench: &Bench) -> (String, String, String) {
    let world = bench.world().await;
    let id = |index: usize| {
        world["guilds"][0]["members"][index]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    (id(0), id(2), id(1))
}

async fn told(bench: &Bench, method: Method, path: &str, body: Value) -> (u16, Value) {
    let sent = Some(&body).filter(|body| !body.is_null());
    let (status, answer) = bench.politely(method, path, sent).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn each_field_of_a_member_has_its_permission() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    let (owner, someone, regular) = people(&bench).await;
    let path = format!("/guilds/{guild}/members/{someone}");
    let (mut socket, _) = bench.login(GUILDS | VOICE).await;
    let edits = [
        (json!({"nick": "Radio fan"}), MANAGE_NICKS),
        (
            json!({"communication_disabled_until": "2020-01-01T00:00:00Z"}),
            MODERATE,
        ),
        (json!({"mute": true}), MUTE),
        (json!({"channel_id": null}), MOVE),
    ];
    for (body, needed) in edits {
        let (status, error) = told(&bench, Method::PATCH, &path, body.clone()).await;
        assert_eq!((status, &error["code"]), (403, &json!(50013)), "{body}");
        bench.grant(&guild, needed).await;
        // Who stands above the bot stays as they are.
        for above in [&owner, &regular] {
            let path = format!("/guilds/{guild}/members/{above}");
            if body.get("nick").is_some() {
                let (status, error) = told(&bench, Method::PATCH, &path, body.clone()).await;
                assert_eq!((status, &error["code"]), (403, &json!(50013)), "{body}");
            }
        }
        let in_voice = body.get("mute").is_some() || body.get("channel_id").is_some();
        let (status, answer) = told(&bench, Method::PATCH, &path, body.clone()).await;
        if in_voice {
            assert!(
                status == 200 || answer["code"] == 40032,
                "{body}: {status} {answer}"
            );
        } else {
            assert_eq!(status, 200, "{body}: {answer}");
        }
    }
    let seen = bench.get(&path).await;
    assert_eq!(seen["nick"], "Radio fan");
    let (status, error) = told(
        &bench,
        Method::PATCH,
        &path,
        json!({"communication_disabled_until": "2099-01-01T00:00:00Z"}),
    )
    .await;
    assert_eq!((status, &error["code"]), (400, &json!(50035)));
    // A bot hears of itself in any case.
    let own = format!("/guilds/{guild}/members/@me");
    assert_eq!(
        told(&bench, Method::PATCH, &own, json!({"nick": "DJ"}))
            .await
            .1["nick"],
        "DJ"
    );
    loop {
        let member = socket.event("GUILD_MEMBER_UPDATE").await;
        if member["nick"] == "DJ" {
            break;
        }
    }
}

#[tokio::test]
async fn members_are_moved_and_disconnected() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    let (owner, ..) = people(&bench).await;
    let duo = bench.channel("Tea for Two").await;
    bench.grant(&guild, MOVE).await;
    let path = format!("/guilds/{guild}/members/{owner}");
    let (mut socket, _) = bench.login(GUILDS | VOICE).await;
    let general = bench.channel("general").await;
    let (status, error) = told(&bench, Method::PATCH, &path, json!({"channel_id": general})).await;
    assert_eq!((status, &error["code"]), (400, &json!(50024)));
    let (status, answer) = told(&bench, Method::PATCH, &path, json!({"channel_id": duo})).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(socket.event("VOICE_STATE_UPDATE").await["channel_id"], *duo);
    let (status, _) = told(&bench, Method::PATCH, &path, json!({"channel_id": null})).await;
    assert_eq!(status, 200);
    assert!(socket.event("VOICE_STATE_UPDATE").await["channel_id"].is_null());
    let (status, error) = told(&bench, Method::PATCH, &path, json!({"channel_id": duo})).await;
    assert_eq!((status, &error["code"]), (400, &json!(40032)));
}

#[tokio::test]
async fn roles_are_made_given_and_deleted_below_the_own_one() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let guild = bench.guild().await;
    let (_, someone, _) = people(&bench).await;
    let path = format!("/guilds/{guild}/roles");
    let (status, error) = told(&bench, Method::POST, &path, json!({})).await;
    assert_eq!((status, &error["code"]), (403, &json!(50013)));
    bench.grant(&guild, MANAGE_ROLES).await;
    // Nobody gives what they do not have: here, to ban.
    let (status, error) = told(&bench, Method::POST, &path, json!({"permissions": "4"})).await;
    assert_eq!((status, &error["code"]), (403, &json!(50013)));
    let role = bench
        .post(
            &path,
            json!({"name": "Listeners", "color": 0x00_ff_00, "permissions": 0}),
        )
        .await;
    assert_eq!(
        (&role["name"], &role["position"]),
        (&json!("Listeners"), &json!(1))
    );
    let created = socket.event("GUILD_ROLE_CREATE").await;
    assert_eq!(created["role"]["id"], role["id"]);
    let id = role["id"].as_str().unwrap();
    let give = format!("/guilds/{guild}/members/{someone}/roles/{id}");
    assert_eq!(told(&bench, Method::PUT, &give, json!(null)).await.0, 204);
    let member = bench
        .get(&format!("/guilds/{guild}/members/{someone}"))
        .await;
    assert!(member["roles"].as_array().unwrap().contains(&role["id"]));
    let counts = bench.get(&format!("{path}/member-counts")).await;
    assert_eq!(counts[id], 1);
    assert_eq!(
        told(&bench, Method::DELETE, &give, json!(null)).await.0,
        204
    );
    let own = format!("{path}/{id}");
    let (status, edited) = told(
        &bench,
        Method::PATCH,
        &own,
        json!({"hoist": true, "name": "Fans"}),
    )
    .await;
    assert_eq!(
        (status, &edited["hoist"], &edited["name"]),
        (200, &json!(true), &json!("Fans"))
    );
    assert_eq!(
        socket.event("GUILD_ROLE_UPDATE").await["role"]["name"],
        "Fans"
    );
    // Above the own role, everybody's, and a bot's.
    let roles = bench.get(&path).await;
    let named = |name: &str| {
        let mut roles = roles.as_array().unwrap().iter();
        let role = roles.find(|role| role["name"] == name).unwrap();
        role["id"].as_str().unwrap().to_owned()
    };
    for (role, method, expected) in [
        (named("Moderator"), Method::PATCH, 50013),
        (named("Moderator"), Method::DELETE, 50013),
        (named("@everyone"), Method::DELETE, 50028),
        (named("uguisu"), Method::DELETE, 50028),
        ("12".to_owned(), Method::DELETE, 10011),
    ] {
        let (_, error) = told(&bench, method.clone(), &format!("{path}/{role}"), json!({})).await;
        assert_eq!(error["code"], expected, "{method} {role}: {error}");
    }
    assert_eq!(told(&bench, Method::DELETE, &own, json!(null)).await.0, 204);
    assert_eq!(
        socket.event("GUILD_ROLE_DELETE").await["role_id"],
        role["id"]
    );
}

#[tokio::test]
async fn who_comes_and_goes_is_told_to_bots_with_the_intent() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    let (_, someone, _) = people(&bench).await;
    let app = json!({"name": "moderator", "permissions": (KICK | BAN).to_string(), "privileged_intents": MEMBERS});
    let (_, app) = bench.control(Method::POST, "/applications", app).await;
    let token = app["token"].as_str().unwrap();
    let mut socket = bench.login_as(token, GUILDS | MEMBERS | MODERATION).await;
    let member = format!("/guilds/{guild}/members/{someone}");
    let list = bench
        .send_as(
            token,
            Method::GET,
            &format!("/guilds/{guild}/members?limit=1000"),
            None,
        )
        .await;
    assert!(list.1.as_array().unwrap().len() > 5);
    let (status, error) = bench.send_as(token, Method::DELETE, &member, None).await;
    assert_eq!(status, 204, "{error}");
    assert_eq!(
        socket.event("GUILD_MEMBER_REMOVE").await["user"]["id"],
        *someone
    );
    bench.control(Method::PUT, &member, json!({})).await;
    assert_eq!(
        socket.event("GUILD_MEMBER_ADD").await["user"]["id"],
        *someone
    );
    let ban = format!("/guilds/{guild}/bans/{someone}");
    let (status, error) = bench
        .send_as(token, Method::PUT, &ban, Some(&json!({})))
        .await;
    assert_eq!(status, 204, "{error}");
    assert_eq!(
        socket.event("GUILD_MEMBER_REMOVE").await["user"]["id"],
        *someone
    );
    assert_eq!(socket.event("GUILD_BAN_ADD").await["user"]["id"], *someone);
    let bans = bench
        .send_as(token, Method::GET, &format!("/guilds/{guild}/bans"), None)
        .await
        .1;
    assert_eq!(bans[0]["user"]["id"], *someone);
    assert_eq!(
        bench
            .send_as(token, Method::DELETE, &ban, Some(&json!({})))
            .await
            .0,
        204
    );
    assert_eq!(
        socket.event("GUILD_BAN_REMOVE").await["user"]["id"],
        *someone
    );
    let (_, error) = bench
        .send_as(token, Method::DELETE, &ban, Some(&json!({})))
        .await;
    assert_eq!(error["code"], 10026);
}

#[tokio::test]
async fn many_are_banned_at_once_and_nobody_is_pruned() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    let (owner, someone, _) = people(&bench).await;
    bench.grant(&guild, BAN | KICK | MANAGE_GUILD).await;
    let path = format!("/guilds/{guild}/bulk-ban");
    let users = json!({"user_ids": [owner, someone, "12"]});
    let (status, answer) = told(&bench, Method::POST, &path, users.clone()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer,
        json!({"banned_users": [someone], "failed_users": [owner, "12"]})
    );
    let (status, answer) = told(&bench, Method::POST, &path, users).await;
    assert_eq!((status, &answer["code"]), (400, &json!(500_000)));
    let prune = format!("/guilds/{guild}/prune");
    assert_eq!(bench.get(&prune).await, json!({"pruned": 0}));
    let uncounted = json!({"compute_prune_count": false});
    assert_eq!(bench.post(&prune, uncounted).await, json!({"pruned": null}));
    // What the sandbox does not do it says, after all that Discord would refuse.
    let templates = format!("/guilds/{guild}/templates");
    let (status, answer) = told(&bench, Method::POST, &templates, json!({"name": "x"})).await;
    assert_eq!((status, &answer["code"]), (404, &json!(0)));
    let words = answer["message"].as_str().unwrap();
    assert!(words.contains("does not simulate"), "{words}");
}

#[tokio::test]
async fn members_are_found_by_name() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    let search = |query: &str| format!("/guilds/{guild}/members/search?limit=10&query={query}");
    let found = bench.get(&search("HANA")).await;
    assert_eq!(found[0]["user"]["username"], "hana.mori");
    assert_eq!(bench.get(&search("nobody")).await, json!([]));
}

#[tokio::test]
async fn invites_are_made_listed_and_taken_back() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | INVITES).await;
    let (guild, channel) = (bench.guild().await, bench.channel("general").await);
    let path = format!("/channels/{channel}/invites");
    let invite = bench.post(&path, json!({"max_age": 60})).await;
    let code = invite["code"].as_str().unwrap().to_owned();
    assert_eq!(
        (&invite["max_age"], &invite["uses"]),
        (&json!(60), &json!(0))
    );
    assert_eq!(socket.event("INVITE_CREATE").await["code"], *code);
    // The same once more is the same, unless a new one is wanted.
    assert_eq!(
        bench.post(&path, json!({"max_age": 60})).await["code"],
        *code
    );
    let other = bench
        .post(&path, json!({"max_age": 60, "unique": true}))
        .await;
    assert_ne!(other["code"], *code);
    let seen = bench
        .get(&format!("/invites/{code}?with_counts=true"))
        .await;
    assert!(seen["approximate_member_count"].as_u64() > Some(0) && seen["guild"]["id"] == *guild);
    let (status, error) = told(&bench, Method::GET, &path, json!(null)).await;
    assert_eq!((status, &error["code"]), (403, &json!(50013)));
    bench.grant(&guild, MANAGE_CHANNELS | MANAGE_GUILD).await;
    assert_eq!(bench.get(&path).await.as_array().unwrap().len(), 2);
    assert_eq!(
        told(
            &bench,
            Method::DELETE,
            &format!("/invites/{code}"),
            json!(null)
        )
        .await
        .0,
        200
    );
    assert_eq!(socket.event("INVITE_DELETE").await["code"], *code);
    // The other one expires.
    bench
        .control(Method::POST, "/clock", json!({"advance_ms": 61_000}))
        .await;
    assert_eq!(
        bench.get(&format!("/guilds/{guild}/invites")).await,
        json!([])
    );
    let (_, error) = told(
        &bench,
        Method::GET,
        &format!("/invites/{code}"),
        json!(null),
    )
    .await;
    assert_eq!(error["code"], 10006);
}

#[tokio::test]
async fn all_members_are_asked_for_every_thirty_seconds() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    let app = json!({"name": "census", "privileged_intents": MEMBERS});
    let (_, app) = bench.control(Method::POST, "/applications", app).await;
    let mut socket = bench
        .login_as(app["token"].as_str().unwrap(), GUILDS | MEMBERS)
        .await;
    let asked = json!({"op": 8, "d": {"guild_id": guild, "query": "", "limit": 0, "nonce": "n"}});
    socket.send(asked.clone()).await;
    let chunk = socket.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(chunk["nonce"], "n");
    assert!(chunk["members"].as_array().unwrap().len() > 5);
    socket.send(asked).await;
    let limited = socket.event("RATE_LIMITED").await;
    assert_eq!(
        (&limited["opcode"], &limited["meta"]["guild_id"]),
        (&json!(8), &json!(guild))
    );
    assert!(limited["retry_after"].as_f64() > Some(0.0));
    // Some of them are no matter of that limit.
    socket
        .send(json!({"op": 8, "d": {"guild_id": guild, "query": "hana", "limit": 1}}))
        .await;
    let chunk = socket.event("GUILD_MEMBERS_CHUNK").await;
    assert_eq!(chunk["members"][0]["user"]["username"], "hana.mori");
}
