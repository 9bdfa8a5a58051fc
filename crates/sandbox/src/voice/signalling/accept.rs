//! From a TCP connection to a WebSocket: TLS, the handshake, the version.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::DuplexStream,
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        handshake::server::{ErrorResponse, Request, Response},
        protocol::WebSocketConfig,
    },
};
use tokio_util::sync::CancellationToken;

use super::connection;
use crate::{
    faults::{
        Target,
        connection::{self as pump, Connection},
        request,
    },
    voice::state::Shared,
};

/// A client's WebSocket.
pub type Socket = WebSocketStream<TlsStream<DuplexStream>>;

/// How long TLS and the handshake may take, each.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The longest message a client may send. A commit that adds a hundred members is 40 kB.
const LONGEST_MESSAGE: usize = 1 << 20;

/// A thousand sockets should not hold 128 kB each to read messages of a hundred bytes.
const READ_BUFFER: usize = 4 << 10;

/// Accepts until the server stops. Each connection is a task of `shared.tasks`.
pub async fn run(shared: Arc<Shared>, listener: TcpListener, tls: TlsAcceptor) {
    loop {
        let accepted = tokio::select! {
            () = shared.token.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let (shared_task, tls) = (Arc::clone(&shared), tls.clone());
                shared
                    .tasks
                    .spawn(async move { serve(shared_task, stream, tls).await });
            }
            Err(error) => {
                // Out of file descriptors, most likely: give others time to close theirs.
                tracing::warn!(%error, "the voice gateway cannot accept");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(shared: Arc<Shared>, stream: TcpStream, tls: TlsAcceptor) {
    // Signalling is small messages that should not wait for each other.
    let _ = stream.set_nodelay(true);
    let fallible = Arc::new(Connection::new(shared.options.faults.clone()));
    fallible.enter(Some(Target::VoiceGateway));
    let (stream, pump) = pump::attach(stream, Arc::clone(&fallible));
    let ended = CancellationToken::new();
    let pump = async {
        pump.await;
        ended.cancel();
    };
    let session = async {
        tokio::select! {
            // No status is ever put on it, so there is no answer to give.
            _ = request::intercept(&fallible, Target::VoiceGateway) => {}
            () = ended.cancelled() => return,
            () = shared.token.cancelled() => return,
        }
        talk(Arc::clone(&shared), stream, tls).await;
    };
    // A reset ends the stream, and the session notices.
    tokio::join!(session, pump);
}

/// From TLS to the end of the session.
async fn talk(shared: Arc<Shared>, stream: DuplexStream, tls: TlsAcceptor) {
    let handshake = async {
        let stream = timeout(HANDSHAKE, tls.accept(stream)).await.ok()?.ok()?;
        let mut version = None;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE));
        // The error type is tungstenite's: a whole response.
        #[expect(clippy::result_large_err)]
        let read = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            version = version_of(request.uri().query().unwrap_or_default());
            Ok(response)
        };
        let accept = accept_hdr_async_with_config(stream, read, Some(config));
        let socket = timeout(HANDSHAKE, accept).await.ok()?.ok()?;
        Some((socket, version))
    };
    let shaken = tokio::select! {
        () = shared.token.cancelled() => return,
        shaken = handshake => shaken,
    };
    let Some((socket, version)) = shaken else {
        tracing::debug!("a voice client did not finish its handshake");
        return;
    };
    connection::serve(shared, socket, version).await;
}

/// The version of the voice gateway that a query string asks for, when there is such a one.
/// [Versions below 4, and none at all, are rejected](https://discord.com/developers/docs/topics/voice-connections#voice-gateway-versioning).
fn version_of(query: &str) -> Option<u8> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("v="))
        .and_then(|version| version.parse().ok())
        .filter(|version| (4..=8).contains(version))
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn versions_4_to_8_are_served() {
        assert_eq!(
            (version_of("v=4"), version_of("encoding=json&v=8")),
            (Some(4), Some(8))
        );
        for query in ["", "v=3", "v=9", "v=", "v=x", "w=4"] {
            assert_eq!(version_of(query), None, "{query}");
        }
    }
}
