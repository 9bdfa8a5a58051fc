//! Simulated people and what they see of a bot.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Bench, Socket};

const GUILDS: u64 = 1;

/// Answers the next interaction with this callback.
async fn answer(bench: &Bench, socket: &mut Socket, callback: Value) -> Value {
    let interaction = socket.event("INTERACTION_CREATE").await;
    let path = format!(
        "/interactions/{}/{}/callback",
        interaction["id"].as_str().unwrap(),
        interaction["token"].as_str().unwrap()
    );
    let (status, body) = bench.send(Method::POST, &path, Some(&callback)).await;
    assert_eq!(status, 204, "{body}");
    interaction
}

fn webhook(interaction: &Value) -> String {
    format!(
        "/webhooks/{}/{}",
        interaction["application_id"].as_str().unwrap(),
        interaction["token"].as_str().unwrap()
    )
}

#[tokio::test]
async fn the_world_lists_the_owner_first_and_no_bots() {
    let bench = Bench::start().await;
    let world = bench.world().await;
    assert_eq!(world["guilds"].as_array().unwrap().len(), 3);
    for guild in world["guilds"].as_array().unwrap() {
        let facts = bench
            .get(&format!("/guilds/{}", guild["id"].as_str().unwrap()))
            .await;
        assert_eq!(guild["members"][0]["id"], facts["owner_id"]);
        let members = guild["members"].as_array().unwrap();
        assert!(
            members
                .iter()
                .all(|member| member["id"].as_str() != Some(&bench.app))
        );
    }
}

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
async fn a_deferred_answer_is_waited_for() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "slow", "description": "d"}]))
        .await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let (asked, ()) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "slow"})),
        async {
            let interaction = answer(&bench, &mut socket, json!({"type": 5})).await;
            let original = format!("{}/messages/%40original", webhook(&interaction));
            let loading = bench.get(&original).await;
            assert_eq!(loading["flags"], 128);
            let (status, edited) = bench
                .send(
                    Method::PATCH,
                    &original,
                    Some(&json!({"content": "at last"})),
                )
                .await;
            assert_eq!(
                (status.as_u16(), edited["content"].as_str()),
                (200, Some("at last"))
            );
            assert_eq!(edited["flags"], 0);
            let again = bench
                .post(&webhook(&interaction), json!({"content": "and more"}))
                .await;
            assert_ne!(again["id"], edited["id"]);
        }
    );
    let (status, body) = asked;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        (body["messages"][0]["content"].as_str(), &body["deferred"]),
        (Some("at last"), &json!(false))
    );
}

#[tokio::test]
async fn the_first_follow_up_takes_the_place_of_a_deferral() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "slow", "description": "d"}]))
        .await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let (asked, ()) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "slow"})),
        async {
            let interaction = answer(
                &bench,
                &mut socket,
                json!({"type": 5, "data": {"flags": 64}}),
            )
            .await;
            let hook = webhook(&interaction);
            let first = bench.post(&hook, json!({"content": "one"})).await;
            assert_eq!(
                bench.get(&format!("{hook}/messages/@original")).await["id"],
                first["id"]
            );
        }
    );
    assert_eq!(asked.1["messages"].as_array().unwrap().len(), 1);
    assert_eq!(asked.1["messages"][0]["flags"], 64);
}

#[tokio::test]
async fn silence_is_504_after_three_seconds_and_a_late_answer_10062() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "never", "description": "d"}]))
        .await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let (status, body) = bench
        .control(Method::POST, "/interactions", json!({"command": "never"}))
        .await;
    assert_eq!(status, 504, "{body}");
    let interaction = socket.event("INTERACTION_CREATE").await;
    let path = format!(
        "/interactions/{}/{}/callback",
        interaction["id"].as_str().unwrap(),
        interaction["token"].as_str().unwrap()
    );
    let (status, body) = bench
        .send(Method::POST, &path, Some(&json!({"type": 5})))
        .await;
    assert_eq!((status.as_u16(), &body["code"]), (404, &json!(10062)));
}

#[tokio::test]
async fn an_interaction_is_acknowledged_once() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "twice", "description": "d"}]))
        .await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let ((status, _), ()) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "twice"})),
        async {
            let interaction = socket.event("INTERACTION_CREATE").await;
            let (id, token) = (
                interaction["id"].as_str().unwrap(),
                interaction["token"].as_str().unwrap(),
            );
            let hook = webhook(&interaction);
            // Before the callback there is no webhook.
            let (status, body) = bench
                .send(Method::POST, &hook, Some(&json!({"content": "x"})))
                .await;
            assert_eq!((status.as_u16(), &body["code"]), (404, &json!(10015)));
            let path = format!("/interactions/{id}/{token}/callback?with_response=true");
            let said = json!({"type": 4, "data": {"content": "x"}});
            let (status, body) = bench.send(Method::POST, &path, Some(&said)).await;
            assert_eq!(status, 200);
            assert_eq!(body["resource"]["message"]["content"], "x");
            assert_eq!(body["interaction"]["id"].as_str(), Some(id));
            let (status, body) = bench.send(Method::POST, &path, Some(&said)).await;
            assert_eq!((status.as_u16(), &body["code"]), (400, &json!(40060)));
        }
    );
    assert_eq!(status, 200);
}

