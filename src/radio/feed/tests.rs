//! The feed against a small HTTP server on a real socket.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use super::{
    connection::{MAX_PREAMBLE, STALL},
    *,
};
use crate::{
    config::Address,
    radio::{
        demux::tests::{headers, packet},
        ogg::mux::Mux,
        ring::RESTART,
    },
};

/// However slow the machine: only a hang takes so long.
const PATIENCE: Duration = Duration::from_secs(20);

struct Station1 {
    server: TcpListener,
    feed: Feed,
    tasks: JoinSet<()>,
    token: CancellationToken,
}

impl Station1 {
    async fn start() -> Self {
        Self::start_with(None).await
    }

    /// With another address before its own.
    async fn start_with(first: Option<SocketAddr>) -> Self {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses: Vec<_> = first
            .into_iter()
            .chain([server.local_addr().unwrap()])
            .map(|address| format!("http://{address}/opus"))
            .collect();
        let (feed, tasks, token) = start_feed(&addresses.join(","));
        Self {
            server,
            feed,
            tasks,
            token,
        }
    }

    /// Answers the next request with the head of a stream that goes on for ever.
    async fn accept(&self) -> TcpStream {
        self.accept_with("Content-Type: application/ogg\r\n").await
    }

    async fn accept_with(&self, headers: &str) -> TcpStream {
        let (mut socket, _) = timeout(PATIENCE, self.server.accept())
            .await
            .unwrap()
            .unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(timeout(PATIENCE, socket.read_u8()).await.unwrap().unwrap());
        }
        let request = String::from_utf8(request).unwrap().to_lowercase();
        assert!(request.starts_with("get /opus http/1.1"), "{request}");
        assert!(request.contains("user-agent: uguisu/"), "{request}");
        assert!(request.contains("icy-metadata: 1"), "{request}");
        let head = format!("HTTP/1.0 200 OK\r\n{headers}\r\n");
        socket.write_all(head.as_bytes()).await.unwrap();
        socket
    }

    async fn stop(mut self) {
        self.token.cancel();
        while let Some(ended) = timeout(PATIENCE, self.tasks.join_next()).await.unwrap() {
            ended.unwrap();
        }
        assert_eq!(self.feed.status().state(), LinkState::Stopped);
    }
}

fn start_feed(addresses: &str) -> (Feed, JoinSet<()>, CancellationToken) {
    let addresses = Addresses::http(addresses).unwrap();
    let client = reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .no_proxy()
        .build()
        .unwrap();
    let (feed, task) = Feed::new(Station::Jpop, addresses, client);
    let token = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(task.run(token.clone()));
    (feed, tasks, token)
}

/// A song's pages, one packet on each.
fn song(mux: &mut Mux, numbers: std::ops::Range<u32>) -> Vec<u8> {
    numbers
        .flat_map(|number| mux.page(&[&packet(number)], false))
        .collect()
}

async fn heads_for(feed: &Feed, position: u64) {
    let mut tags = feed.tags();
    timeout(PATIENCE, async {
        // Tags after the packets are the signal that those have arrived.
        tags.wait_for(|tags| tags.as_ref().is_some_and(|tags| tags.position >= position))
            .await
            .unwrap();
    })
    .await
    .unwrap();
    assert_eq!(feed.0.ring.head(), position);
}

/// The numbers of the packets that the listener hears now.
fn heard(listener: &mut Listener) -> Vec<u32> {
    std::iter::from_fn(|| listener.next_packet())
        .map(|bytes| {
            let number = u32::from_be_bytes(bytes[1..5].try_into().unwrap());
            assert_eq!(bytes, packet(number));
            number
        })
        .collect()
}

fn numbered(numbers: std::ops::Range<u32>) -> Vec<u32> {
    numbers.collect()
}

fn title(feed: &Feed) -> Option<String> {
    feed.tags().borrow().as_ref()?.tags.title.clone()
}

