//! `/control/voice`: what a listener hears, in numbers and as sound, and what can happen to calls.

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{Path, State, rejection::JsonRejection},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    task::spawn_blocking,
    time::timeout,
};

use super::{CallReport, Server, Summary};

/// How long the sound may stand still before silence fills it: a player that gets nothing stops.
const PATIENCE: Duration = Duration::from_millis(200);
/// Samples a second and channel of the decoded audio.
const RATE: u32 = 48_000;
const CHANNELS: u16 = 2;
const BYTES_PER_SAMPLE: u16 = 2;

/// The routes of this module.
pub fn router(server: Server) -> Router {
    Router::new()
        .route("/control/voice", get(calls))
        .route("/control/voice/summary", get(summary))
        .route("/control/voice/measure", post(measure))
        .route("/control/voice/{guild}/listen", get(listen))
        .route("/control/voice/{guild}/{user}/close", post(close))
        .route("/control/voice/{guild}/{user}/expire", post(expire))
        .route("/control/voice/dave", post(dave))
        .with_state(server)
}

/// The pitches take their time to compute: away from the async threads.
async fn calls(State(server): State<Server>) -> Result<Json<Vec<CallReport>>, StatusCode> {
    let calls = spawn_blocking(move || server.calls()).await;
    calls
        .map(Json)
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn summary(State(server): State<Server>) -> Json<Summary> {
    Json(server.summary())
}

async fn measure(State(server): State<Server>) -> StatusCode {
    server.measure();
    StatusCode::NO_CONTENT
}

/// A refusal, in words.
type Refusal = (StatusCode, Json<Value>);

fn refuse(status: StatusCode, error: impl Into<String>) -> Refusal {
    (status, Json(json!({"error": error.into()})))
}

fn done(was_there: bool) -> Result<StatusCode, Refusal> {
    if was_there {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(refuse(StatusCode::NOT_FOUND, "there is no such call"))
    }
}

#[derive(Deserialize)]
struct CloseOrder {
    code: u16,
}

async fn close(
    State(server): State<Server>,
    Path((guild, user)): Path<(u64, u64)>,
    body: Result<Json<CloseOrder>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    let Json(CloseOrder { code }) =
        body.map_err(|error| refuse(StatusCode::BAD_REQUEST, error.body_text()))?;
    if !(1000..=4999).contains(&code) {
        return Err(refuse(
            StatusCode::BAD_REQUEST,
            "`code` is from 1000 to 4999",
        ));
    }
    done(server.drop_connection(guild, user, code))
}

async fn expire(
    State(server): State<Server>,
    Path((guild, user)): Path<(u64, u64)>,
) -> Result<StatusCode, Refusal> {
    done(server.expire_session(guild, user))
}

/// What clients know of DAVE, and whether they must.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DaveOrder {
    user: Option<String>,
    supported: Option<bool>,
    required: Option<bool>,
}

async fn dave(
    State(server): State<Server>,
    body: Result<Json<DaveOrder>, JsonRejection>,
) -> Result<StatusCode, Refusal> {
    let Json(order) = body.map_err(|error| refuse(StatusCode::BAD_REQUEST, error.body_text()))?;
    match (&order.user, order.supported) {
        (Some(user), Some(supported)) => {
            let user = user.parse();
            let user = user.map_err(|_| refuse(StatusCode::BAD_REQUEST, "`user` is not an id"))?;
            server.set_dave_support(user, supported);
        }
        (None, None) => {}
        _ => {
            return Err(refuse(
                StatusCode::BAD_REQUEST,
                "`user` and `supported` go together",
            ));
        }
    }
    if let Some(required) = order.required {
        server.set_dave_required(required);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// An endless WAV file of what is said in the guild from now on; silence while nobody speaks.
async fn listen(State(server): State<Server>, Path(guild): Path<u64>) -> impl IntoResponse {
    let sound = stream::unfold(server.pcm(guild), |mut frames| async {
        let bytes = next(&mut frames).await?;
        Some((Ok::<_, std::convert::Infallible>(bytes), frames))
    });
    let headers = [
        (header::CONTENT_TYPE, "audio/wav"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let head = stream::once(async { Ok(Bytes::from(wav_header())) });
    (headers, Body::from_stream(head.chain(sound)))
}

/// The next piece of sound as bytes; none when the voice server has ended.
async fn next(frames: &mut Receiver<Arc<[i16]>>) -> Option<Bytes> {
    loop {
        match timeout(PATIENCE, frames.recv()).await {
            Ok(Ok(frame)) => return Some(frame.iter().flat_map(|s| s.to_le_bytes()).collect()),
            // A slow listener misses something and goes on with what is newest.
            Ok(Err(RecvError::Lagged(_))) => {}
            Ok(Err(RecvError::Closed)) => return None,
            Err(_) => {
                let samples = PATIENCE.as_millis() * u128::from(RATE) / 1000;
                let bytes = samples * u128::from(CHANNELS * BYTES_PER_SAMPLE);
                return Some(vec![0; usize::try_from(bytes).unwrap_or_default()].into());
            }
        }
    }
}

/// The header of a WAV file whose length is not known: the largest there can be.
/// <http://soundfile.sapp.org/doc/WaveFormat/>
fn wav_header() -> Vec<u8> {
    const PCM: u16 = 1;
    let block = CHANNELS * BYTES_PER_SAMPLE;
    [
        b"RIFF".as_slice(),
        &u32::MAX.to_le_bytes(),
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &PCM.to_le_bytes(),
        &CHANNELS.to_le_bytes(),
        &RATE.to_le_bytes(),
        &(RATE * u32::from(block)).to_le_bytes(),
        &block.to_le_bytes(),
        &(BYTES_PER_SAMPLE * 8).to_le_bytes(),
        b"data",
        &u32::MAX.to_le_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast;

    use super::*;

    #[test]
    fn the_header_says_what_the_sound_is() {
        let header = wav_header();
        assert_eq!(header.len(), 44);
        assert_eq!(&header[24..28], 48_000_u32.to_le_bytes());
        assert_eq!(&header[28..32], 192_000_u32.to_le_bytes());
    }

    #[tokio::test(start_paused = true)]
    async fn silence_fills_the_time_until_somebody_speaks() {
        let (speaker, mut frames) = broadcast::channel::<Arc<[i16]>>(2);
        let before = tokio::time::Instant::now();
        let silence = next(&mut frames).await.unwrap();
        assert_eq!(before.elapsed(), PATIENCE);
        assert_eq!(silence.len(), 38_400);
        assert!(silence.iter().all(|byte| *byte == 0));
        speaker.send(Arc::from([1, -2])).unwrap();
        assert_eq!(
            next(&mut frames).await.unwrap().as_ref(),
            [1, 0, 0xfe, 0xff]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_listener_goes_on_with_the_newest_and_the_end_ends_it() {
        let (speaker, mut frames) = broadcast::channel::<Arc<[i16]>>(1);
        for sample in [1, 2, 3] {
            speaker.send(Arc::from([sample])).unwrap();
        }
        assert_eq!(next(&mut frames).await.unwrap().as_ref(), [3, 0]);
        drop(speaker);
        assert!(next(&mut frames).await.is_none());
    }
}
