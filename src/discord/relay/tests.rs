//! Between a client and a gateway, over real sockets.

use tokio_tungstenite::connect_async;

use super::*;

const PATIENCE: Duration = Duration::from_secs(20);

async fn accept(listener: &TcpListener) -> Local {
    let (stream, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
    accept_async_with_config(stream, None).await.unwrap()
}

async fn next<S>(socket: &mut WebSocketStream<S>) -> Message
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    timeout(PATIENCE, socket.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap()
}

/// A relay to a gateway, and tasks that live as long as the test.
async fn relay_to(gateway: &TcpListener) -> (String, JoinSet<()>) {
    let gateway = format!("ws://{}", gateway.local_addr().unwrap());
    let relay = Relay::bind(&gateway).await.unwrap();
    let address = relay.address().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(relay.run());
    (address, tasks)
}

#[tokio::test]
async fn messages_and_close_codes_pass_both_ways() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, _tasks) = relay_to(&gateway).await;
    let (client, mut server) = tokio::join!(connect_async(&address), accept(&gateway));
    let (mut client, _) = client.unwrap();

    client.send(Message::text("identify")).await.unwrap();
    assert_eq!(next(&mut server).await, Message::text("identify"));
    server.send(Message::binary(vec![1, 2, 3])).await.unwrap();
    assert_eq!(next(&mut client).await, Message::binary(vec![1, 2, 3]));

    let refused = CloseFrame {
        code: CloseCode::from(4004),
        reason: "no".into(),
    };
    server.close(Some(refused.clone())).await.unwrap();
    assert_eq!(next(&mut client).await, Message::Close(Some(refused)));
}

#[tokio::test]
async fn what_serenity_would_not_survive_becomes_a_request_to_resume_and_an_end_is_told() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = format!("ws://{}", gateway.local_addr().unwrap());
    let relay = Relay::bind(&place).await.unwrap();
    let (address, mut connected) = (relay.address().unwrap(), relay.connected());
    let mut tasks = JoinSet::new();
    tasks.spawn(relay.run());
    for (sent, received) in [(4003, RESUME), (4009, 4009), (4011, 4011)] {
        let (client, server) = tokio::join!(connect_async(&address), accept(&gateway));
        let (mut client, _) = client.unwrap();
        let mut server = server;
        let frame = CloseFrame {
            code: CloseCode::from(sent),
            reason: "because".into(),
        };
        server.close(Some(frame)).await.unwrap();
        let Message::Close(Some(frame)) = next(&mut client).await else {
            panic!("expected a close");
        };
        assert_eq!(u16::from(frame.code), received);
    }
    let refused = timeout(PATIENCE, connected.refused()).await.unwrap();
    assert_eq!(refused, (4011, "because".to_owned()));
}

#[tokio::test]
async fn a_logout_reaches_discord_and_is_confirmed() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = format!("ws://{}", gateway.local_addr().unwrap());
    let relay = Relay::bind(&place).await.unwrap();
    let (address, mut connected) = (relay.address().unwrap(), relay.connected());
    let mut tasks = JoinSet::new();
    tasks.spawn(relay.run());
    let (client, mut server) = tokio::join!(connect_async(&address), accept(&gateway));
    let (mut client, _) = client.unwrap();
    client.send(Message::text("identify")).await.unwrap();
    assert_eq!(next(&mut server).await, Message::text("identify"));
    assert_eq!(connected.count(), 1);

    let bye = CloseFrame {
        code: CloseCode::Normal,
        reason: "".into(),
    };
    client.close(Some(bye.clone())).await.unwrap();
    assert_eq!(next(&mut server).await, Message::Close(Some(bye.clone())));
    assert_eq!(next(&mut client).await, Message::Close(Some(bye)));
    // The server's own answer goes out when it looks for more.
    assert!(server.next().await.is_none());
    timeout(PATIENCE, connected.none()).await.unwrap();
}

#[tokio::test]
async fn a_lost_gateway_becomes_a_request_to_resume_and_its_return_is_waited_for() {
    let gateway = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = gateway.local_addr().unwrap();
    let (address, _tasks) = relay_to(&gateway).await;
    let (client, server) = tokio::join!(connect_async(&address), accept(&gateway));
    let (mut client, _) = client.unwrap();

    // The gateway is gone without a word, and refuses connections.
    drop((server, gateway));
    let Message::Close(Some(frame)) = next(&mut client).await else {
        panic!("expected a close");
    };
    assert_eq!(u16::from(frame.code), RESUME);

    let again = connect_async(&address);
    let back = async {
        let gateway = TcpListener::bind(place).await.unwrap();
        accept(&gateway).await
    };
    let (client, mut server) = tokio::join!(again, back);
    let (mut client, _) = client.unwrap();
    client.send(Message::text("resume")).await.unwrap();
    assert_eq!(next(&mut server).await, Message::text("resume"));
}