#[tokio::test]
async fn songs_reach_the_listener_without_a_hole_and_tags_say_where_they_begin() {
    let station = Station1::start().await;
    let mut listener = station.feed.listen(Volume::UNTOUCHED);
    let mut socket = station.accept().await;
    let mut bytes = Vec::new();
    for (serial, name) in [(1, "one"), (1, "two"), (2, "three")] {
        let mut mux = Mux::new(serial);
        bytes.extend(headers(&mut mux, name, 312));
        let first = u32::try_from(name.len()).unwrap() * 100;
        bytes.extend(song(&mut mux, first..first + 30));
    }
    bytes.extend(headers(&mut Mux::new(3), "end", 0));
    // In pieces that end anywhere.
    for piece in bytes.chunks(777) {
        socket.write_all(piece).await.unwrap();
    }
    heads_for(&station.feed, 90).await;
    assert!(station.feed.status().state().is_up());
    let expected = [numbered(300..330), numbered(300..330), numbered(500..530)].concat();
    assert_eq!(heard(&mut listener), expected);
    assert_eq!(title(&station.feed).as_deref(), Some("end"));
    station.stop().await;
}

#[tokio::test]
async fn after_a_cut_the_sound_goes_on_where_it_stopped() {
    let station = Station1::start().await;
    let mut listener = station.feed.listen(Volume::UNTOUCHED);
    let mut mux = Mux::new(1);
    let head = headers(&mut mux, "song", 312);
    let mut socket = station.accept().await;
    socket.write_all(&head).await.unwrap();
    socket.write_all(&song(&mut mux, 0..60)).await.unwrap();
    drop(socket);

    // Meanwhile the station went on to packet 90. It begins again with the headers and the last
    // seconds, of which the listener knows some.
    let mut socket = station.accept().await;
    mux.jump(500);
    let mut bytes = head;
    bytes.extend(song(&mut mux, 30..90));
    bytes.extend(headers(&mut Mux::new(2), "end", 0));
    socket.write_all(&bytes).await.unwrap();
    heads_for(&station.feed, 90).await;
    assert_eq!(heard(&mut listener), numbered(0..90));
    assert_eq!(listener.dial().heard().jumps, 0);
    assert_eq!(station.feed.stats().connections, 2);
    station.stop().await;
}

