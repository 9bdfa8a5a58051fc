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
    let (bench, mut socket) = Bench::with_command("x").await;
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
    let (bench, mut socket) = Bench::with_command("x").await;
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

#[tokio::test]
async fn modals_have_limits() {
    let (bench, mut socket) = Bench::with_command("x").await;
    let one = |component: Value| json!([label(&component)]);
    let choices = |count: usize| {
        let choice = |n: usize| json!({"label": "l", "value": n.to_string()});
        (0..count).map(choice).collect::<Vec<Value>>()
    };
    let text = json!({"type": 4, "custom_id": "c", "style": 1});
    let inner = "data/components/0/component";
    let cases = [
        (json!([]), "data/components", "BASE_TYPE_BAD_LENGTH"),
        (
            json!([{"type": 1}]),
            "data/components/0/components",
            "BASE_TYPE_REQUIRED",
        ),
        (
            json!([{"type": 1, "components": [text]}]),
            "data/components/0/components/0/label",
            "BASE_TYPE_REQUIRED",
        ),
        (
            json!([{"type": 1, "components": [{"type": 2}]}]),
            "data/components/0/components/0/type",
            "BASE_TYPE_CHOICES",
        ),
        (
            json!([{"type": 2, "style": 1, "label": "l", "custom_id": "c"}]),
            "data/components/0",
            "UNION_TYPE_CHOICES",
        ),
        (
            json!([{"type": 18, "label": "x".repeat(46), "component": text}]),
            "data/components/0/label",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            json!([{"type": 18, "label": "l"}]),
            "data/components/0/component",
            "BASE_TYPE_REQUIRED",
        ),
        (
            json!([label(&text), label(&text)]),
            "data/components/1/component/custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
        ),
        (
            one(json!({"type": 4, "custom_id": "c"})),
            "style",
            "BASE_TYPE_REQUIRED",
        ),
        (
            one(json!({"type": 4, "custom_id": "c", "style": 3})),
            "style",
            "BASE_TYPE_CHOICES",
        ),
        (
            one(json!({"type": 4, "style": 1})),
            "custom_id",
            "BASE_TYPE_REQUIRED",
        ),
        (
            one(json!({"type": 4, "custom_id": "c", "style": 1, "min_length": 5, "max_length": 4})),
            "min_length",
            "NUMBER_TYPE_MAX",
        ),
        (
            one(json!({"type": 4, "custom_id": "c", "style": 1, "max_length": 4001})),
            "max_length",
            "NUMBER_TYPE_MAX",
        ),
        (
            one(json!({"type": 3, "custom_id": "c", "min_values": 0, "options": choices(1)})),
            "min_values",
            "NUMBER_TYPE_MIN",
        ),
        (
            one(json!({"type": 19, "custom_id": "c", "max_values": 11})),
            "max_values",
            "NUMBER_TYPE_MAX",
        ),
        (
            one(json!({"type": 19, "custom_id": "c", "file_types": ["png"]})),
            "file_types/0",
            "BASE_TYPE_CHOICES",
        ),
        (
            one(json!({"type": 21, "custom_id": "c", "options": choices(1)})),
            "options",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            one(json!({"type": 21, "custom_id": "c"})),
            "options",
            "BASE_TYPE_REQUIRED",
        ),
        (
            one(json!({"type": 22, "custom_id": "c", "options": choices(11)})),
            "options",
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            one(json!({"type": 22, "custom_id": "c", "options": choices(2), "max_values": 3})),
            "options",
            "SELECT_COMPONENT_MAX_VALUES_TOO_MANY",
        ),
        (one(json!({"type": 23})), "custom_id", "BASE_TYPE_REQUIRED"),
        (
            one(json!({"type": 23, "custom_id": "c", "default": 1})),
            "default",
            "BOOLEAN_TYPE_CONVERT",
        ),
    ];
    let ask = json!({"command": "x", "wait_ms": 0});
    let (_, ()) = tokio::join!(bench.control(Method::POST, "/interactions", ask), async {
        let interaction = socket.event("INTERACTION_CREATE").await;
        let path = callback(&interaction);
        // What is wrong with an answer is told before whether it comes in time.
        for (components, at, code) in cases {
            let at = if at.starts_with("data") {
                at.to_owned()
            } else {
                format!("{inner}/{at}")
            };
            let data = json!({"custom_id": "m", "title": "T", "components": components});
            let modal = json!({"type": 9, "data": data});
            let (status, answer) = bench.send(Method::POST, &path, Some(&modal)).await;
            assert_eq!(status, 400, "{modal}: {answer}");
            assert_eq!(*code_at(&answer, &at), code, "{modal}: {answer}");
        }
    });
}

#[tokio::test]
async fn a_file_of_a_type_that_is_not_wanted_cannot_be_chosen() {
    let (bench, mut socket) = Bench::with_command("x").await;
    let upload = json!({"type": 19, "custom_id": "file", "file_types": ["audio", ".PDF"]});
    let components = json!([label(&upload)]);
    let (asked, shown) = tokio::join!(
        bench.control(Method::POST, "/interactions", json!({"command": "x"})),
        show(&bench, &mut socket, &components)
    );
    assert_eq!(shown.0, 204, "{shown:?}");
    let submit = async |name: &str| {
        let file = json!({"filename": name, "text": "a"});
        let (_, file) = bench.control(Method::POST, "/attachments", file).await;
        let body = json!({"interaction": asked.1["interaction"], "fields": {"file": [file["id"]]}, "wait_ms": 0});
        bench.control(Method::POST, "/modals", body).await
    };
    let (status, answer) = submit("picture.png").await;
    assert_eq!(status, 400, "{answer}");
    let ((status, answer), ()) = tokio::join!(submit("scan.pdf"), async {
        let interaction = socket.event("INTERACTION_CREATE").await;
        let body = json!({"type": 4, "data": {"content": "thanks"}});
        bench
            .send(Method::POST, &callback(&interaction), Some(&body))
            .await;
    });
    assert_eq!(status, 200, "{answer}");
}
