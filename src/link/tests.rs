//! The driver over real sockets, with a protocol of three words: the server says `hello`, then
//! any number of `news`; `bad` cannot be understood. Events are awaited, never slept for.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex, mpsc as std_mpsc},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, accept_async,
    tungstenite::{
        Message,
        protocol::{
            CloseFrame,
            frame::{
                Frame,
                coding::{CloseCode, Data, OpCode},
            },
        },
    },
};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::config::Address;

/// Generous: machines are noisy.
const PATIENCE: Duration = Duration::from_mins(1);

async fn soon<T>(event: impl Future<Output = T>) -> T {
    timeout(PATIENCE, event)
        .await
        .expect("it should have happened by now")
}

/// The largest message of the protocol, in bytes.
const MAX_MESSAGE: u64 = 256 * 1024;

struct Words {
    address: Address,
    news: mpsc::Sender<String>,
    gate: Gate,
}

/// What holds up the decoding of `slow`.
type Gate = Arc<Mutex<std_mpsc::Receiver<()>>>;

struct WordsDecoder {
    whole: Whole<String>,
    gate: Gate,
}

impl Decoder for WordsDecoder {
    type Frame = String;

    fn read(&mut self, piece: Piece<'_>) -> Option<Result<String, Undecodable>> {
        let read = self.whole.read(piece)?;
        if read.as_ref().is_ok_and(|text| text.starts_with("slow")) {
            let gate = self.gate.lock().expect("nobody panics here");
            gate.recv_timeout(PATIENCE).expect("the gate is opened");
        }
        Some(read)
    }
}

struct WordsSession {
    beat_at: Instant,
}

impl Session for WordsSession {
    type Frame = String;
    type Event = String;

    fn on_open(&mut self, _now: Moment) -> Vec<Action<String>> {
        vec![Action::Send("open".into())]
    }

    fn on_frame(&mut self, _now: Moment, frame: String) -> Step<String> {
        Ok(vec![match frame.as_str() {
            "hello" => Action::Up,
            "odd" => Action::Malformed("odd"),
            "new" => Action::Ignored,
            _ => Action::Emit(frame),
        }])
    }

    fn on_deadline(&mut self, now: Moment) -> Step<String> {
        self.beat_at = now.clock + Duration::from_millis(20);
        Ok(vec![Action::Send("beat".into())])
    }

    fn next_deadline(&self) -> Option<Instant> {
        Some(self.beat_at)
    }
}

impl Protocol for Words {
    type Session = WordsSession;
    type Decoder = WordsDecoder;

    fn name(&self) -> &'static str {
        "words"
    }

    fn address(&self) -> &Address {
        &self.address
    }

    fn max_message(&self) -> u64 {
        MAX_MESSAGE
    }

    fn decoder(&mut self) -> WordsDecoder {
        let decode = |message: &[u8]| match String::from_utf8_lossy(message).as_ref() {
            "bad" => Err(Malformed("bad".into())),
            text if text.starts_with("panic") => panic!("a mistake of ours"),
            text => Ok(text.to_owned()),
        };
        WordsDecoder {
            whole: Whole::new(decode),
            gate: Arc::clone(&self.gate),
        }
    }

    fn rejects(&self, close_code: u16) -> bool {
        close_code == 4004
    }

    fn session(&mut self, now: Moment) -> WordsSession {
        WordsSession {
            beat_at: now.clock + Duration::from_millis(20),
        }
    }

    fn deliver(&mut self, event: String) {
        self.news.try_send(event).expect("the test reads along");
    }

    fn lost(&mut self, _now: Moment) {}
}

/// A link to a server of ours.
struct World {
    listener: TcpListener,
    status: LinkStatus,
    news: mpsc::Receiver<String>,
    gate: std_mpsc::SyncSender<()>,
    token: CancellationToken,
    tasks: JoinSet<()>,
}

