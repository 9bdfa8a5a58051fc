//! What people ask the bot, and what they are answered.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::Lab;

/// What a slash command was answered with.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
}

impl Answer {
    /// Everything that a person can read in the answer, in one string.
    pub fn text(&self) -> String {
        let mut text = String::new();
        collect_text(&self.body["messages"], &mut text);
        text
    }

    /// The first embed of the first message.
    pub fn embed(&self) -> &Value {
        &self.body["messages"][0]["embeds"][0]
    }

    /// Whether only the person who asked can see it.
    pub fn is_ephemeral(&self) -> bool {
        self.body["messages"][0]["flags"].as_u64().unwrap_or(0) & 64 != 0
    }
}

fn collect_text(value: &Value, out: &mut String) {
    const READABLE: [&str; 6] = ["content", "title", "description", "name", "value", "text"];
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_text(item, out)),
        Value::Object(fields) => {
            for (key, field) in fields {
                match field {
                    Value::String(text) if READABLE.contains(&key.as_str()) => {
                        out.push_str(text);
                        out.push('\n');
                    }
                    _ => collect_text(field, out),
                }
            }
        }
        _ => {}
    }
}

impl Lab {
    /// Runs a slash command; `who` is `{user?, guild?, channel?}`.
    pub async fn command(&self, command: &str, options: Value, who: Value) -> Answer {
        let mut body = json!({ "command": command, "options": options });
        for (key, value) in who.as_object().into_iter().flatten() {
            body[key] = value.clone();
        }
        let (status, body) = self
            .call(reqwest::Method::POST, "/control/interactions", Some(body))
            .await;
        Answer { status, body }
    }

    /// Presses the button whose label contains this on a message; answers with what came of it.
    pub async fn press(&self, message: &Value, label: &str) -> Value {
        let rows = message["components"].as_array().into_iter().flatten();
        let mut buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
        let is = |button: &&Value| {
            let shown = button["label"].as_str();
            shown.is_some_and(|shown| shown.contains(label))
        };
        let button = buttons.find(is).expect("such a button");
        let body = json!({ "message": message["id"], "custom_id": button["custom_id"] });
        let answer = self.post("/control/components", body).await;
        answer["messages"][0].clone()
    }

    /// Presses a button, or chooses in a menu; gives the message as it is then.
    pub async fn act(&self, message: &Value, custom_id: &str, values: &[&str]) -> Value {
        let body = json!({ "message": message["id"], "custom_id": custom_id, "values": values });
        let answer = self.post("/control/components", body).await;
        answer["messages"][0].clone()
    }

    /// Presses a button of a message by its id, as somebody.
    pub async fn press_as(&self, message: &Value, custom_id: &str, user: &str) -> Answer {
        let body = json!({ "message": message["id"], "custom_id": custom_id, "user": user });
        let (status, body) = self
            .call(reqwest::Method::POST, "/control/components", Some(body))
            .await;
        Answer { status, body }
    }
}
