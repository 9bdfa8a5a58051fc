//! Applications that people bring along: where their commands are, and what interactions say of it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::answers::callback;
use crate::client::{Bench, Socket};

/// A command for every place and every installation.
fn anywhere(name: &str) -> Value {
    json!({
        "name": name, "description": "x", "integration_types": [0, 1], "contexts": [0, 1, 2],
        "options": [{"name": "user", "description": "x", "type": 6}],
    })
}

/// Waits for the interaction and answers it with this.
async fn answer(bench: &Bench, socket: &mut Socket, body: Value) -> Value {
    let interaction = socket.event("INTERACTION_CREATE").await;
    let (status, answer) = bench
        .send(Method::POST, &callback(&interaction), Some(&body))
        .await;
    assert_eq!(status, 204, "{answer}");
    interaction
}

/// Invokes a command that must be there: the answer as people see it, and the interaction.
async fn invoke(bench: &Bench, socket: &mut Socket, body: Value) -> (Value, Value) {
    let row = json!([{"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "press"}]}]);
    let reply = json!({"type": 4, "data": {"content": "here", "components": row}});
    let ((status, asked), interaction) = tokio::join!(
        bench.control(Method::POST, "/interactions", body),
        answer(bench, socket, reply)
    );
    assert_eq!(status, 200, "{asked}");
    (asked, interaction)
}

async fn refused(bench: &Bench, body: Value) -> String {
    let (status, answer) = bench.control(Method::POST, "/interactions", body).await;
    assert_eq!(status, 400, "{answer}");
    answer["error"].as_str().unwrap().to_owned()
}

async fn install(bench: &Bench, method: Method, user: &str) {
    let path = format!("/users/{user}/applications/{}", bench.app);
    let (status, answer) = bench.control(method, &path, json!({})).await;
    assert_eq!(status, 200, "{answer}");
}

async fn direct(bench: &Bench, user: &str, with: &str) -> String {
    let path = format!("/users/{user}/direct");
    let (status, answer) = bench
        .control(Method::POST, &path, json!({"with": with}))
        .await;
    assert_eq!(status, 200, "{answer}");
    answer["channel"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_interaction_says_by_whose_installation_it_came_and_where() {
    let bench = Bench::start().await;
    bench.register(json!([anywhere("where")])).await;
    let (mut socket, _) = bench.login(1).await;
    let world = bench.world().await;
    let guild = world["guilds"][0]["id"].as_str().unwrap();
    let [me, other] = [0, 1].map(|n| world["guilds"][0]["members"][n]["id"].as_str().unwrap());

    let here = json!({"command": "where", "user": me, "guild": guild, "options": {"user": other}});
    let (_, interaction) = invoke(&bench, &mut socket, here.clone()).await;
    assert_eq!(
        interaction["authorizing_integration_owners"],
        json!({"0": guild})
    );
    assert_eq!(interaction["context"], 0);
    assert!(interaction["data"]["resolved"]["members"][other].is_object());

    let with_bot = direct(&bench, me, &bench.app).await;
    let dm = json!({"command": "where", "user": me, "channel": with_bot});
    let (_, interaction) = invoke(&bench, &mut socket, dm.clone()).await;
    assert_eq!(
        interaction["authorizing_integration_owners"],
        json!({"0": "0"})
    );
    assert_eq!(
        (&interaction["context"], &interaction["user"]["id"]),
        (&json!(1), &json!(me))
    );
    assert!(interaction["member"].is_null() && interaction["guild_id"].is_null());
    // ATTACH_FILES, EMBED_LINKS, MENTION_EVERYONE and USE_EXTERNAL_EMOJIS.
    let bits = 1_u64 << 15 | 1 << 14 | 1 << 17 | 1 << 18;
    assert_eq!(interaction["app_permissions"], bits.to_string());

    // Between two people only what they bring along is there.
    let private = direct(&bench, me, other).await;
    assert_eq!(direct(&bench, other, me).await, private);
    let beside =
        json!({"command": "where", "user": me, "channel": private, "options": {"user": other}});
    refused(&bench, beside.clone()).await;
    install(&bench, Method::PUT, me).await;
    let (_, interaction) = invoke(&bench, &mut socket, beside.clone()).await;
    assert_eq!(
        interaction["authorizing_integration_owners"],
        json!({"1": me})
    );
    assert_eq!(interaction["context"], 2);
    assert!(interaction["data"]["resolved"]["members"].is_null());
    let bits = 1_u64 << 15 | 1 << 14 | 1 << 17;
    assert_eq!(interaction["app_permissions"], bits.to_string());
    let (status, _) = bench
        .send(Method::GET, &format!("/channels/{private}"), None)
        .await;
    assert_eq!(status, 403, "the bot sees no direct messages of others");

    let both = json!({"0": guild, "1": me});
    let (asked, interaction) = invoke(&bench, &mut socket, here.clone()).await;
    assert_eq!(interaction["authorizing_integration_owners"], both);
    let message = &asked["messages"][0];
    assert_eq!(
        message["interaction_metadata"]["authorizing_integration_owners"],
        both
    );
    // Who presses a button of it need not have installed it.
    let press = json!({"message": message["id"], "custom_id": "press", "user": other});
    let ((status, _), interaction) = tokio::join!(
        bench.control(Method::POST, "/components", press),
        answer(&bench, &mut socket, json!({"type": 6})),
    );
    assert_eq!(status, 200);
    assert_eq!(interaction["authorizing_integration_owners"], both);

    install(&bench, Method::DELETE, me).await;
    refused(&bench, beside).await;
    let stranger = world["guilds"][0]["members"][2]["id"].as_str().unwrap();
    let mut theirs = dm;
    theirs["user"] = stranger.into();
    let (status, _) = bench.control(Method::POST, "/interactions", theirs).await;
    assert_eq!(status, 403, "direct messages of others");
}

#[tokio::test]
async fn who_has_it_for_themselves_uses_it_where_the_bot_is_not() {
    let bench = Bench::start().await;
    let mut server_only = anywhere("radio");
    server_only["integration_types"] = json!([0]);
    let mut here_only = anywhere("here");
    here_only["contexts"] = json!([0]);
    let user_command =
        json!({"name": "Look", "type": 2, "integration_types": [1], "contexts": [0, 2]});
    bench
        .register(json!([
            anywhere("where"),
            server_only,
            here_only,
            user_command
        ]))
        .await;
    let (mut socket, _) = bench.login(1).await;
    let world = bench.world().await;
    let guild = world["guilds"][0]["id"].as_str().unwrap();
    let [me, other] = [0, 1].map(|n| world["guilds"][0]["members"][n]["id"].as_str().unwrap());
    let path = format!("/guilds/{guild}/members/{}", bench.app);
    bench.control(Method::DELETE, &path, json!({})).await;

    let of = |command: &str| json!({"command": command, "user": me, "guild": guild});
    refused(&bench, of("where")).await;
    install(&bench, Method::PUT, me).await;
    let (asked, interaction) = invoke(&bench, &mut socket, of("where")).await;
    assert_eq!(
        interaction["authorizing_integration_owners"],
        json!({"1": me})
    );
    assert_eq!(
        (&interaction["context"], &interaction["guild_id"]),
        (&json!(0), &json!(guild))
    );
    assert_eq!(interaction["member"]["user"]["id"], me);
    assert_eq!(asked["messages"][0]["flags"], 0);
    // Its answer can be edited although the bot is not there.
    let (app, token) = (&bench.app, interaction["token"].as_str().unwrap());
    let original = format!("/webhooks/{app}/{token}/messages/@original");
    let edit = json!({"content": "edited"});
    let (status, edited) = bench.send(Method::PATCH, &original, Some(&edit)).await;
    assert_eq!(
        (status.as_u16(), &edited["content"]),
        (200, &json!("edited"))
    );

    // Where the bot is not, five follow-ups are all it has.
    let hook = format!("/webhooks/{app}/{token}");
    let more = json!({"content": "more"});
    for _ in 0..5 {
        let (status, answer) = bench.politely(Method::POST, &hook, Some(&more)).await;
        assert_eq!(status, 200, "{answer}");
    }
    let (status, answer) = bench.politely(Method::POST, &hook, Some(&more)).await;
    assert_eq!((status.as_u16(), &answer["code"]), (400, &json!(40094)));

    assert!(refused(&bench, of("radio")).await.contains("installed"));
    let mut look = of("Look");
    look["target"] = other.into();
    let (_, interaction) = invoke(&bench, &mut socket, look).await;
    assert_eq!(interaction["data"]["target_id"], other);
    let private = direct(&bench, me, other).await;
    let body = json!({"command": "here", "user": me, "channel": private});
    assert!(refused(&bench, body).await.contains("direct messages"));

    // Where people may not bring applications, these speak to their user alone: bit 50.
    let roles = bench.control(Method::GET, "/state", json!({})).await.1;
    let everyone = roles["guilds"][0]["roles"]
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["id"] == guild)
        .unwrap();
    let has: u64 = everyone["permissions"].as_str().unwrap().parse().unwrap();
    let path = format!("/guilds/{guild}/roles/{guild}");
    let body = json!({"permissions": (has & !(1 << 50)).to_string()});
    let (status, answer) = bench.control(Method::PATCH, &path, body).await;
    assert_eq!(status, 200, "{answer}");
    install(&bench, Method::PUT, other).await;
    let theirs = json!({"command": "where", "user": other, "guild": guild});
    let (asked, _) = invoke(&bench, &mut socket, theirs).await;
    assert_eq!(asked["messages"][0]["flags"], 64);
    // The owner may everything.
    let (asked, _) = invoke(&bench, &mut socket, of("where")).await;
    assert_eq!(asked["messages"][0]["flags"], 0);
}