impl World {
    async fn new() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn on(listener: TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let (sender, news) = mpsc::channel(100);
        let (gate, closed) = std_mpsc::sync_channel(1);
        let protocol = Words {
            address: Address::web_socket(&format!("ws://{address}/")).unwrap(),
            news: sender,
            gate: Arc::new(Mutex::new(closed)),
        };
        let (reporter, status) = LinkReporter::new();
        let token = CancellationToken::new();
        let mut tasks = JoinSet::new();
        tasks.spawn(run(protocol, reporter, token.clone()));
        Self {
            listener,
            status,
            news,
            gate,
            token,
            tasks,
        }
    }

    /// The next connection, past the upgrade.
    async fn accept(&self) -> WebSocketStream<TcpStream> {
        let (stream, _) = soon(self.listener.accept()).await.unwrap();
        soon(accept_async(stream)).await.unwrap()
    }

    /// The next connection, with the link up.
    async fn accept_up(&self) -> WebSocketStream<TcpStream> {
        let mut socket = self.accept().await;
        say(&mut socket, "hello").await;
        self.until(LinkState::is_up).await;
        socket
    }

    async fn until(&self, wanted: impl Fn(&LinkState) -> bool) -> LinkState {
        let mut states = self.status.watch();
        soon(states.wait_for(|state| wanted(state)))
            .await
            .unwrap()
            .clone()
    }

    /// Why the link waits.
    async fn until_waiting(&self) -> String {
        match self
            .until(|state| matches!(state, LinkState::Waiting { .. }))
            .await
        {
            LinkState::Waiting { why, .. } => why.to_string(),
            _ => unreachable!(),
        }
    }
}

/// A socket at an address, at which others may be as well.
fn socket_at(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

async fn say(socket: &mut WebSocketStream<TcpStream>, text: &str) {
    soon(socket.send(Message::text(text))).await.unwrap();
}

/// The code of the close frame that comes.
async fn until_closed(socket: &mut WebSocketStream<TcpStream>) -> CloseCode {
    loop {
        if let Message::Close(frame) = hear(socket).await {
            return frame.expect("a code").code;
        }
    }
}

async fn hear(socket: &mut WebSocketStream<TcpStream>) -> Message {
    soon(socket.next()).await.unwrap().unwrap()
}

#[tokio::test]
async fn frames_go_both_ways_and_deadlines_are_kept() {
    let mut world = World::new().await;
    let mut socket = world.accept_up().await;
    assert_eq!(hear(&mut socket).await, Message::text("open"));
    assert_eq!(hear(&mut socket).await, Message::text("beat"));
    assert_eq!(hear(&mut socket).await, Message::text("beat"));
    say(&mut socket, "the news").await;
    assert_eq!(soon(world.news.recv()).await.unwrap(), "the news");
}

#[tokio::test]
async fn it_comes_back_after_a_reset_a_close_and_an_end() {
    let mut world = World::new().await;
    let socket = world.accept_up().await;
    socket.get_ref().set_zero_linger().unwrap();
    drop(socket);
    assert!(world.until_waiting().await.contains("broke"));

    let mut socket = world.accept_up().await;
    let close = CloseFrame {
        code: CloseCode::Restart,
        reason: "be right back".into(),
    };
    soon(socket.close(Some(close))).await.unwrap();
    let why = world.until_waiting().await;
    assert!(
        why.contains("1012") && why.contains("be right back"),
        "{why}"
    );

    drop(world.accept_up().await);
    let mut socket = world.accept_up().await;
    say(&mut socket, "still here").await;
    assert_eq!(soon(world.news.recv()).await.unwrap(), "still here");
}

#[tokio::test]
async fn it_comes_back_to_a_server_that_was_gone() {
    let listener = socket_at("127.0.0.1:0".parse().unwrap());
    let address = listener.local_addr().unwrap();
    // As long as it does not listen it refuses, and nobody else is given the port meanwhile.
    let later = socket_at(address);
    let mut world = World::on(listener.listen(16).unwrap());
    let socket = world.accept_up().await;
    // The port is closed, then the connection: only refusals from here on.
    world.listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    drop(socket);
    world.until(|state| matches!(state, LinkState::Waiting { why, .. } if why.contains("cannot connect"))).await;
    world.listener = later.listen(16).unwrap();
    let returned = Instant::now();
    drop(world.accept_up().await);
    // What the bot promises, with some room for a noisy machine.
    assert!(
        returned.elapsed() < Duration::from_secs(20),
        "{:?}",
        returned.elapsed()
    );
}

#[tokio::test]
async fn a_server_that_accepts_and_closes_is_not_asked_in_a_hot_loop() {
    let world = World::new().await;
    let begun = Instant::now();
    for _ in 0..4 {
        drop(world.accept_up().await);
    }
    // Three waits lie between, none of them shorter than the floor.
    assert!(begun.elapsed() >= Backoff::FLOOR * 3);
}

#[tokio::test]
async fn rejections_are_told_apart_from_ends() {
    let world = World::new().await;
    let mut socket = world.accept_up().await;
    let close = CloseFrame {
        code: CloseCode::from(4004),
        reason: "unknown_opcode".into(),
    };
    soon(socket.close(Some(close))).await.unwrap();
    let why = world.until_waiting().await;
    assert!(why.contains("rejects") && why.contains("4004"), "{why}");
    assert_eq!(until_closed(&mut socket).await, CloseCode::from(4004));
}

#[tokio::test]
async fn the_parts_of_a_message_may_have_pings_between_them() {
    let mut world = World::new().await;
    let mut socket = world.accept_up().await;
    let part = |text: &'static str, kind, last| {
        Message::Frame(Frame::message(text, OpCode::Data(kind), last))
    };
    for message in [
        part("one", Data::Text, false),
        Message::Ping("now?".into()),
        part("", Data::Continue, false),
        part(", two", Data::Continue, false),
        Message::Ping("and now?".into()),
        part(" and three", Data::Continue, true),
    ] {
        soon(socket.send(message)).await.unwrap();
    }
    assert_eq!(soon(world.news.recv()).await.unwrap(), "one, two and three");
    // The last of the pings at least, and in its own words.
    let answered = async { while hear(&mut socket).await != Message::Pong("and now?".into()) {} };
    soon(answered).await;
}

