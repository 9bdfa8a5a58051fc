//! What people write, and files they upload.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::{Answer, AnyId, Problem, body, id, view};
use crate::discord::Discord;
use crate::world::message::Reference;
use crate::world::{Author, Draft, Id, Permissions, Refused, Upload, World};

/// The largest file, as on Discord without a subscription: 10 MiB.
const LARGEST: usize = 10 << 20;
/// Files of a message.
const FILES: usize = 10;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route(
            "/control/channels/{channel}/messages",
            get(view::messages).post(message),
        )
        .route("/control/attachments", post(upload))
        // Base64 is a third longer than what it says.
        .layer(DefaultBodyLimit::max(2 * LARGEST))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    user: AnyId,
    #[serde(default)]
    content: String,
    #[serde(default)]
    attachments: Vec<AnyId>,
    reply_to: Option<AnyId>,
}

/// A simulated person writes a message.
async fn message(
    State(discord): State<Discord>,
    Path(channel): Path<String>,
    bytes: Bytes,
) -> Answer {
    let channel = id(&channel)?;
    let request: Written = body(&bytes)?;
    let content = request.content.trim();
    let has_files = (1..=FILES).contains(&request.attachments.len());
    if content.chars().count() > 2000 || content.is_empty() && !has_files {
        return Err(Problem::bad(
            "a message has up to 2,000 characters and up to 10 files, and one of both at least",
        ));
    }
    discord.with(|world| {
        let user = request.user.0;
        let found = world
            .channels
            .get(&channel)
            .filter(|found| found.kind.has_messages())
            .ok_or_else(|| {
                Problem::missing(format!("there is no channel {channel} to write to"))
            })?;
        let mut needed = Permissions::VIEW_CHANNEL
            | if found.kind.is_thread() {
                Permissions::SEND_MESSAGES_IN_THREADS
            } else {
                Permissions::SEND_MESSAGES
            };
        if has_files {
            needed = needed | Permissions::ATTACH_FILES;
        }
        if !world.permissions(channel, user).has(needed) {
            return Err(Refused::Forbidden.into());
        }
        let reference = request.reply_to.map(|message| Reference {
            channel,
            message: message.0,
        });
        if let Some(unknown) = reference.filter(|to| !found.messages.contains_key(&to.message)) {
            let message = unknown.message;
            return Err(Problem::missing(format!("there is no message {message}")));
        }
        let uploads = request.attachments.iter().map(|file| again(world, file.0));
        let draft = Draft {
            kind: if reference.is_some() { 19 } else { 0 },
            content: content.to_owned(),
            uploads: uploads.collect::<Result<_, _>>()?,
            reference,
            ..Draft::default()
        };
        let message = world
            .create_message(channel, Author::User(user), draft)
            .and_then(|id| {
                world
                    .message(channel, id)
                    .map(|message| world.message_json(message))
            });
        Ok(Json(message.unwrap_or_default()))
    })
}

/// A file that was uploaded, to be sent with a message.
fn again(world: &World, file: Id) -> Result<Upload, Problem> {
    let found = world.files.get(file);
    let found = found.ok_or_else(|| Problem::missing(format!("there is no file {file}")))?;
    Ok(Upload {
        name: found.json["filename"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        description: found.json["description"].as_str().map(str::to_owned),
        content_type: Some(found.content_type.clone()),
        bytes: found.bytes.clone(),
        recording: None,
    })
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Uploaded {
    filename: String,
    description: Option<String>,
    content_type: Option<String>,
    /// What is in it, as text
    text: Option<String>,
    /// or as Base64.
    base64: Option<String>,
}

/// A simulated person chooses a file: for an option, a modal or a message.
async fn upload(State(discord): State<Discord>, bytes: Bytes) -> Answer {
    let request: Uploaded = body(&bytes)?;
    let bytes = match (request.text, request.base64) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(coded)) => STANDARD
            .decode(coded)
            .map_err(|error| Problem::bad(format!("base64: {error}")))?,
        _ => return Err(Problem::bad("give either text or base64")),
    };
    if bytes.len() > LARGEST {
        return Err(Problem::bad("a file has up to 10 MiB"));
    }
    let upload = Upload {
        name: request.filename,
        description: request.description,
        content_type: request.content_type,
        bytes: bytes.into(),
        recording: None,
    };
    Ok(Json(discord.with(|world| world.upload(None, upload))))
}
