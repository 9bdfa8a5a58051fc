//! Simulated people use commands, buttons, selects and modals.

use reqwest::Method;
use serde_json::json;

use crate::client::{Bench, answer};

const GUILDS: u64 = 1;

#[tokio::test]
async fn a_command_reaches_the_bot_with_all_that_clients_need() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "radio", "description": "d", "options": [
            {"type": 1, "name": "join", "description": "d", "options": [
                {"type": 7, "name": "channel", "description": "d", "channel_types": [2, 13]},
                {"type": 6, "name": "user", "description": "d"},
                {"type": 3, "name": "station", "description": "d", "choices": [{"name": "J-pop", "value": "jpop"}]},
            ]},
        ]}]))
        .await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let voice = bench.channel("Listening Room").await;
    let world = bench.world().await;
    let caller = world["guilds"][0]["members"][1]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let request = json!({
        "command": "radio join",
        "user": caller,
        "options": {"channel": voice, "user": caller, "station": "jpop"},
    });
    let callback = json!({"type": 4, "data": {"content": "hello <@1>", "flags": 64}});
    let (asked, interaction) = tokio::join!(
        bench.control(Method::POST, "/interactions", request),
        answer(&bench, &mut socket, callback),
    );
    for field in [
        "locale",
        "guild_locale",
        "app_permissions",
        "entitlements",
        "authorizing_integration_owners",
        "context",
        "channel",
        "channel_id",
        "guild_id",
        "member",
        "token",
        "version",
        "attachment_size_limit",
    ] {
        assert!(
            !interaction[field].is_null(),
            "the interaction lacks {field}"
        );
    }
    assert!(interaction["member"]["permissions"].is_string());
    let join = &interaction["data"]["options"][0];
    assert_eq!(
        (join["name"].as_str(), &join["type"]),
        (Some("join"), &json!(1))
    );
    assert_eq!(join["options"][0]["value"].as_str(), Some(voice.as_str()));
    let resolved = &interaction["data"]["resolved"];
    assert!(resolved["channels"][&voice]["permissions"].is_string());
    assert!(resolved["users"][&caller]["username"].is_string());
    assert!(resolved["members"][&caller]["roles"].is_array());

    let (status, body) = asked;
    assert_eq!(status, 200, "{body}");
    assert!(body["acknowledged_ms"].is_u64());
    let message = &body["messages"][0];
    assert_eq!(
        (message["flags"].as_u64(), message["ephemeral_to"].as_str()),
        (Some(64), Some(caller.as_str()))
    );
    assert_eq!(
        message["interaction_metadata"]["user"]["id"].as_str(),
        Some(caller.as_str())
    );
    // Nobody else sees it.
    let channel = bench.channel("general").await;
    assert_eq!(
        bench.get(&format!("/channels/{channel}/messages")).await,
        json!([])
    );
}

#[tokio::test]
async fn buttons_selects_and_modals_come_back() {
    let (bench, mut socket) = Bench::with_command("menu").await;
    let components = json!([
        {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]},
        {"type": 1, "components": [{"type": 3, "custom_id": "pick", "options": [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]}]},
    ]);
    let shown = json!({"type": 4, "data": {"content": "menu", "components": components}});
    let (asked, _) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "menu"})),
        answer(&bench, &mut socket, shown),
    );
    let message = asked.1["messages"][0]["id"].clone();

    let press = json!({"message": message, "custom_id": "go"});
    let update = json!({"type": 7, "data": {"content": "pressed"}});
    let (asked, interaction) = tokio::join!(
        bench.control(Method::POST, "/components", press),
        answer(&bench, &mut socket, update)
    );
    assert_eq!(asked.1["messages"][0]["content"], "pressed");
    assert_eq!(
        (
            interaction["type"].as_u64(),
            interaction["message"]["id"].as_str()
        ),
        (Some(3), message.as_str())
    );

    let wrong = json!({"message": message, "custom_id": "pick", "values": ["z"]});
    assert_eq!(
        bench.control(Method::POST, "/components", wrong).await.0,
        400
    );
    let choose = json!({"message": message, "custom_id": "pick", "values": ["b"]});
    let modal = json!({"type": 9, "data": {"custom_id": "m", "title": "T", "components": [
        {"type": 1, "components": [{"type": 4, "custom_id": "why", "label": "Why", "style": 1}]},
    ]}});
    let (asked, interaction) = tokio::join!(
        bench.control(Method::POST, "/components", choose),
        answer(&bench, &mut socket, modal)
    );
    assert_eq!(interaction["data"]["values"], json!(["b"]));
    assert_eq!(asked.1["modal"]["custom_id"], "m");

    let submit = json!({"interaction": asked.1["interaction"], "fields": {"why": "because"}});
    let (asked, interaction) = tokio::join!(
        bench.control(Method::POST, "/modals", submit),
        answer(
            &bench,
            &mut socket,
            json!({"type": 4, "data": {"content": "thanks"}})
        ),
    );
    assert_eq!(
        interaction["data"]["components"][0]["components"][0]["value"],
        "because"
    );
    assert_eq!(asked.1["messages"][0]["content"], "thanks");
}

