//! Over real sockets.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// Generous: machines are noisy.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server, and what stops it when dropped.
async fn server(metrics: &Metrics) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(serve(listener, metrics.clone(), CancellationToken::new()));
    (address, tasks)
}

async fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let response = timeout(PATIENCE, reqwest::get(format!("http://{address}{path}")))
        .await
        .unwrap()
        .unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn health_follows_the_session_with_discord() {
    let metrics = Metrics::new();
    let (address, _tasks) = server(&metrics).await;
    for (state, status) in [
        (DiscordState::Connecting, 503),
        (DiscordState::Ready, 200),
        (DiscordState::Lost, 503),
    ] {
        metrics.set_discord(state);
        let (answer, body) = get(address, "/healthz").await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((answer, &body["discord"]), (status, &json!(state.name())));
    }
}

#[tokio::test]
async fn metrics_are_a_page_that_prometheus_reads() {
    let (address, _tasks) = server(&Metrics::new()).await;
    let (status, page) = get(address, "/metrics").await;
    assert_eq!(status, 200);
    assert!(
        page.contains("uguisu_calls 0") && page.ends_with("# EOF\n"),
        "{page}"
    );
    assert_eq!(get(address, "/elsewhere").await.0, 404);
}

#[tokio::test]
async fn one_that_says_nothing_keeps_nobody_waiting() {
    let (address, _tasks) = server(&Metrics::new()).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(b"GET /healthz HT").await.unwrap();
    assert_eq!(get(address, "/metrics").await.0, 200);
}

#[tokio::test]
async fn one_that_says_nothing_loses_its_place() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    silent.write_all(b"GET /healthz HT").await.unwrap();
    let (accepted, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    connection(accepted, Router::new(), Duration::from_millis(1)).await;
    let mut rest = Vec::new();
    timeout(PATIENCE, silent.read_to_end(&mut rest))
        .await
        .unwrap()
        .unwrap();
}
