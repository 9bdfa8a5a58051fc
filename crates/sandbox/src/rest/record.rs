//! A record of every REST request and what it was answered with, for people who want to see what
//! their bot says, and for checks against Discord's OpenAPI description.
//!
//! One JSON object a line: `method`, `path` (as asked, with its version), `query`, `authorization`
//! (whether there was any), `content_type`, `request`, `status`, `response`. Bodies are JSON, text
//! where they are not, null where there is none; of a form with files it is the `payload_json`.
//! Tokens are in it: here they are made up.

use std::io::Write;
use std::path::Path;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::{ApiError, BODY_LIMIT, multipart};
use crate::discord::Discord;

/// Lines that may wait for the disk; when it is slower, requests wait for it.
const QUEUE: usize = 1_024;

/// Where the record goes; nowhere by default. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Recorder(Option<Writer>);

#[derive(Clone, Debug)]
struct Writer {
    /// Lines; none is the end.
    lines: mpsc::Sender<Option<String>>,
    task: TaskTracker,
}

impl Recorder {
    /// Adds to the file at `path`, which is made when there is none.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(path)?;
        let (lines, mut queue) = mpsc::channel::<Option<String>>(QUEUE);
        let task = TaskTracker::new();
        // A file has no asynchronous writing: a thread of its own waits for the disk.
        task.spawn_blocking(move || {
            while let Some(Some(line)) = queue.blocking_recv() {
                if let Err(error) = file.write_all(line.as_bytes()) {
                    tracing::error!(%error, "the record cannot be written any more");
                    return;
                }
            }
        });
        task.close();
        Ok(Self(Some(Writer { lines, task })))
    }

    /// Writes what waits to be written, and nothing any more.
    pub async fn close(&self) {
        if let Some(writer) = &self.0 {
            // After an error of the disk nobody reads any more; that was logged.
            let _ = writer.lines.send(None).await;
            writer.task.wait().await;
        }
    }
}

/// The outermost layer of the API.
pub(super) async fn layer(
    State(discord): State<Discord>,
    request: Request,
    next: Next,
) -> Response {
    let Some(writer) = discord.context().recorder.0.clone() else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return ApiError::too_large().into_response();
    };
    let uri = &parts.uri;
    let text = |name| {
        let value = parts.headers.get(name)?;
        Some(value.to_str().unwrap_or_default().to_owned())
    };
    let content_type = text(CONTENT_TYPE);
    let mut line = json!({
        "method": parts.method.as_str(),
        "path": uri.path(),
        "query": uri.query(),
        "authorization": parts.headers.contains_key(AUTHORIZATION),
        "request": readable(content_type.as_deref().unwrap_or_default(), &body),
        "content_type": content_type,
    });
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    let (parts, body) = answer.into_parts();
    // Answers are made here, whole and in memory.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    line["status"] = parts.status.as_u16().into();
    line["response"] = readable("application/json", &body);
    // After an error of the disk nobody reads any more; that was logged.
    let _ = writer.lines.send(Some(format!("{line}\n"))).await;
    Response::from_parts(parts, Body::from(body))
}

fn readable(content_type: &str, body: &Bytes) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    if multipart::is_form(content_type) {
        let form = multipart::parse(content_type, body);
        return form
            .and_then(|form| form.payload().ok())
            .unwrap_or_default();
    }
    serde_json::from_slice(body)
        .unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into())
}