#[tokio::test]
async fn autocomplete_gives_choices() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "find", "description": "d", "options": [
            {"type": 3, "name": "q", "description": "d", "autocomplete": true, "required": true},
        ]}]))
        .await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let request = json!({"command": "find", "options": {"q": "ab"}, "focused": "q"});
    let choices = json!([{"name": "abc", "value": "abc"}]);
    let (asked, interaction) = tokio::join!(
        bench.control(Method::POST, "/autocomplete", request),
        answer(
            &bench,
            &mut socket,
            json!({"type": 8, "data": {"choices": choices}})
        ),
    );
    assert_eq!(interaction["data"]["options"][0]["focused"], true);
    assert_eq!(asked.1["choices"], choices);
}

#[tokio::test]
async fn what_discords_client_refuses_never_reaches_the_bot() {
    let bench = Bench::start().await;
    bench
        .register(json!([
            {"name": "admin", "description": "d", "default_member_permissions": 32},
            {"name": "nobody", "description": "d", "default_member_permissions": 0},
            {"name": "opts", "description": "d", "options": [
                {"type": 4, "name": "n", "description": "d", "required": true, "min_value": 1, "max_value": 5.0},
                {"type": 3, "name": "s", "description": "d", "choices": [{"name": "A", "value": "a"}]},
                {"type": 7, "name": "c", "description": "d", "channel_types": [0]},
                {"type": 5, "name": "b", "description": "d"},
                {"type": 6, "name": "u", "description": "d"},
            ]},
            {"name": "sub", "description": "d", "options": [{"type": 1, "name": "one", "description": "d"}]},
        ]))
        .await;
    let world = bench.world().await;
    let plain = world["guilds"][0]["members"][1]["id"].clone();
    let voice = bench.channel("Listening Room").await;
    let staff = bench.channel("staff").await;
    let table = [
        (json!({"command": "unknown"}), 400),
        (json!({"command": ""}), 400),
        (json!({}), 400),
        (json!({"command": "opts"}), 400),
        (json!({"command": "opts", "options": {"n": 6}}), 400),
        (json!({"command": "opts", "options": {"n": "3"}}), 400),
        (
            json!({"command": "opts", "options": {"n": 3, "s": "b"}}),
            400,
        ),
        (json!({"command": "opts", "options": {"n": 3, "x": 1}}), 400),
        (
            json!({"command": "opts", "options": {"n": 3, "c": voice}}),
            400,
        ),
        (
            json!({"command": "opts", "options": {"n": 3, "b": "yes"}}),
            400,
        ),
        (
            json!({"command": "opts", "options": {"n": 3, "u": "12"}}),
            400,
        ),
        (json!({"command": "sub"}), 400),
        (json!({"command": "sub two"}), 400),
        (json!({"command": "admin", "user": plain}), 403),
        (json!({"command": "nobody", "user": plain}), 403),
        (
            json!({"command": "admin", "user": plain, "channel": staff}),
            403,
        ),
        (json!({"command": "admin", "user": "12"}), 403),
        (json!({"command": "admin", "guild": "12"}), 404),
        (json!({"command": "admin", "channel": "12"}), 404),
        (json!({"command": "admin", "surprise": 1}), 400),
    ];
    for (request, status) in table {
        let (got, body) = bench
            .control(Method::POST, "/interactions", request.clone())
            .await;
        assert_eq!(got, status, "{request}: {body}");
        assert!(body["error"].is_string());
    }
}