#[tokio::test]
async fn what_is_no_web_socket_is_answered_with_what_is_wrong_and_left() {
    let large = [[0x82, 127].as_slice(), &[1; 8]].concat();
    for (bytes, code, why) in [
        (b"\xC1\x01x".as_slice(), CloseCode::Protocol, "rules"),
        (
            b"\x81\x81\0\0\0\0x".as_slice(),
            CloseCode::Protocol,
            "rules",
        ),
        (large.as_slice(), CloseCode::Size, "too large"),
    ] {
        let world = World::new().await;
        let mut socket = world.accept_up().await;
        soon(socket.get_mut().write_all(bytes)).await.unwrap();
        assert_eq!(until_closed(&mut socket).await, code);
        let waiting = world.until_waiting().await;
        assert!(waiting.contains(why), "{waiting}");
    }
}

#[tokio::test]
async fn while_a_message_is_being_decoded_deadlines_are_kept_and_pings_answered() {
    let mut world = World::new().await;
    let mut socket = world.accept_up().await;
    say(&mut socket, &format!("slow{}", "x".repeat(10_000))).await;
    soon(socket.send(Message::Ping("there?".into())))
        .await
        .unwrap();
    let (mut beats, mut pongs) = (0, 0);
    while beats < 3 || pongs < 1 {
        match hear(&mut socket).await {
            Message::Text(text) if text == "beat" => beats += 1,
            Message::Pong(_) => pongs += 1,
            _ => {}
        }
    }
    assert!(world.news.is_empty());
    world.gate.send(()).unwrap();
    assert!(soon(world.news.recv()).await.unwrap().starts_with("slow"));
}

