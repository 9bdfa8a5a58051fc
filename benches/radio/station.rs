//! A station that streams a file of Vorbis or MP3 as fast as it plays, as Icecast does.

use std::{
    convert::Infallible,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use axum::{Router, body::Body, http::header, response::IntoResponse, routing::get};
use bytes::Bytes;
use futures_util::stream;
use tokio::{net::TcpListener, process::Command, task::JoinSet, time::sleep};

/// Sent at once on connecting.
const BURST: usize = 64 * 1024;
/// How often something is sent.
const STEP: Duration = Duration::from_millis(100);

/// A running station. It ends when dropped.
pub(crate) struct Station {
    base: String,
    _server: JoinSet<()>,
}

impl Station {
    /// A station that has as much to play. `None` without ffmpeg, which encodes it.
    pub(crate) async fn start(length: Duration) -> anyhow::Result<Option<Self>> {
        let version = Command::new("ffmpeg")
            .arg("-version")
            .stdout(Stdio::null())
            .status();
        if !version.await.is_ok_and(|status| status.success()) {
            return Ok(None);
        }
        let vorbis = encode(length, &["-c:a", "libvorbis", "-b:a", "128k", "-f", "ogg"]).await?;
        let mp3 = encode(length, &["-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"]).await?;
        let router = Router::new()
            .route(
                "/vorbis",
                get(async move || play(vorbis, length, "audio/ogg")),
            )
            .route("/mp3", get(async move || play(mp3, length, "audio/mpeg")));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let mut server = JoinSet::new();
        server.spawn(async {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Some(Self {
            base,
            _server: server,
        }))
    }

    /// Where a codec is streamed.
    pub(crate) fn address(&self, codec: &str) -> String {
        format!("{}/{codec}", self.base)
    }
}

/// A chord with some noise, which costs what music costs.
async fn encode(length: Duration, codec: &[&str]) -> anyhow::Result<Bytes> {
    let seconds = length.as_secs();
    let tone = |hertz: u32| format!("sine=f={hertz}:r=48000:d={seconds}");
    let noise = format!("anoisesrc=c=pink:a=0.05:r=48000:d={seconds}");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error"]);
    for source in [tone(440), tone(554), tone(659), noise] {
        command.args(["-f", "lavfi", "-i", &source]);
    }
    let output = command
        .args(["-filter_complex", "amix=inputs=4", "-ac", "2"])
        .args(codec)
        .arg("pipe:1")
        .stdin(Stdio::null())
        .output()
        .await
        .context("ffmpeg")?;
    if !output.status.success() {
        bail!("ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout.into())
}

fn play(file: Bytes, length: Duration, content: &'static str) -> impl IntoResponse {
    let begun = Instant::now();
    let chunks = stream::unfold(0, move |sent| {
        let file = file.clone();
        async move {
            loop {
                let share = begun.elapsed().as_secs_f64() / length.as_secs_f64();
                let due = (BURST + at(file.len(), share)).min(file.len());
                if due > sent {
                    return Some((Ok::<_, Infallible>(file.slice(sent..due)), due));
                }
                if sent == file.len() {
                    return None;
                }
                sleep(STEP).await;
            }
        }
    });
    ([(header::CONTENT_TYPE, content)], Body::from_stream(chunks))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bytes of a file of some megabytes"
)]
fn at(length: usize, share: f64) -> usize {
    (length as f64 * share) as usize
}
