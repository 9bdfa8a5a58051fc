//! A server that sends what no sandbox does, byte by byte: as the real one does, and worse.

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, TcpStream},
    time::timeout,
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
use uguisu::lanyard::{ActivityKind, Found, Freshness, Limits, Presences, Status, Subscription};

use super::{Follower, deflate};
use crate::lab::PATIENCE;

async fn soon<T>(event: impl Future<Output = T>) -> T {
    let happened = timeout(PATIENCE, event).await;
    happened.expect("it should have happened by now")
}

struct Server(TcpListener);

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        Self(listener.expect("a free port"))
    }

    fn address(&self) -> String {
        let address = self.0.local_addr().expect("it listens");
        format!("ws://{address}/socket?compression=zlib_json")
    }

    /// The next client, once it has subscribed. It is to send a heartbeat each second.
    async fn accept(&self) -> Client {
        let (stream, _) = soon(self.0.accept()).await.expect("a client");
        let socket = soon(accept_async(stream)).await.expect("a WebSocket");
        let mut client = Client(socket);
        let hello = json!({"op": 1, "d": {"heartbeat_interval": 1000}});
        client.send(&hello.to_string()).await;
        assert_eq!(client.hear().await["op"], 2);
        client
    }
}

struct Client(WebSocketStream<TcpStream>);

impl Client {
    async fn give(&mut self, message: Message) {
        soon(self.0.send(message)).await.expect("it takes it");
    }

    /// Sends a text as the real server does, in a zlib stream of its own.
    async fn send(&mut self, text: &str) {
        self.give(Message::binary(deflate(text))).await;
    }

    /// What it says next.
    async fn hear(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.next().await {
                return serde_json::from_str(&text).expect("JSON");
            }
        }
    }

    async fn next(&mut self) -> Message {
        soon(self.0.next())
            .await
            .expect("it stays")
            .expect("frames")
    }
}