#[tokio::test]
async fn refusals_and_other_formats_are_retried_and_explained() {
    let station = Station1::start().await;
    let mut state = station.feed.status().watch();
    let mut why = async |expected: &str| {
        let state = timeout(
            PATIENCE,
            state.wait_for(
                |state| matches!(state, LinkState::Waiting { why, .. } if why.contains(expected)),
            ),
        )
        .await;
        assert!(state.is_ok(), "never said {expected}");
    };
    let mut listener = station.feed.listen(Volume::UNTOUCHED);

    let (mut socket, _) = station.server.accept().await.unwrap();
    let mut buffer = [0; 1024];
    let _ = socket.read(&mut buffer).await.unwrap();
    let refusal = b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n";
    socket.write_all(refusal).await.unwrap();
    why("404").await;

    let mut socket = station.accept().await;
    let noise = vec![b'x'; MAX_PREAMBLE + 1];
    let _ = socket.write_all(&noise).await;
    why("neither Opus").await;

    drop(station.accept().await);
    why("ended").await;

    let mut mux = Mux::new(1);
    let mut socket = station.accept().await;
    let mut bytes = headers(&mut mux, "song", 0);
    bytes.extend(song(&mut mux, 0..50));
    bytes.extend(headers(&mut Mux::new(2), "end", 0));
    socket.write_all(&bytes).await.unwrap();
    heads_for(&station.feed, 50).await;
    assert_eq!(heard(&mut listener), numbered(0..50));
    station.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_audio_is_a_cut() {
    let station = Station1::start().await;
    let mut state = station.feed.status().watch();
    let _listener = station.feed.listen(Volume::UNTOUCHED);
    // Headers alone are no audio.
    let mut socket = station.accept().await;
    socket
        .write_all(&headers(&mut Mux::new(1), "song", 0))
        .await
        .unwrap();
    let connected = Instant::now();
    state
        .wait_for(
            |state| matches!(state, LinkState::Waiting { why, .. } if why.contains("no audio")),
        )
        .await
        .unwrap();
    assert!(connected.elapsed() <= STALL + Duration::from_millis(100));
    station.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_connection_outlives_its_last_listener_by_a_while_only() {
    let station = Station1::start().await;
    let mut state = station.feed.status().watch();
    assert_eq!(station.feed.status().state(), LinkState::Idle);
    let mut mux = Mux::new(1);
    let listener = station.feed.listen(Volume::UNTOUCHED);
    let mut socket = station.accept().await;
    let mut bytes = headers(&mut mux, "song", 0);
    bytes.extend(song(&mut mux, 0..u32::try_from(RESTART).unwrap()));
    socket.write_all(&bytes).await.unwrap();
    state.wait_for(LinkState::is_up).await.unwrap();

    drop(listener);
    let left = Instant::now();
    state.wait_for(|state| !state.is_up()).await.unwrap();
    // The stall of this silent server may come first; the end is the same.
    state
        .wait_for(|state| *state == LinkState::Idle)
        .await
        .unwrap();
    assert!(left.elapsed() >= LINGER, "{:?}", left.elapsed());
    assert_eq!(title(&station.feed), None);

    // What the ring still holds is of another time.
    let mut listener = station.feed.listen(Volume::UNTOUCHED);
    assert_eq!(heard(&mut listener), numbered(0..0));
    station.stop().await;
}

#[tokio::test]
async fn turning_the_dial_loses_and_repeats_nothing() {
    let station = Station1::start().await;
    let mut listener = station.feed.listen(Volume::UNTOUCHED);
    let dial = listener.dial();
    let mut socket = station.accept().await;
    let mut mux = Mux::new(1);
    let mut bytes = headers(&mut mux, "song", 0);
    bytes.extend(song(&mut mux, 0..90));
    bytes.extend(headers(&mut Mux::new(2), "end", 0));
    socket.write_all(&bytes).await.unwrap();
    heads_for(&station.feed, 90).await;
    for number in 0..20 {
        assert_eq!(listener.next_packet().as_deref(), Some(&packet(number)[..]));
    }
    assert_eq!(station.feed.levels().count(), 0, "100% needs no transcode");

    let half = Volume::nearest(50);
    dial.tune(&station.feed, half);
    let level = station.feed.levels().at(half, u64::MAX);
    timeout(PATIENCE, async {
        while level.ring().head() < 89 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert_eq!(dial.playing(), (Station::Jpop, Volume::UNTOUCHED));
    assert_eq!(listener.next_packet(), level.ring().get(20));
    assert_eq!(dial.playing(), (Station::Jpop, half));

    // Back again at once.
    dial.tune(&station.feed, Volume::UNTOUCHED);
    assert_eq!(listener.next_packet().as_deref(), Some(&packet(21)[..]));
    let heard = dial.heard();
    assert_eq!((heard.position, heard.silence, heard.jumps), (22, 0, 0));
    station.stop().await;
}

#[tokio::test]
async fn another_station_is_heard_when_it_has_sound() {
    let station = Station1::start().await;
    let other = Address::http("http://127.0.0.1:9/").unwrap();
    let (other, mut task) = Feed::new(Station::Kpop, other.into(), reqwest::Client::new());
    let mut listener = station.feed.listen(Volume::UNTOUCHED);
    let dial = listener.dial();
    let mut mux = Mux::new(1);
    let mut socket = station.accept().await;
    let mut bytes = headers(&mut mux, "song", 0);
    bytes.extend(song(&mut mux, 0..60));
    bytes.extend(headers(&mut Mux::new(2), "end", 0));
    socket.write_all(&bytes).await.unwrap();
    heads_for(&station.feed, 60).await;

    dial.tune(&other, Volume::UNTOUCHED);
    assert_eq!(
        (
            *station.feed.0.listeners.borrow(),
            *other.0.listeners.borrow()
        ),
        (0, 1)
    );
    assert_eq!(listener.next_packet().as_deref(), Some(&packet(0)[..]));
    assert_eq!(dial.playing().0, Station::Jpop);
    for number in 0..u32::try_from(RESTART).unwrap() {
        task.connection.writer().push(packet(1000 + number).into());
    }
    assert_eq!(listener.next_packet().as_deref(), Some(&packet(1000)[..]));
    assert_eq!(dial.playing().0, Station::Kpop);

    // The reader goes, and with it everything it kept open.
    drop(listener);
    dial.tune(&station.feed, Volume::MAX);
    assert_eq!(
        (
            *station.feed.0.listeners.borrow(),
            *other.0.listeners.borrow()
        ),
        (0, 0)
    );
    station.stop().await;
}

#[tokio::test]
async fn mp3_is_transcoded_and_its_titles_are_told() {
    let station = Station1::start().await;
    let mut listener = station.feed.listen(Volume::UNTOUCHED);
    let mut socket = station
        .accept_with("Content-Type: application/ogg\r\nicy-metaint: 4000\r\n")
        .await;
    let mp3 = include_bytes!("../transcode/samples/a440.mp3");
    let mut bytes = Vec::new();
    for (number, piece) in mp3.chunks(4000).enumerate() {
        bytes.extend(piece);
        bytes.extend(match number {
            0 => b"\x02StreamTitle='It's A - song';\0\0\0".to_vec(),
            _ => vec![0],
        });
    }
    socket.write_all(&bytes).await.unwrap();
    let mut tags = station.feed.tags();
    let tags = timeout(PATIENCE, tags.wait_for(Option::is_some)).await;
    let tags = tags.unwrap().unwrap().clone().unwrap();
    assert_eq!(tags.tags.artist.as_deref(), Some("It's A"));
    assert_eq!(tags.tags.title.as_deref(), Some("song"));
    assert!((15..30).contains(&tags.position), "{}", tags.position);
    let mut state = station.feed.status().watch();
    timeout(PATIENCE, state.wait_for(LinkState::is_up))
        .await
        .unwrap()
        .unwrap();
    let report = station.feed.report();
    assert_eq!((report.address, report.addresses), (1, 1));
    assert_eq!((report.codec, report.transcoded), (Some(Codec::Mp3), true));
    assert!(report.since.is_some() && report.trouble.is_none());
    let packet = listener.next_packet().unwrap();
    assert!(crate::radio::opus::is_relayable(&packet));
    station.stop().await;
}

#[tokio::test]
async fn after_a_cut_a_transcoded_stream_goes_on_where_it_stopped() {
    let station = Station1::start().await;
    let _listener = station.feed.listen(Volume::UNTOUCHED);
    let mp3 = include_bytes!("../transcode/samples/a440.mp3");
    let mut socket = station.accept().await;
    socket.write_all(&mp3[..8000]).await.unwrap();
    drop(socket);
    let mut socket = station.accept().await;
    socket.write_all(&mp3[3000..]).await.unwrap();
    drop(socket);
    drop(station.accept().await);
    // 59 frames of 26 ms, and no more for having come twice.
    let frames = station.feed.stats().counts.frames;
    assert!(frames > 70, "{frames}");
    let head = station.feed.0.ring.head();
    assert!((74..=78).contains(&head), "{head}");
    station.stop().await;
}

#[tokio::test]
async fn addresses_are_tried_in_turn() {
    let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let station = Station1::start_with(Some(first.local_addr().unwrap())).await;
    let mut listener = station.feed.listen(Volume::UNTOUCHED);
    let (socket, _) = timeout(PATIENCE, first.accept()).await.unwrap().unwrap();
    drop(socket);
    let mut socket = station.accept().await;
    let mut mux = Mux::new(1);
    let mut bytes = headers(&mut mux, "song", 0);
    bytes.extend(song(&mut mux, 0..50));
    bytes.extend(headers(&mut Mux::new(2), "end", 0));
    socket.write_all(&bytes).await.unwrap();
    heads_for(&station.feed, 50).await;
    assert_eq!(heard(&mut listener), numbered(0..50));
    let report = station.feed.report();
    assert_eq!((report.address, report.addresses), (2, 2));
    assert_eq!(
        (report.codec, report.transcoded),
        (Some(Codec::Opus), false)
    );
    assert!(report.trouble.is_some());
    station.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_first_address_is_tried_again_when_another_was_well_for_a_while() {
    let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let station = Station1::start_with(Some(first.local_addr().unwrap())).await;
    let _listener = station.feed.listen(Volume::UNTOUCHED);
    drop(first.accept().await.unwrap());
    let mut socket = station.accept().await;
    let mut mux = Mux::new(1);
    socket
        .write_all(&headers(&mut mux, "song", 0))
        .await
        .unwrap();
    let since = Instant::now();
    let mut number = 0;
    let returned = loop {
        // A page a second.
        socket
            .write_all(&song(&mut mux, number..number + 50))
            .await
            .unwrap();
        number += 50;
        if let Ok(returned) = timeout(Duration::from_secs(1), first.accept()).await {
            break returned;
        }
    };
    let waited = since.elapsed().as_secs();
    assert!((59..70).contains(&waited), "{waited} s");
    assert_eq!(station.feed.report().address, 1);
    drop(returned);
    // In vain: the other one is used again.
    drop(station.accept().await);
    station.stop().await;
}
