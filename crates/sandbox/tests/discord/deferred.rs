//! Answers that come later: deferrals, follow-ups, and how long they are possible.

use reqwest::Method;
use serde_json::json;

use crate::client::{Bench, answer, webhook};

#[tokio::test]
async fn a_deferred_answer_is_waited_for() {
    let (bench, mut socket) = Bench::with_command("slow").await;
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
    let (bench, mut socket) = Bench::with_command("slow").await;
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
    let (bench, mut socket) = Bench::with_command("never").await;
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
    let (bench, mut socket) = Bench::with_command("twice").await;
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
async fn a_token_is_good_for_fifteen_minutes() {
    let (bench, mut socket) = Bench::with_command("slow").await;
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
