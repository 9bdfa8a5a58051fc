//! Opening a WebSocket: <https://www.rfc-editor.org/rfc/rfc6455#section-4.1>

use std::time::Duration;

use reqwest::{
    StatusCode, Upgraded, Url,
    header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE},
    redirect::Policy,
};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

use super::Fault;
use crate::config::Address;

/// For the whole of name lookup, TCP, TLS and upgrade. Short, because an attempt that was made
/// just before the upstream's return hangs this long, and we want to be back within 5 s.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);

/// The bytes of a WebSocket, past the upgrade.
pub(super) type Socket = Upgraded;

/// Connects to `address`.
pub(super) async fn connect(address: &Address) -> Result<Socket, Fault> {
    timeout(CONNECT_TIMEOUT, open(address))
        .await
        .map_err(|_| Fault::ConnectTimeout(CONNECT_TIMEOUT))?
}

async fn open(address: &Address) -> Result<Socket, Fault> {
    // A connection of its own each time: nothing is kept, nothing is followed elsewhere.
    let client = reqwest::Client::builder()
        .user_agent(crate::USER_AGENT)
        .http1_only()
        .no_proxy()
        .redirect(Policy::none())
        .pool_max_idle_per_host(0)
        .build()
        .map_err(Fault::connecting)?;
    let key = generate_key();
    let response = client
        .get(http(address.url()))
        .header(CONNECTION, "Upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_VERSION, "13")
        .header(SEC_WEBSOCKET_KEY, &key)
        .send()
        .await
        .map_err(Fault::connecting)?;
    let status = response.status();
    if status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(Fault::Status(status.as_u16()));
    }
    let accepted = response.headers().get(SEC_WEBSOCKET_ACCEPT);
    if accepted.is_none_or(|accepted| accepted != derive_accept_key(key.as_bytes()).as_str()) {
        return Err(Fault::Connect("it is no WebSocket".to_owned()));
    }
    response.upgrade().await.map_err(Fault::connecting)
}

/// The same address, as the HTTP that it begins with.
fn http(url: &Url) -> Url {
    let mut text = url.to_string();
    if text.starts_with("ws") {
        text.replace_range(..2, "http");
    }
    Url::parse(&text).unwrap_or_else(|_| url.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_keeps_all_but_its_scheme() {
        for (address, expected) in [
            ("ws://localhost:81/a?b=c", "http://localhost:81/a?b=c"),
            ("wss://u:p@[::1]/", "https://u:p@[::1]/"),
        ] {
            assert_eq!(http(&Url::parse(address).unwrap()).as_str(), expected);
        }
    }
}
