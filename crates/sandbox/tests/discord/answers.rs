//! Wrong answers to interactions, and who is mentioned when nothing is said about it.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Bench, Socket};
use crate::wrong::long;

const GUILDS: u64 = 1;

/// The `_errors` at a path of the answer: its first code.
pub(crate) fn code_at<'a>(answer: &'a Value, at: &str) -> &'a Value {
    let node = at
        .split('/')
        .filter(|part| !part.is_empty())
        .fold(&answer["errors"], |node, part| &node[part]);
    &node["_errors"][0]["code"]
}

pub(crate) fn callback(interaction: &Value) -> String {
    let (id, token) = (&interaction["id"], &interaction["token"]);
    let (id, token) = (id.as_str().unwrap(), token.as_str().unwrap());
    format!("/interactions/{id}/{token}/callback")
}

/// Sends every wrong answer, then the right one.
async fn answer_wrongly(
    bench: &Bench,
    socket: &mut Socket,
    wrong: &[(Value, &str)],
    right: &Value,
) -> Value {
    let interaction = socket.event("INTERACTION_CREATE").await;
    let path = callback(&interaction);
    for (body, problem) in wrong {
        let (status, answer) = bench.send(Method::POST, &path, Some(body)).await;
        assert_eq!(status, 400, "{body}: {answer}");
        match problem.split_once(' ') {
            Some((at, code)) => assert_eq!(code_at(&answer, at), code, "{body}: {answer}"),
            None => assert_eq!(answer["code"].to_string(), *problem, "{body}"),
        }
    }
    let (status, answer) = bench.send(Method::POST, &path, Some(right)).await;
    assert_eq!(status, 204, "{answer}");
    interaction
}

#[tokio::test]
async fn a_command_is_answered_with_a_message_a_deferral_or_a_modal() {
    let (bench, mut socket) = Bench::with_command("x").await;
    let said = |data: Value| json!({"type": 4, "data": data});
    let modal = |data: Value| json!({"type": 9, "data": data});
    let wrong = [
        (json!({}), "type BASE_TYPE_REQUIRED"),
        (json!({"type": "four"}), "type NUMBER_TYPE_COERCE"),
        (json!({"type": 1}), "type BASE_TYPE_CHOICES"),
        (json!({"type": 2}), "type BASE_TYPE_CHOICES"),
        (json!({"type": 6}), "type BASE_TYPE_CHOICES"),
        (
            json!({"type": 7, "data": {"content": "x"}}),
            "type BASE_TYPE_CHOICES",
        ),
        (
            json!({"type": 8, "data": {"choices": []}}),
            "type BASE_TYPE_CHOICES",
        ),
        (json!({"type": 4}), "data BASE_TYPE_REQUIRED"),
        (said(json!(5)), "data MODEL_TYPE_CONVERT"),
        (said(json!({})), "50006"),
        (said(json!({"content": ""})), "50006"),
        (
            said(json!({"content": long(2001)})),
            "data/content BASE_TYPE_MAX_LENGTH",
        ),
        (
            said(json!({"embeds": [{"title": long(257)}]})),
            "data/embeds/0/title BASE_TYPE_MAX_LENGTH",
        ),
        (
            said(json!({"embeds": [{"description": long(4000)}, {"description": long(2001)}]})),
            "data/embeds MAX_EMBED_SIZE_EXCEEDED",
        ),
        (
            said(
                json!({"content": "x", "components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "l"}]}]}),
            ),
            "data/components/0/components/0/custom_id BUTTON_COMPONENT_CUSTOM_ID_REQUIRED",
        ),
        (
            modal(json!({"title": "T", "components": []})),
            "data/custom_id BASE_TYPE_REQUIRED",
        ),
        (
            modal(json!({"custom_id": "c", "title": long(46), "components": []})),
            "data/title BASE_TYPE_BAD_LENGTH",
        ),
        (
            modal(json!({"custom_id": "c", "title": "T", "components": []})),
            "data/components BASE_TYPE_BAD_LENGTH",
        ),
    ];
    let right = said(json!({"content": "x"}));
    let (asked, interaction) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "x"})),
        answer_wrongly(&bench, &mut socket, &wrong, &right),
    );
    assert_eq!(asked.0, 200);
    // Every kind of second answer is refused, and so is a wrong token.
    let path = callback(&interaction);
    for body in [right.clone(), json!({"type": 5})] {
        let (status, answer) = bench.send(Method::POST, &path, Some(&body)).await;
        assert_eq!((status.as_u16(), &answer["code"]), (400, &json!(40060)));
    }
    let id = interaction["id"].as_str().unwrap();
    let (status, answer) = bench
        .send(
            Method::POST,
            &format!("/interactions/{id}/wrong/callback"),
            Some(&right),
        )
        .await;
    assert_eq!((status.as_u16(), &answer["code"]), (404, &json!(10062)));
    // Follow-ups keep the rules too.
    let token = interaction["token"].as_str().unwrap();
    let hook = format!("/webhooks/{}/{token}", bench.app);
    for (body, status, code) in [
        (json!({}), 400, 50006),
        (json!({"content": long(2001)}), 400, 50035),
        (json!({"embeds": [{}]}), 400, 50035),
    ] {
        let (got, answer) = bench.send(Method::POST, &hook, Some(&body)).await;
        assert_eq!(
            (got.as_u16(), &answer["code"]),
            (status, &json!(code)),
            "{body}"
        );
    }
    let original = format!("{hook}/messages/@original");
    let (status, answer) = bench
        .send(Method::PATCH, &original, Some(&json!({"content": ""})))
        .await;
    assert_eq!((status.as_u16(), &answer["code"]), (400, &json!(50006)));
    assert_eq!(bench.send(Method::DELETE, &original, None).await.0, 204);
    let (status, answer) = bench.send(Method::GET, &original, None).await;
    assert_eq!((status.as_u16(), &answer["code"]), (404, &json!(10008)));
    let (status, answer) = bench
        .send(Method::GET, &format!("{hook}/messages/12"), None)
        .await;
    assert_eq!((status.as_u16(), &answer["code"]), (404, &json!(10008)));
}

