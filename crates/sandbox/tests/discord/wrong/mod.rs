//! Wrong requests, each with the status, the code and the field that Discord answers with.
//!
//! | module | subject |
//! | --- | --- |
//! | `access` | who may reach what; routes, ids and pages |
//! | `messages` | messages and embeds |
//! | `components` | buttons, selects and the new layout |
//! | `commands` | application commands |
//! | `places` | channels, webhooks, stages, voice states |

mod access;
mod commands;
mod components;
mod messages;
mod places;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::Bench;

/// A request, the status and code it earns, and for 50035 the field and its code.
pub(crate) type Case = (Method, &'static str, Value, u16, u32, &'static str);

/// `METHOD "path" (body) => status code "field CODE";`
macro_rules! wrong {
    ($($method:ident $path:literal $body:tt => $status:literal $code:literal $field:literal;)*) => {
        {
            let cases: Vec<$crate::wrong::Case> =
                vec![$((reqwest::Method::$method, $path, serde_json::json!($body), $status, $code, $field)),*];
            cases
        }
    };
}

/// One request with many bodies, all 50035: `METHOD "path"; body => "field CODE";`
macro_rules! malformed {
    ($method:ident $path:literal; $($body:tt => $field:literal;)*) => {
        $crate::wrong::wrong! {$($method $path $body => 400 50035 $field;)*}
    };
}

pub(crate) use {malformed, wrong};

pub(crate) fn long(length: usize) -> String {
    "x".repeat(length)
}

/// `base` with some of its fields replaced.
pub(crate) fn with(mut base: Value, changes: Value) -> Value {
    if let Value::Object(changes) = changes {
        for (name, value) in changes {
            base[name] = value;
        }
    }
    base
}

pub(crate) fn row(component: &Value) -> Value {
    json!({"content": "x", "components": [{"type": 1, "components": [component]}]})
}

pub(crate) fn button(changes: Value) -> Value {
    let button = json!({"type": 2, "style": 1, "label": "L", "custom_id": "c"});
    row(&with(button, changes))
}

pub(crate) fn select(changes: Value) -> Value {
    let options = json!([{"label": "A", "value": "a"}]);
    let select = json!({"type": 3, "custom_id": "c", "options": options});
    row(&with(select, changes))
}

pub(crate) fn command(changes: Value) -> Value {
    with(json!({"name": "good", "description": "good"}), changes)
}

pub(crate) fn option(changes: Value) -> Value {
    let option = with(json!({"type": 3, "name": "o", "description": "d"}), changes);
    command(json!({"options": [option]}))
}

/// Sends each request, as a bot of its own with fresh buckets, and compares the answer.
pub(crate) async fn refuse(cases: Vec<Case>) {
    let bench = Bench::start().await;
    let world = bench.world().await;
    let general = bench.channel("general").await;
    let owner = world["guilds"][0]["members"][0]["id"].clone();
    let (_, theirs) = bench
        .control(
            Method::POST,
            &format!("/channels/{general}/messages"),
            json!({"user": owner, "content": "mine"}),
        )
        .await;
    let mut names = vec![
        (
            "{guild}",
            world["guilds"][0]["id"].as_str().unwrap().to_owned(),
        ),
        (
            "{stranger}",
            world["guilds"][2]["members"][0]["id"]
                .as_str()
                .unwrap()
                .to_owned(),
        ),
        ("{theirs}", theirs["id"].as_str().unwrap().to_owned()),
        ("{stage2}", "12".to_owned()),
        ("{general}", general),
    ];
    for (placeholder, name) in [
        ("{staff}", "staff"),
        ("{voice}", "Listening Room"),
        ("{readonly}", "read-only"),
        ("{noembeds}", "no-embeds"),
        ("{category}", "Lobby"),
        ("{news}", "news"),
        ("{office}", "Office (no bots)"),
        ("{thread}", "favourite openings"),
        ("{stage}", "Main Stage"),
    ] {
        names.push((placeholder, bench.channel(name).await));
    }
    let mut problems = Vec::new();
    for (method, path, body, status, code, field) in cases {
        let (app, token) = bench.another().await;
        let fill = |text: &str| {
            let filled = names.iter().fold(text.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            });
            filled.replace("{app}", &app)
        };
        let body: Value = serde_json::from_str(&fill(&body.to_string())).unwrap();
        let sent = Some(&body).filter(|body| !body.is_null());
        let (got, answer) = bench
            .send_as(&token, method.clone(), &fill(path), sent)
            .await;
        let mut fine =
            got.as_u16() == status && answer["code"] == code && answer["message"].is_string();
        if let Some((at, expected)) = field.split_once(' ') {
            let node = at
                .split('/')
                .filter(|part| !part.is_empty())
                .fold(&answer["errors"], |node, part| &node[part]);
            fine &= node["_errors"][0]["code"] == expected;
        }
        if !fine {
            problems.push(format!(
                "{method} {path} {body}: expected {status} {code} {field}, got {got} {answer}"
            ));
        }
    }
    assert!(
        problems.is_empty(),
        "{} wrong:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

#[tokio::test]
async fn bodies_and_tokens_are_looked_at() {
    let bench = Bench::start().await;
    let http = reqwest::Client::new();
    let url = format!(
        "{}/api/v10/channels/{}/messages",
        bench.base,
        bench.channel("general").await
    );
    let post = |token: String, kind: &'static str, body: &'static str| {
        let request = http
            .post(&url)
            .header("authorization", token)
            .header("content-type", kind)
            .body(body);
        async move {
            let response = request.send().await.unwrap();
            (
                response.status().as_u16(),
                response.json::<Value>().await.unwrap(),
            )
        }
    };
    let token = format!("Bot {}", bench.token);
    let (status, body) = post(token.clone(), "application/json", "{\"content\":").await;
    assert_eq!((status, &body["code"]), (400, &json!(50109)));
    let (status, body) = post(token.clone(), "text/plain", "{\"content\":\"x\"}").await;
    assert_eq!(
        (status, &body["errors"]["_errors"][0]["code"]),
        (400, &json!("CONTENT_TYPE_INVALID"))
    );
    for wrong in ["Bot nonsense", "nonsense", &bench.token, "Bearer x"] {
        let (status, body) = post(wrong.to_owned(), "application/json", "{}").await;
        assert_eq!((status, &body["code"]), (401, &json!(0)), "{wrong}");
    }
}