#[tokio::test]
async fn an_http_answer_in_the_place_of_an_upgrade_is_named_by_its_status() {
    let world = World::new().await;
    let (mut stream, _) = soon(world.listener.accept()).await.unwrap();
    let mut request = [0; 1024];
    let length = soon(stream.read(&mut request)).await.unwrap();
    let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
    assert!(request.contains("user-agent: uguisu/"), "{request}");
    let answer = b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
    soon(stream.write_all(answer)).await.unwrap();
    let why = world.until_waiting().await;
    assert!(why.contains("403"), "{why}");
}

#[tokio::test]
async fn frames_that_cannot_be_understood_are_counted_and_the_session_goes_on() {
    let mut world = World::new().await;
    let mut socket = world.accept_up().await;
    for word in ["bad", "odd", "new", "still fine"] {
        say(&mut socket, word).await;
    }
    assert_eq!(soon(world.news.recv()).await.unwrap(), "still fine");
    assert_eq!((world.status.malformed(), world.status.ignored()), (2, 1));
    assert!(world.status.state().is_up());
}

#[tokio::test]
async fn nothing_but_garbage_ends_the_connection() {
    for garbage in [["bad"; 2], ["odd"; 2], ["bad", "new"]] {
        let world = World::new().await;
        let mut socket = world.accept_up().await;
        for word in garbage.into_iter().cycle().take(40) {
            // It may have hung up already.
            let _ = soon(socket.send(Message::text(word))).await;
        }
        let why = world.until_waiting().await;
        assert!(why.contains("could not be understood"), "{why}");
    }
}

#[tokio::test]
async fn a_large_frame_is_decoded_aside_in_order_and_may_even_panic() {
    let mut world = World::new().await;
    let mut socket = world.accept_up().await;
    let large = "x".repeat(100_000);
    say(&mut socket, &large).await;
    say(&mut socket, "after it").await;
    assert_eq!(soon(world.news.recv()).await.unwrap(), large);
    assert_eq!(soon(world.news.recv()).await.unwrap(), "after it");
    say(&mut socket, &format!("panic{large}")).await;
    say(&mut socket, "unharmed").await;
    assert_eq!(soon(world.news.recv()).await.unwrap(), "unharmed");
    assert_eq!(world.status.malformed(), 1);
}

#[tokio::test]
async fn a_frame_over_the_limit_is_counted_and_the_link_comes_back() {
    let mut world = World::new().await;
    let mut socket = world.accept_up().await;
    // The bot hangs up in the middle of it.
    let _ = soon(socket.send(Message::binary(vec![0; 1024 * 1024]))).await;
    assert!(world.until_waiting().await.contains("too large"));
    assert_eq!(world.status.malformed(), 1);
    let mut socket = world.accept_up().await;
    say(&mut socket, "back").await;
    assert_eq!(soon(world.news.recv()).await.unwrap(), "back");
}

#[tokio::test]
async fn when_it_is_to_stop_it_says_goodbye() {
    let mut world = World::new().await;
    let mut socket = world.accept_up().await;
    world.token.cancel();
    let goodbye = async {
        while let Some(Ok(message)) = socket.next().await {
            if message.is_close() {
                return true;
            }
        }
        false
    };
    assert!(soon(goodbye).await);
    soon(world.tasks.join_next()).await.unwrap().unwrap();
    assert_eq!(world.status.state(), LinkState::Stopped);
}

#[tokio::test]
async fn it_stops_while_it_waits_and_while_it_connects() {
    let mut world = World::new().await;
    drop(world.accept_up().await);
    world.until_waiting().await;
    world.token.cancel();
    soon(world.tasks.join_next()).await.unwrap().unwrap();

    // Accepts at the level of TCP and says nothing.
    let mut world = World::new().await;
    let _silent = soon(world.listener.accept()).await.unwrap();
    world.token.cancel();
    soon(world.tasks.join_next()).await.unwrap().unwrap();
}