#[tokio::test]
async fn completions_are_up_to_25_choices() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "find", "description": "d", "options": [
            {"type": 3, "name": "q", "description": "d", "autocomplete": true, "required": true},
        ]}]))
        .await;
    let (mut socket, _) = bench.login(GUILDS).await;
    let choices = |choices: Value| json!({"type": 8, "data": {"choices": choices}});
    let many: Vec<Value> = (0..26)
        .map(|n| json!({"name": n.to_string(), "value": n.to_string()}))
        .collect();
    let wrong = [
        (choices(json!(many)), "data/choices BASE_TYPE_MAX_LENGTH"),
        (
            choices(json!([{"name": long(101), "value": "v"}])),
            "data/choices/0/name BASE_TYPE_BAD_LENGTH",
        ),
        (
            choices(json!([{"name": "", "value": "v"}])),
            "data/choices/0/name BASE_TYPE_REQUIRED",
        ),
        (
            choices(json!([{"name": "n"}])),
            "data/choices/0/value BASE_TYPE_REQUIRED",
        ),
        (
            choices(json!([{"name": "n", "value": long(101)}])),
            "data/choices/0/value BASE_TYPE_MAX_LENGTH",
        ),
        (
            choices(json!([{"name": "n", "value": []}])),
            "data/choices/0/value STRING_TYPE_CONVERT",
        ),
        (
            json!({"type": 8, "data": {}}),
            "data/choices BASE_TYPE_REQUIRED",
        ),
        (
            json!({"type": 4, "data": {"content": "x"}}),
            "type BASE_TYPE_CHOICES",
        ),
        (json!({"type": 5}), "type BASE_TYPE_CHOICES"),
    ];
    let request = json!({"command": "find", "options": {"q": "ab"}, "focused": "q"});
    let right = choices(json!(many[..25]));
    let (asked, _) = tokio::join!(
        bench.control(Method::POST, "/autocomplete", request),
        answer_wrongly(&bench, &mut socket, &wrong, &right),
    );
    assert_eq!(asked.1["choices"].as_array().map(Vec::len), Some(25));
}

#[tokio::test]
async fn an_answer_mentions_users_only_unless_it_says_otherwise() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "x", "description": "x"}]))
        .await;
    let guild = bench.guild().await;
    let owner = bench.world().await["guilds"][0]["members"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    // The bot may mention everyone and every role.
    let roles = bench.get(&format!("/guilds/{guild}/roles")).await;
    let own = roles
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["tags"]["bot_id"].as_str() == Some(&bench.app))
        .unwrap();
    let bits: u64 = own["permissions"].as_str().unwrap().parse().unwrap();
    let role = own["id"].as_str().unwrap();
    bench
        .control(
            Method::PATCH,
            &format!("/guilds/{guild}/roles/{role}"),
            json!({"permissions": (bits | 1 << 17).to_string()}),
        )
        .await;
    let content = format!("@everyone <@&{role}> <@{owner}>");
    let path = format!("/channels/{}/messages", bench.channel("general").await);
    let plain = bench.post(&path, json!({"content": content})).await;
    assert_eq!(
        (&plain["mention_everyone"], &plain["mention_roles"]),
        (&json!(true), &json!([role]))
    );
    let (mut socket, _) = bench.login(GUILDS).await;
    let said = json!({"type": 4, "data": {"content": content}});
    let (asked, interaction) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "x"})),
        answer_wrongly(&bench, &mut socket, &[], &said),
    );
    let quiet = &asked.1["messages"][0];
    assert_eq!(
        (&quiet["mention_everyone"], &quiet["mention_roles"]),
        (&json!(false), &json!([]))
    );
    assert_eq!(quiet["mentions"][0]["id"].as_str(), Some(owner.as_str()));
    let token = interaction["token"].as_str().unwrap();
    let loud = bench
        .post(
            &format!("/webhooks/{}/{token}", bench.app),
            json!({"content": content, "allowed_mentions": {"parse": ["everyone", "roles"]}}),
        )
        .await;
    assert_eq!(
        (&loud["mention_everyone"], &loud["mention_roles"]),
        (&json!(true), &json!([role]))
    );
}