#[tokio::test]
async fn buttons_selects_and_modals_come_back() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "menu", "description": "d"}]))
        .await;
    let (mut socket, _) = bench.login(GUILDS).await;
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

#[tokio::test]
async fn people_talk_and_are_moved() {
    let bench = Bench::start().await;
    let (mut socket, _) = bench.login(GUILDS | 1 << 7).await;
    let world = bench.world().await;
    let user = world["guilds"][0]["members"][4]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let room = bench.channel("Listening Room").await;
    let path = format!("/users/{user}/voice");
    assert_eq!(
        bench
            .control(Method::POST, &path, json!({"channel": room}))
            .await
            .0,
        200
    );
    let state = socket.event("VOICE_STATE_UPDATE").await;
    assert_eq!(
        (state["user_id"].as_str(), state["channel_id"].as_str()),
        (Some(user.as_str()), Some(room.as_str()))
    );
    assert!(state["member"]["user"]["username"].is_string());
    let full = bench.channel("Tea for Two").await;
    assert_eq!(
        bench
            .control(Method::POST, &path, json!({"channel": full}))
            .await
            .0,
        409
    );
    assert_eq!(
        bench
            .control(Method::POST, &path, json!({"channel": null}))
            .await
            .0,
        200
    );
    assert!(socket.event("VOICE_STATE_UPDATE").await["channel_id"].is_null());
    assert_eq!(
        bench
            .control(Method::POST, "/users/12/voice", json!({"channel": room}))
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn another_bot_is_a_member_of_every_guild() {
    let bench = Bench::start().await;
    let (_, token) = bench.another().await;
    let (status, guilds) = bench
        .send_as(&token, Method::GET, "/users/@me/guilds", None)
        .await;
    assert_eq!(
        (status.as_u16(), guilds.as_array().unwrap().len()),
        (200, 3)
    );
}

#[tokio::test]
async fn events_are_streamed() {
    use futures_util::StreamExt;
    let bench = Bench::start().await;
    let response = reqwest::get(format!("{}/control/events", bench.base))
        .await
        .unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.bytes_stream();
    let mut text = String::new();
    let channel = bench.channel("general").await;
    bench
        .post(
            &format!("/channels/{channel}/messages"),
            json!({"content": "seen"}),
        )
        .await;
    while !text.contains("event: message_create") || !text.ends_with("\n\n") {
        let chunk = tokio::time::timeout(std::time::Duration::from_secs(30), stream.next())
            .await
            .unwrap();
        text.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
    }
    assert!(text.contains("\"content\":\"seen\""), "{text}");
}

#[tokio::test]
async fn a_token_is_good_for_fifteen_minutes() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "slow", "description": "d"}]))
        .await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let (_, interaction) = tokio::join!(
        bench.control(
            Method::POST,
            "/interactions",
            json!({"command": "slow", "wait_ms": 0})
        ),
        async {
            let interaction = socket.event("INTERACTION_CREATE").await;
            // A follow-up before any answer.
            let body = json!({"content": "x"});
            let (status, error) = bench
                .send(Method::POST, &webhook(&interaction), Some(&body))
                .await;
            assert_eq!((status.as_u16(), &error["code"]), (404, &json!(10015)));
            let (id, token) = (&interaction["id"], &interaction["token"]);
            let path = format!(
                "/interactions/{}/{}/callback",
                id.as_str().unwrap(),
                token.as_str().unwrap()
            );
            bench.post(&path, json!({"type": 5})).await;
            interaction
        }
    );
    let hook = webhook(&interaction);
    let original = format!("{hook}/messages/@original");
    let advance = async |ms: u64| {
        let body = json!({"advance_ms": ms});
        let (status, answer) = bench.control(Method::POST, "/clock", body).await;
        assert_eq!(status, 200, "{answer}");
    };
    let body = json!({"content": "just in time"});
    advance(14 * 60_000).await;
    let (status, _) = bench.politely(Method::PATCH, &original, Some(&body)).await;
    assert_eq!(status, 200);
    advance(60_000).await;
    for (method, path) in [
        (Method::PATCH, &original),
        (Method::POST, &hook),
        (Method::GET, &original),
        (Method::DELETE, &original),
    ] {
        let sent = Some(&body).filter(|_| method != Method::GET && method != Method::DELETE);
        let (status, error) = bench.politely(method.clone(), path, sent).await;
        assert_eq!(
            (status.as_u16(), &error["code"]),
            (401, &json!(50027)),
            "{method} {error}"
        );
    }
    // Who has not answered by then never will; the message itself stays, and is the bot's.
    let id = interaction["channel_id"].as_str().unwrap();
    let messages = bench.get(&format!("/channels/{id}/messages")).await;
    let own = format!(
        "/channels/{id}/messages/{}",
        messages[0]["id"].as_str().unwrap()
    );
    let (status, _) = bench.politely(Method::PATCH, &own, Some(&body)).await;
    assert_eq!(status, 200);
}
