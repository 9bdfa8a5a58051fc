//! Opening a WebSocket, and noticing any sign of life on it.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{
        client::IntoClientRequest,
        http::{HeaderValue, header::USER_AGENT},
        protocol::WebSocketConfig,
    },
};

use super::Fault;
use crate::config::Address;

/// For the whole of name lookup, TCP, TLS and upgrade. Short, because an attempt that was made
/// just before the upstream's return hangs this long, and we want to be back within 5 s.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// For one of several addresses of a host: a broken IPv6 route must not eat the whole time.
const ADDRESS_TIMEOUT: Duration = Duration::from_millis(1500);

pub(super) type Socket = WebSocketStream<MaybeTlsStream<Metered>>;

/// Connects to `address`; messages over `max_message` bytes will end the connection. The counter
/// holds the number of bytes read so far.
pub(super) async fn connect(
    address: &Address,
    max_message: usize,
) -> Result<(Socket, Arc<AtomicU64>), Fault> {
    timeout(CONNECT_TIMEOUT, open(address, max_message))
        .await
        .map_err(|_| Fault::ConnectTimeout(CONNECT_TIMEOUT))?
}

async fn open(address: &Address, max_message: usize) -> Result<(Socket, Arc<AtomicU64>), Fault> {
    let mut request = address
        .expose()
        .into_client_request()
        .map_err(Fault::connecting)?;
    request
        .headers_mut()
        .insert(USER_AGENT, HeaderValue::from_static(crate::USER_AGENT));
    let stream = tcp(address)
        .await
        .map_err(|error| Fault::Connect(error.to_string()))?;
    let read = Arc::new(AtomicU64::new(0));
    let stream = Metered {
        stream,
        read: Arc::clone(&read),
    };
    let limits = WebSocketConfig::default()
        .max_message_size(Some(max_message))
        .max_frame_size(Some(max_message));
    let (socket, _response) = client_async_tls_with_config(request, stream, Some(limits), None)
        .await
        .map_err(Fault::connecting)?;
    Ok((socket, read))
}

async fn tcp(address: &Address) -> io::Result<TcpStream> {
    let url = address.url();
    // An IPv6 host comes in brackets, which name lookup does not want.
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let port = url.port_or_known_default().unwrap_or(443);
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for candidate in lookup_host((host, port)).await? {
        match dial(candidate).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn dial(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = timeout(ADDRESS_TIMEOUT, TcpStream::connect(address))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Counts the bytes read. A message of many megabytes takes minutes on a thin line, and no pong
/// can arrive in its middle: only the bytes show that the connection lives.
#[derive(Debug)]
pub(super) struct Metered {
    stream: TcpStream,
    read: Arc<AtomicU64>,
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        let read = buffer.filled().len() - before;
        self.read.fetch_add(read as u64, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