/// `INIT_STATE` as the real server's encoder writes it: `d` comes first.
fn init_state(everyone: &Value) -> String {
    format!(r#"{{"d":{everyone},"op":0,"t":"INIT_STATE"}}"#)
}

fn update(presence: &Value) -> String {
    format!(r#"{{"d":{presence},"op":0,"t":"PRESENCE_UPDATE"}}"#)
}

fn presence(user: u64, status: &str) -> Value {
    json!({
        "discord_user": {"id": user.to_string(), "username": format!("user{user}")},
        "discord_status": status, "activities": [], "spotify": null, "kv": {},
    })
}

fn everyone(users: std::ops::Range<u64>) -> Value {
    let all = users.map(|user| (user.to_string(), presence(user, "idle")));
    Value::Object(all.collect())
}

/// A presence with everything that the server's source puts into one.
const FULL: &str = r#"{"active_on_discord_desktop":true,"active_on_discord_embedded":false,"active_on_discord_mobile":true,"active_on_discord_vr":false,"active_on_discord_web":false,"activities":[{"created_at":1784000000000,"emoji":{"animated":true,"id":"500","name":"wave"},"flags":0,"id":"custom","name":"Custom Status","session_id":"s","state":"back \"soon\" \ud83d\ude00","type":4},{"assets":{"large_image":"spotify:ab12","large_text":"Maps"},"created_at":1784000000001,"details":"Kilometre Zero","flags":48,"id":"spotify:1","name":"Spotify","party":{"id":"spotify:9"},"state":"Ines Vale; Oskar Lind","sync_id":"6zYkFw","timestamps":{"end":1784000200000,"start":1784000000000},"type":2},{"application_id":"383226320970055681","assets":{"large_image":"mp:external/abc/https/example.org/x.png","large_text":"x","small_image":"77","small_text":"y"},"buttons":["a","b"],"created_at":1784000000002,"details":"Editing","flags":1,"id":"f1","name":"Editor","state":null,"timestamps":{"start":1784000000000},"type":0}],"discord_status":"dnd","discord_user":{"avatar":"a_00ff","avatar_decoration_data":{"asset":"a_1","expires_at":null,"sku_id":"1"},"bot":false,"clan":null,"collectibles":{"nameplate":{"label":"x"}},"discriminator":"0","display_name":"N\u00f3ra","display_name_styles":null,"global_name":"N\u00f3ra","id":"94490510688792576","primary_guild":{"badge":"b","identity_enabled":true,"identity_guild_id":"1","tag":"TAG"},"public_flags":256,"username":"nora"},"kv":{"location":"Lisbon"},"listening_to_spotify":true,"spotify":{"album":"Maps","album_art_url":"https://i.scdn.co/image/ab12","artist":"Ines Vale; Oskar Lind","song":"Kilometre Zero","timestamps":{"end":1784000200000,"start":1784000000000},"track_id":"6zYkFw"}}"#;
const NORA: u64 = 94_490_510_688_792_576;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_real_servers_frames_lose_nothing() {
    let server = Server::start().await;
    let follower = Follower::of_everyone(&server.address());
    let mut client = server.accept().await;
    // A change before everyone, and everyone: one on Lanyard without a presence yet, and one with
    // all there can be.
    client.send(&update(&presence(7, "online"))).await;
    follower.until_seen(7, Status::Online).await;
    assert_eq!(follower.presences.freshness(), Freshness::Empty);
    let everyone = format!(r#"{{"7":{},"{NORA}":{FULL}}}"#, presence(7, "online"));
    let init_state = format!(r#"{{"d":{everyone},"op":0,"t":"INIT_STATE"}}"#);
    client.send(&init_state).await;
    follower.until_live().await;
    assert_eq!(follower.presences.len(), 2);
    let shown = || match follower.presences.find(NORA) {
        Found::Shown(presence) => presence,
        other => panic!("{other:?}"),
    };
    let nora = shown();
    assert_eq!(
        (nora.username.as_str(), nora.status),
        ("nora", Status::DoNotDisturb)
    );
    assert_eq!(nora.display_name.as_deref(), Some("Nóra"));
    assert_eq!(nora.platforms.len(), 2);
    let custom = nora.custom.clone().expect("a custom status");
    assert_eq!(custom.text.as_deref(), Some("back \"soon\" 😀"));
    assert_eq!(
        nora.spotify.as_ref().expect("a song").song,
        "Kilometre Zero"
    );
    let [editor] = &nora.activities[..] else {
        panic!("{:?}", nora.activities);
    };
    assert_eq!(
        (editor.kind, editor.name.as_str()),
        (ActivityKind::Playing, "Editor")
    );

    // As the source has it, and as the documentation has it; then twice the same.
    let idle = FULL.replace(r#""discord_status":"dnd""#, r#""discord_status":"idle""#);
    client
        .send(&format!(r#"{{"d":{idle},"op":0,"t":"PRESENCE_UPDATE"}}"#))
        .await;
    follower.until_seen(NORA, Status::Idle).await;
    let documented = FULL.replacen('{', &format!(r#"{{"user_id":"{NORA}","#), 1);
    let documented = format!(r#"{{"op":0,"seq":2,"t":"PRESENCE_UPDATE","d":{documented}}}"#);
    client.send(&documented).await;
    follower.until_seen(NORA, Status::DoNotDisturb).await;
    // Whichever way its user is named, it is the same presence.
    assert_eq!(shown(), nora);
    let version = follower.presences.version(NORA);
    client.send(&documented).await;
    client.give(Message::text(documented)).await;
    client
        .send(r#"{"d":{"1":{"since":5}},"op":0,"t":"SOMETHING_NEW"}"#)
        .await;
    client.send(&update(&presence(8, "online"))).await;
    follower.until_seen(8, Status::Online).await;
    assert_eq!(follower.presences.version(NORA), version);
    assert_eq!(follower.presences.len(), 3);
    assert_eq!(
        (follower.status.malformed(), follower.status.ignored()),
        (0, 1)
    );
    follower.stop().await;
    // It takes its leave.
    let mut goodbye = client.hear().await;
    while goodbye["op"] == 3 {
        goodbye = client.hear().await;
    }
    let d = json!({"unsubscribe_from_all": true});
    assert_eq!(goodbye, json!({"op": 4, "d": d}));
    assert!(matches!(client.next().await, Message::Close(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_thousand_repeats_change_nothing() {
    let server = Server::start().await;
    let follower = Follower::of_everyone(&server.address());
    let mut client = server.accept().await;
    client.send(&init_state(&everyone(1..4))).await;
    follower.until_live().await;
    client.send(&update(&presence(2, "dnd"))).await;
    follower.until_seen(2, Status::DoNotDisturb).await;
    let held = |presences: &Presences| (presences.memory(), presences.version(2), presences.len());
    let before = held(&follower.presences);

    let message = deflate(&update(&presence(2, "dnd")));
    let mut frame = vec![0x82, 126];
    frame.extend(u16::try_from(message.len()).expect("short").to_be_bytes());
    frame.extend(message);
    let thousand = frame.repeat(1000);
    for _ in 0..200 {
        soon(client.0.get_mut().write_all(&thousand))
            .await
            .expect("it takes them");
    }
    client.send(&update(&presence(3, "online"))).await;
    follower.until_seen(3, Status::Online).await;
    let (memory, version, users) = held(&follower.presences);
    assert_eq!((version, users), (before.1, before.2));
    // The third user's change has left a gap at most.
    assert!(memory < before.0 + 1000, "{memory} after {}", before.0);
    assert!(follower.status.state().is_up());
    assert_eq!(follower.status.malformed(), 0);
    follower.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_in_a_thousand_frames_with_pings_between_them_and_heartbeats_on_time() {
    let server = Server::start().await;
    let follower = Follower::of_everyone(&server.address());
    let mut client = server.accept().await;
    let list = everyone(1..3000);
    let message = deflate(&init_state(&list));
    let parts: Vec<&[u8]> = message.chunks(message.len() / 1000).collect();
    for (number, part) in parts.iter().enumerate() {
        let kind = if number == 0 {
            Data::Binary
        } else {
            Data::Continue
        };
        let last = number + 1 == parts.len();
        let frame = Frame::message(part.to_vec(), OpCode::Data(kind), last);
        client.give(Message::Frame(frame)).await;
        client
            .give(Message::Frame(Frame::ping(number.to_string())))
            .await;
        // The line is thin: some parts come only when a heartbeat and an answer have.
        if number < 900 && number % 300 == 100 {
            let (mut beat, mut pong) = (false, false);
            while !(beat && pong) {
                match client.next().await {
                    Message::Text(text) => beat |= text.contains(r#""op":3"#),
                    Message::Pong(payload) => pong |= payload == number.to_string(),
                    _ => {}
                }
            }
            assert_eq!(follower.presences.freshness(), Freshness::Empty);
        }
    }
    follower.until_live().await;
    follower.check(&list);
    follower.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_unfolds_without_end_is_left_and_what_is_held_stays() {
    let server = Server::start().await;
    let limits = Limits {
        inflated: 2_000_000,
        ..Limits::default()
    };
    let follower = Follower::start(&server.address(), Subscription::Everyone, limits);
    let mut client = server.accept().await;
    let list = everyone(1..100);
    client.send(&init_state(&list)).await;
    follower.until_live().await;
    for (bomb, why) in [
        (
            init_state(&json!({"9": {"a": " ".repeat(20_000_000)}})),
            "unfolds",
        ),
        (
            format!("{}{}", " ".repeat(1_500_000), "[".repeat(500)),
            "nested",
        ),
    ] {
        client.send(&bomb).await;
        let because = follower.until_waiting().await;
        assert!(because.contains(why), "{because}");
        follower.check(&list);
        assert!(matches!(
            follower.presences.freshness(),
            Freshness::Stale { .. }
        ));
        // It says what it thinks of that, and comes back.
        let close = loop {
            if let Message::Close(close) = client.next().await {
                break close;
            }
        };
        assert_eq!(close.expect("a code").code, CloseCode::Invalid);
        client = server.accept().await;
        client.send(&init_state(&list)).await;
        follower.until_live().await;
        follower.check(&list);
    }
    follower.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mistake_of_ours_is_loud_and_not_repeated_at_once() {
    let server = Server::start().await;
    let follower = Follower::of_everyone(&server.address());
    for code in [4004, 4005, 4006] {
        let mut client = server.accept().await;
        let close = CloseFrame {
            code: CloseCode::from(code),
            reason: "unknown_opcode".into(),
        };
        client.give(Message::Close(Some(close))).await;
        let why = follower.until_waiting().await;
        assert!(why.contains("rejects"), "{why}");
        assert!(why.contains(&code.to_string()), "{why}");
    }
    follower.stop().await;
}

/// What is sent in the place of `INIT_STATE` and cannot be read is not waited for any longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_in_the_place_of_everyone_is_answered_with_another_connection() {
    let server = Server::start().await;
    let follower = Follower::of_everyone(&server.address());
    let mut client = server.accept().await;
    let mut garbage = deflate(&init_state(&everyone(1..3)));
    garbage[2..].fill(0xFF);
    client.give(Message::binary(garbage)).await;
    let mut client = server.accept().await;
    let list = everyone(1..3);
    client.send(&init_state(&list)).await;
    follower.until_live().await;
    follower.check(&list);
    assert_eq!(follower.status.malformed(), 1);
    follower.stop().await;
}
