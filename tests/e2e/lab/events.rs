//! What happens in the sandbox, told as it happens.

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use serde_json::Value;

use super::{Lab, PATIENCE};

impl Lab {
    /// Everything that happens from now on.
    pub async fn events(&self) -> Events {
        let url = format!("http://{}/control/events", self.sandbox.addr());
        let response = self
            .http
            .get(url)
            .send()
            .await
            .expect("the event stream opens");
        assert!(response.status().is_success());
        Events {
            stream: Box::pin(response.bytes_stream()),
            buffer: Vec::new(),
        }
    }

    /// What is said in a server from now on, as an endless WAV file: 48 kHz, stereo, 16 bit.
    pub async fn listen(
        &self,
        guild: &str,
    ) -> impl Stream<Item = reqwest::Result<Bytes>> + Send + Unpin + use<> {
        let url = format!(
            "http://{}/control/voice/{guild}/listen",
            self.sandbox.addr()
        );
        let response = self.http.get(url).send().await.expect("the sound begins");
        assert!(response.status().is_success());
        Box::pin(response.bytes_stream())
    }
}

/// One server-sent event.
#[derive(Debug)]
pub struct Event {
    pub kind: String,
    pub data: Value,
}

/// The stream of server-sent events: <https://html.spec.whatwg.org/multipage/server-sent-events.html>
pub struct Events {
    stream: std::pin::Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    /// Bytes, for a piece may end in the middle of a character.
    buffer: Vec<u8>,
}

impl Events {
    /// Waits for the event that `wanted` picks, and answers with what it made of it.
    pub async fn until<T>(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.next().await;
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(found) => found,
            Err(_) => panic!("waited {PATIENCE:?} in vain for: {what}"),
        }
    }

    /// Waits until a listener in a server hears, for a whole second, the pitch of a song; answers
    /// with what is known of the call then.
    pub async fn until_heard(&mut self, guild: &str, song: &Value) -> Value {
        let wanted = song["pitch_hz"].as_f64().expect("a pitch");
        self.until(&format!("{wanted} Hz in {guild}"), |event| {
            let pitch = event.data["pitch_hz"].as_f64()?;
            let right = event.kind == "voice_heard"
                && event.data["guild"] == guild
                && (pitch / wanted - 1.0).abs() < 0.01
                && event.data["dbfs"].as_f64()? > -40.0;
            right.then(|| event.data.clone())
        })
        .await
    }

    async fn next(&mut self) -> Event {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(event) = parse(std::str::from_utf8(&block).expect("UTF-8")) {
                    return event;
                }
                continue;
            }
            let bytes = self
                .stream
                .next()
                .await
                .expect("the event stream goes on")
                .expect("a whole chunk");
            self.buffer.extend_from_slice(&bytes);
        }
    }
}

fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim_start)
    };
    Some(Event {
        kind: field("event")?.to_owned(),
        data: serde_json::from_str(field("data")?).ok()?,
    })
}
