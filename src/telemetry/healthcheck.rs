//! `uguisu healthcheck`: asks a running bot how it is, for a container that has no `curl`.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::{Client, StatusCode};

/// For the whole of it: container runtimes give 5 s.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why a bot is not well.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// It does not answer.
    #[error("no answer on HTTP_LISTEN within {PATIENCE:?}; is the bot running?")]
    NoAnswer(#[source] reqwest::Error),
    /// It says so itself.
    #[error("not ready: /healthz answers {0}")]
    NotReady(StatusCode),
}

/// Whether the bot whose `HTTP_LISTEN` is `listen` is ready, within 3 s.
///
/// # Errors
/// When it is not, or does not answer.
pub async fn healthcheck(listen: SocketAddr) -> Result<(), Unhealthy> {
    let answer = async {
        let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        let address = reachable(listen);
        client.get(format!("http://{address}/healthz")).send().await
    };
    let status = answer.await.map_err(Unhealthy::NoAnswer)?.status();
    if status.is_success() {
        Ok(())
    } else {
        Err(Unhealthy::NotReady(status))
    }
}

/// Who listens on every address of the machine is reached by its loopback.
const fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

#[cfg(test)]
mod tests {
    use tokio::{net::TcpListener, task::JoinSet};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::telemetry::{DiscordState, Metrics, serve};

    #[tokio::test]
    async fn it_is_the_bot_s_own_word() {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let listen = listener.local_addr().unwrap();
        let metrics = Metrics::new();
        let mut server = JoinSet::new();
        server.spawn(serve(listener, metrics.clone(), CancellationToken::new()));

        let unready = healthcheck(listen).await;
        assert!(
            matches!(unready, Err(Unhealthy::NotReady(_))),
            "{unready:?}"
        );
        metrics.set_discord(DiscordState::Ready);
        assert!(healthcheck(listen).await.is_ok());
        server.shutdown().await;
        let gone = healthcheck(listen).await;
        assert!(matches!(gone, Err(Unhealthy::NoAnswer(_))), "{gone:?}");
    }
}
