//! Files of messages.

use reqwest::Method;
use serde_json::{Value, json};

use crate::answers::code_at;
use crate::client::Bench;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02";

/// Sends a form as clients send files; status and answer.
async fn upload(
    bench: &Bench,
    method: Method,
    path: &str,
    body: &Value,
    files: &[(&str, &[u8])],
) -> (u16, Value) {
    let mut form = format!(
        "--x\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n{body}\r\n"
    )
    .into_bytes();
    for (index, (name, bytes)) in files.iter().enumerate() {
        form.extend(
            format!("--x\r\nContent-Disposition: form-data; name=\"files[{index}]\"; filename=\"{name}\"\r\n\r\n")
                .bytes(),
        );
        form.extend(*bytes);
        form.extend(b"\r\n");
    }
    form.extend(b"--x--\r\n");
    let answer = bench
        .http
        .request(method, format!("{}/api/v10{path}", bench.base))
        .header("authorization", format!("Bot {}", bench.token))
        .header("content-type", "multipart/form-data; boundary=x")
        .body(form)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn names(message: &Value) -> Vec<&str> {
    let files = message["attachments"].as_array().unwrap();
    files
        .iter()
        .map(|file| file["filename"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn files_are_served_and_stay_as_long_as_an_edit_keeps_them() {
    let bench = Bench::start().await;
    let channel = bench.channel("general").await;
    let messages = format!("/channels/{channel}/messages");
    let body = json!({
        "content": "files",
        "embeds": [{"title": "t", "image": {"url": "attachment://a.png"}}],
        "attachments": [{"id": "0", "description": "a picture"}, {"id": "1"}],
    });
    let files: [(&str, &[u8]); 2] = [("a.png", PNG), ("my note.txt", b"hello")];
    let (status, message) = upload(&bench, Method::POST, &messages, &body, &files).await;
    assert_eq!(status, 200, "{message}");
    // The picture is seen in the embed, and so not among the attachments.
    assert_eq!(names(&message), ["my_note.txt"]);
    let note = &message["attachments"][0];
    assert_eq!(
        (&note["size"], &note["title"]),
        (&json!(5), &json!("my note"))
    );
    let image = &message["embeds"][0]["image"];
    assert_eq!((&image["width"], &image["height"]), (&json!(3), &json!(2)));
    let fetched = reqwest::get(image["url"].as_str().unwrap()).await.unwrap();
    assert_eq!(fetched.headers()["content-type"], "image/png");
    assert_eq!(fetched.bytes().await.unwrap(), PNG);

    let path = format!("{messages}/{}", message["id"].as_str().unwrap());
    let edit = async |body: Value| {
        let (status, edited) = bench.send(Method::PATCH, &path, Some(&body)).await;
        assert_eq!(status, 200, "{body}: {edited}");
        edited
    };
    assert_eq!(
        names(&edit(json!({"content": "edited"})).await),
        ["my_note.txt"]
    );
    // Without the embed the picture is seen by itself.
    let bare = edit(json!({"embeds": []})).await;
    assert_eq!(names(&bare), ["a.png", "my_note.txt"]);
    assert_eq!(bare["attachments"][0]["description"], "a picture");
    // Those that an edit names stay, with what comes with it.
    let body = json!({"attachments": [{"id": note["id"]}, {"id": "0"}]});
    let third: [(&str, &[u8]); 1] = [("third.txt", b"3")];
    let (status, edited) = upload(&bench, Method::PATCH, &path, &body, &third).await;
    assert_eq!(status, 200, "{edited}");
    assert_eq!(names(&edited), ["my_note.txt", "third.txt"]);
    let body = json!({"attachments": [{"id": "5"}]});
    let (status, answer) = bench.send(Method::PATCH, &path, Some(&body)).await;
    assert_eq!(status, 400, "{answer}");
    assert_eq!(*code_at(&answer, "attachments/0"), "ATTACHMENT_NOT_FOUND");
    assert!(names(&edit(json!({"attachments": []})).await).is_empty());
}

#[tokio::test]
async fn components_show_files_that_come_with_them() {
    let bench = Bench::start().await;
    let channel = bench.channel("general").await;
    let messages = format!("/channels/{channel}/messages");
    let body = |name: &str| {
        let file = json!({"type": 13, "file": {"url": format!("attachment://{name}")}});
        json!({"flags": 1 << 15, "components": [{"type": 17, "components": [file]}]})
    };
    let files: [(&str, &[u8]); 1] = [("guide.pdf", b"pdf")];
    let (status, message) =
        upload(&bench, Method::POST, &messages, &body("guide.pdf"), &files).await;
    assert_eq!(status, 200, "{message}");
    let shown = &message["components"][0]["components"][0];
    assert_eq!(
        (&shown["name"], &shown["size"]),
        (&json!("guide.pdf"), &json!(3))
    );
    assert!(shown["file"]["url"].as_str().unwrap().starts_with("http"));
    assert!(names(&message).is_empty());
    // An edit that shows it again needs no new file.
    let path = format!("{messages}/{}", message["id"].as_str().unwrap());
    let edit = json!({"components": [{"type": 13, "file": {"url": "attachment://guide.pdf"}}]});
    let (status, edited) = bench.send(Method::PATCH, &path, Some(&edit)).await;
    assert_eq!(status, 200, "{edited}");
    assert_eq!(edited["components"][0]["name"], "guide.pdf");

    let (status, answer) =
        upload(&bench, Method::POST, &messages, &body("other.pdf"), &files).await;
    assert_eq!(status, 400, "{answer}");
    assert_eq!(
        *code_at(&answer, "components/0/components/0/file/url"),
        "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
    );
}

#[tokio::test]
async fn people_upload_files_too() {
    let bench = Bench::start().await;
    let channel = bench.channel("general").await;
    let person = bench.world().await["guilds"][0]["members"][0]["id"].clone();
    let file = json!({"filename": "b.bin", "base64": "AAEC"});
    let (status, file) = bench.control(Method::POST, "/attachments", file).await;
    assert_eq!(status, 200, "{file}");
    let body = json!({"user": person, "attachments": [file["id"]]});
    let path = format!("/channels/{channel}/messages");
    let (status, message) = bench.control(Method::POST, &path, body).await;
    assert_eq!(status, 200, "{message}");
    assert_eq!(names(&message), ["b.bin"]);
    let url = message["attachments"][0]["url"].as_str().unwrap();
    assert_eq!(
        reqwest::get(url).await.unwrap().bytes().await.unwrap()[..],
        [0, 1, 2]
    );
    for wrong in [
        json!({"user": person, "attachments": []}),
        json!({"user": person, "attachments": ["5"]}),
        json!({"user": person, "content": "x", "reply_to": "5"}),
    ] {
        let (status, answer) = bench.control(Method::POST, &path, wrong.clone()).await;
        assert!(status.is_client_error(), "{wrong}: {answer}");
    }
    let body = json!({"user": person, "content": "x", "reply_to": message["id"]});
    let (_, reply) = bench.control(Method::POST, &path, body).await;
    assert_eq!(reply["referenced_message"]["id"], message["id"]);
}

#[tokio::test]
async fn a_voice_message_is_one_file_of_sound_and_nothing_else() {
    let bench = Bench::start().await;
    let guild = bench.guild().await;
    let channel = bench.channel("general").await;
    let messages = format!("/channels/{channel}/messages");
    let about = json!({"id": "0", "duration_secs": 1.5, "waveform": "AAEC"});
    let body = json!({"flags": 1 << 13, "attachments": [about]});
    let sound: [(&str, &[u8]); 1] = [("voice-message.ogg", b"OggS")];
    for (body, files, code) in [
        (json!({"flags": 1 << 13}), &[][..], 50160),
        (body.clone(), &[("a.txt", &b"x"[..])][..], 50160),
        (json!({"flags": 1 << 13}), &sound[..], 50161),
        (with_content(&body), &sound[..], 50159),
    ] {
        let (status, answer) = upload(&bench, Method::POST, &messages, &body, files).await;
        assert_eq!((status, &answer["code"]), (400, &json!(code)), "{answer}");
    }
    let (status, answer) = upload(&bench, Method::POST, &messages, &body, &sound).await;
    assert_eq!((status, &answer["code"]), (403, &json!(50173)), "{answer}");
    bench.grant(&guild, 1 << 46).await;
    // The bucket of five is used up.
    let message = loop {
        let (status, message) = upload(&bench, Method::POST, &messages, &body, &sound).await;
        if status == 200 {
            break message;
        }
        assert_eq!(status, 429, "{message}");
        let seconds = message["retry_after"].as_f64().unwrap();
        tokio::time::sleep(std::time::Duration::from_secs_f64(seconds)).await;
    };
    assert_eq!(message["flags"], 1 << 13);
    let file = &message["attachments"][0];
    assert_eq!(
        (&file["duration_secs"], &file["waveform"]),
        (&json!(1.5), &json!("AAEC"))
    );
    let path = format!("{messages}/{}", message["id"].as_str().unwrap());
    let edit = json!({"content": "x"});
    let (status, answer) = bench.send(Method::PATCH, &path, Some(&edit)).await;
    assert_eq!((status.as_u16(), &answer["code"]), (400, &json!(50162)));
}

fn with_content(body: &Value) -> Value {
    let mut body = body.clone();
    body["content"] = "x".into();
    body
}
