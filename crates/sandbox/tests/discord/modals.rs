//! Modals with more than text in them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::answers::{callback, code_at};
use crate::client::{Bench, Socket};

fn label(component: &Value) -> Value {
    json!({"type": 18, "label": "L", "component": component})
}

async fn show(bench: &Bench, socket: &mut Socket, components: &Value) -> (u16, Value) {
    let interaction = socket.event("INTERACTION_CREATE").await;
    let modal =
        json!({"type": 9, "data": {"custom_id": "m", "title": "T", "components": components}});
    let path = callback(&interaction);
    let (status, answer) = bench.send(Method::POST, &path, Some(&modal)).await;
    if status != 204 {
        let body = json!({"type": 4, "data": {"content": "no modal"}});
        bench.send(Method::POST, &path, Some(&body)).await;
    }
    (status.as_u16(), answer)
}

#[tokio::test]
async fn what_is_chosen_in_a_modal_is_resolved() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "x", "description": "x"}]))
        .await;
    let (mut socket, _) = bench.login(1).await;
    let world = bench.world().await;
    let person = &world["guilds"][0]["members"][1]["id"];
    let options =
        json!([{"label": "A", "value": "a"}, {"label": "B", "value": "b", "default": true}]);
    let components = json!([
        {"type": 10, "content": "read this"},
        label(&json!({"type": 3, "custom_id": "pick", "options": options})),
        label(&json!({"type": 5, "custom_id": "who", "required": false})),
        label(&json!({"type": 19, "custom_id": "file", "max_values": 2})),
        label(&json!({"type": 23, "custom_id": "sure"})),
    ]);
    let (asked, shown) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "x"})),
        show(&bench, &mut socket, &components)
    );
    assert_eq!(
        (asked.0.as_u16(), shown.0),
        (200, 204),
        "{asked:?} {shown:?}"
    );
    let file = json!({"filename": "a.txt", "text": "a"});
    let (_, file) = bench.control(Method::POST, "/attachments", file).await;
    let submit = |fields: Value| {
        let body = json!({"interaction": asked.1["interaction"], "fields": fields});
        bench.control(Method::POST, "/modals", body)
    };
    for wrong in [
        json!({"pick": ["c"], "file": [file["id"]]}),
        json!({"pick": ["a", "b"], "file": [file["id"]]}),
        json!({"pick": ["a"]}),
        json!({"who": ["5"], "file": [file["id"]]}),
    ] {
        let (status, answer) = submit(wrong.clone()).await;
        assert_eq!(status, 400, "{wrong}: {answer}");
    }
    let right = json!({"who": [person], "file": [file["id"]], "sure": true});
    let (submitted, interaction) = tokio::join!(submit(right), async {
        let interaction = socket.event("INTERACTION_CREATE").await;
        let body = json!({"type": 4, "data": {"content": "thanks"}});
        bench
            .send(Method::POST, &callback(&interaction), Some(&body))
            .await;
        interaction
    });
    assert_eq!(submitted.0, 200, "{submitted:?}");
    let data = &interaction["data"];
    let inner = |at: usize| &data["components"][at]["component"];
    assert_eq!(data["components"][0], json!({"type": 10, "id": 1}));
    assert_eq!(
        *inner(1),
        json!({"type": 3, "id": 3, "custom_id": "pick", "values": ["b"]}),
        "what was chosen already"
    );
    assert_eq!(inner(2)["values"], json!([person]));
    assert_eq!(inner(3)["values"], json!([file["id"]]));
    assert_eq!(inner(4)["value"], true);
    let resolved = &data["resolved"];
    assert!(resolved["users"][person.as_str().unwrap()].is_object());
    assert!(resolved["attachments"][file["id"].as_str().unwrap()].is_object());

    // The selects of modals keep the rules of selects.
    let components = json!([
        label(&json!({"type": 3, "custom_id": "pick"})),
        label(&json!({"type": 2, "custom_id": "b", "style": 1})),
    ]);
    let (_, (status, answer)) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "x"})),
        show(&bench, &mut socket, &components)
    );
    assert_eq!(status, 400);
    let at = |path: &str| code_at(&answer, path).clone();
    assert_eq!(
        at("data/components/0/component/options"),
        "BASE_TYPE_REQUIRED",
        "{answer}"
    );
    assert_eq!(
        at("data/components/1/component"),
        "UNION_TYPE_CHOICES",
        "{answer}"
    );
}

#[tokio::test]
async fn a_modal_can_be_closed_without_a_word() {
    let bench = Bench::start().await;
    bench
        .register(json!([{"name": "x", "description": "x"}]))
        .await;
    let (mut socket, _) = bench.login(1).await;
    let components = json!([label(&json!({"type": 4, "custom_id": "text", "style": 1})),]);
    let (asked, _) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "x"})),
        show(&bench, &mut socket, &components)
    );
    let submit =
        json!({"interaction": asked.1["interaction"], "fields": {"text": "a"}, "wait_ms": 20_000});
    let (submitted, ()) = tokio::join!(bench.control(Method::POST, "/modals", submit), async {
        let interaction = socket.event("INTERACTION_CREATE").await;
        let path = callback(&interaction);
        // There is no message to be changed, only one to be written.
        let update = json!({"type": 7, "data": {"content": "x"}});
        let (status, error) = bench.send(Method::POST, &path, Some(&update)).await;
        assert_eq!((status.as_u16(), &error["code"]), (400, &json!(50035)));
        let (status, _) = bench
            .send(Method::POST, &path, Some(&json!({"type": 6})))
            .await;
        assert_eq!(status, 204);
        let follow_up = json!({"content": "later"});
        bench
            .post(&crate::client::webhook(&interaction), follow_up)
            .await;
    });
    assert_eq!(
        submitted.1["messages"][0]["content"], "later",
        "{submitted:?}"
    );
}
