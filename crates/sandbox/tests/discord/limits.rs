//! Rate limits as clients meet them: headers, scopes, webhooks, the counters.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::client::Bench;

async fn raw(
    bench: &Bench,
    token: Option<&str>,
    method: Method,
    path: &str,
    body: &Value,
) -> Response {
    let url = format!("{}/api/v10{path}", bench.base);
    let mut request = reqwest::Client::new().request(method, url).json(body);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bot {token}"));
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_429_says_what_was_too_much_and_when_to_come_back() {
    let bench = Bench::start().await;
    let path = format!("/channels/{}/messages", bench.channel("general").await);
    let say = json!({"content": "x"});
    let send = || raw(&bench, Some(&bench.token), Method::POST, &path, &say);
    let first = send().await;
    assert_eq!(first.headers()["x-ratelimit-limit"], "5");
    assert_eq!(first.headers()["x-ratelimit-remaining"], "4");
    let bucket = first.headers()["x-ratelimit-bucket"].clone();
    for _ in 0..4 {
        assert_eq!(send().await.status(), 200);
    }
    let limited = send().await;
    assert_eq!(limited.status(), 429);
    let headers = limited.headers().clone();
    assert_eq!(headers["x-ratelimit-scope"], "user");
    assert_eq!(headers["x-ratelimit-remaining"], "0");
    assert_eq!(headers["via"], "1.1 google");
    assert_eq!(headers["x-ratelimit-bucket"], bucket);
    assert!(!headers.contains_key("x-ratelimit-global"));
    let seconds: f64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
    let body: Value = limited.json().await.unwrap();
    let exact = body["retry_after"].as_f64().unwrap();
    assert!(
        exact > 0.0 && exact <= seconds && seconds <= 6.0,
        "{exact} {seconds}"
    );
    assert_eq!(body["global"], false);
    assert!(body["message"].is_string() && body["code"] == 0);
}

#[tokio::test]
async fn fifty_a_second_are_the_bots_global_limit() {
    let bench = Bench::start().await;
    // Requests of one second: an id each, so that no bucket is full before the global one.
    let http = reqwest::Client::new();
    let url = format!("{}/api/v10/users/@me", bench.base);
    let (_, token) = bench.another().await;
    let ask = || async {
        let request = http
            .get(&url)
            .header("authorization", format!("Bot {token}"));
        request.send().await.unwrap()
    };
    // On a slow machine not every round has fifty within a second.
    for _ in 0..10 {
        let answers = futures_util::future::join_all((0..400).map(|_| ask())).await;
        let scope = |answer: &Response| answer.headers().get("x-ratelimit-scope").cloned();
        let Some(global) = answers
            .into_iter()
            .find(|answer| scope(answer).is_some_and(|scope| scope == "global"))
        else {
            continue;
        };
        assert_eq!(global.status(), 429);
        assert_eq!(global.headers()["x-ratelimit-global"], "true");
        assert!(global.headers().contains_key("retry-after"));
        let body: Value = global.json().await.unwrap();
        assert_eq!(body["global"], true);
        assert_eq!(body["message"], "You are being rate limited.");
        return;
    }
    panic!("no global 429");
}

#[tokio::test]
async fn two_hundred_commands_are_made_new_in_a_day() {
    let bench = Bench::start().await;
    let path = format!("/applications/{}/commands", bench.app);
    let command = |name: String| json!({"name": name, "description": "d"});
    for set in ["a", "b"] {
        let all: Vec<Value> = (0..100).map(|n| command(format!("{set}{n}"))).collect();
        bench.register(json!(all)).await;
    }
    let make = async |name: &str| {
        let body = command(name.to_owned());
        let (status, answer) = bench.politely(Method::POST, &path, Some(&body)).await;
        (status.as_u16(), answer["code"].clone())
    };
    let gone = format!(
        "{path}/{}",
        bench.get(&path).await[0]["id"].as_str().unwrap()
    );
    let (status, _) = bench.send(Method::DELETE, &gone, None).await;
    assert_eq!(status, 204);
    assert_eq!(make("c").await, (400, json!(30034)));
    let (status, answer) = bench
        .politely(Method::PUT, &path, Some(&json!([command("c".to_owned())])))
        .await;
    assert_eq!((status.as_u16(), &answer["code"]), (400, &json!(30034)));
    // What is there is changed as often as one likes, and each guild counts for itself.
    assert_eq!(make("b99").await.0, 200);
    let guild = bench.guild().await;
    let there = format!("/applications/{}/guilds/{guild}/commands", bench.app);
    bench.post(&there, command("c".to_owned())).await;
    let day = json!({"advance_ms": 24 * 60 * 60 * 1_000});
    bench.control(Method::POST, "/clock", day).await;
    assert_eq!(make("c").await.0, 201);
}

#[tokio::test]
async fn each_webhook_has_a_limit_of_its_own_whoever_asks() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    let roles = bench.get(&format!("/guilds/{guild}/roles")).await;
    let mut roles = roles.as_array().unwrap().iter();
    let role = roles
        .find(|role| role["tags"]["bot_id"].as_str() == Some(&bench.app))
        .unwrap();
    let bits: u64 = role["permissions"].as_str().unwrap().parse().unwrap();
    bench
        .control(
            Method::PATCH,
            &format!("/guilds/{guild}/roles/{}", role["id"].as_str().unwrap()),
            json!({"permissions": (bits | 1 << 29).to_string()}),
        )
        .await;
    let make = format!("/channels/{}/webhooks", bench.channel("general").await);
    let mut hooks = Vec::new();
    for name in ["one", "two"] {
        let hook = bench.post(&make, json!({"name": name})).await;
        hooks.push(format!(
            "/webhooks/{}/{}",
            hook["id"].as_str().unwrap(),
            hook["token"].as_str().unwrap()
        ));
    }
    let say = json!({"content": "x"});
    for turn in 0..5 {
        // With a token or without: the webhook is what counts.
        let token = (turn % 2 == 0).then_some(bench.token.as_str());
        let sent = raw(&bench, token, Method::POST, &hooks[0], &say).await;
        assert_eq!(sent.status(), 204);
    }
    let limited = raw(&bench, None, Method::POST, &hooks[0], &say).await;
    assert_eq!(limited.status(), 429);
    assert_eq!(
        raw(&bench, None, Method::POST, &hooks[1], &say)
            .await
            .status(),
        204
    );
    // A wrong token, and a message that the webhook has not written.
    let wrong = format!("{}x", hooks[1]);
    let answer = raw(&bench, None, Method::POST, &wrong, &say).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], 50027);
    let foreign = format!("{}/messages/12", hooks[1]);
    let answer = raw(&bench, None, Method::GET, &foreign, &json!({})).await;
    assert_eq!(answer.json::<Value>().await.unwrap()["code"], 10008);
}

#[tokio::test]
async fn invalid_requests_are_counted() {
    let bench = Bench::start().await;
    let staff = bench.channel("staff").await;
    let before = bench.control(Method::GET, "/rest", json!({})).await.1;
    assert_eq!(before["invalid_requests"], 0);
    assert_eq!(
        before["rate_limited"],
        json!({"global": 0, "user": 0, "shared": 0})
    );
    bench
        .send_as("nonsense", Method::GET, "/users/@me", None)
        .await;
    bench
        .send(Method::GET, &format!("/channels/{staff}"), None)
        .await;
    // 404 and 400 are errors, and not what Discord bans for.
    bench.send(Method::GET, "/channels/12", None).await;
    let after = bench.control(Method::GET, "/rest", json!({})).await.1;
    assert_eq!(
        (
            &after["invalid_requests"],
            &after["unauthorized"],
            &after["errors"]
        ),
        (&json!(2), &json!(1), &json!(3))
    );
    assert_eq!(after["codes"]["50001"], 1);
}
