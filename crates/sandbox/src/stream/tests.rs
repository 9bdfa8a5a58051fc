//! The streams over real sockets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::ogg::reader::{Page, pages};
use crate::{
    Sandbox,
    testing::{get, post, start, still, within},
};

const BEGIN: u8 = 2;
const END: u8 = 4;

/// A listener that reads pages.
struct Listener {
    response: reqwest::Response,
    buffer: Vec<u8>,
    pages: std::collections::VecDeque<Page>,
}

impl Listener {
    async fn tune_in(sandbox: &Sandbox, path: &str) -> Self {
        let url = format!("{}{path}", sandbox.context().http());
        let response = within(reqwest::get(&url)).await.unwrap();
        assert_eq!(response.status(), 200);
        Self {
            response,
            buffer: Vec::new(),
            pages: std::collections::VecDeque::new(),
        }
    }

    async fn next(&mut self) -> Page {
        while self.pages.is_empty() {
            let chunk = within(self.response.chunk()).await.unwrap().unwrap();
            self.buffer.extend_from_slice(&chunk);
            self.pages.extend(pages(&mut self.buffer));
        }
        self.pages.pop_front().unwrap()
    }

    /// Skips to the next page of a kind.
    async fn skip_to(&mut self, kind: u8) -> Page {
        loop {
            let page = self.next().await;
            if page.kind == kind {
                return page;
            }
        }
    }
}

fn tags(page: &Page) -> String {
    assert!(page.packets[0].starts_with(b"OpusTags"));
    String::from_utf8_lossy(&page.packets[0]).into_owned()
}

#[tokio::test]
async fn the_answer_is_icecasts() {
    let sandbox = start(still()).await;
    let listener = Listener::tune_in(&sandbox, "/listen.moe/opus").await;
    assert_eq!(listener.response.version(), reqwest::Version::HTTP_10);
    let headers = listener.response.headers();
    assert_eq!(headers["content-type"], "application/ogg");
    assert!(headers["icy-name"].to_str().unwrap().contains("J-POP"));
    assert!(!headers.contains_key("transfer-encoding"));
    assert!(!headers.contains_key("content-length"));
    for path in ["/listen.moe/stream", "/listen.moe/kpop/fallback"] {
        let url = format!("{}{path}", sandbox.context().http());
        assert_eq!(within(reqwest::get(&url)).await.unwrap().status(), 404);
    }
    sandbox.shutdown().await;
}

#[tokio::test]
async fn each_song_is_a_new_logical_stream() {
    let sandbox = start(still()).await;
    let mut listener = Listener::tune_in(&sandbox, "/listen.moe/opus").await;
    let first = listener.next().await;
    assert_eq!(first.kind, BEGIN);
    assert!(tags(&listener.next().await).contains("TITLE=星屑ドライブ"));
    let audio = listener.next().await;
    assert!(audio.packets.iter().all(|packet| packet[0] == 0xFC));

    post(&sandbox, "/control/listen-moe/jpop/next", Value::Null).await;
    let mut last = audio;
    while last.kind != END {
        let page = listener.next().await;
        assert_eq!(page.serial, first.serial);
        assert_eq!(page.sequence, last.sequence + 1);
        assert_eq!(page.granule, last.granule + 960 * page.packets.len() as u64);
        last = page;
    }
    let second = listener.next().await;
    assert_eq!(
        (second.kind, second.sequence, second.granule),
        (BEGIN, 0, 0)
    );
    assert_ne!(second.serial, first.serial);
    assert!(tags(&listener.next().await).contains("TITLE=月曜日は雨のち_猫_"));
    assert_eq!(listener.next().await.granule, 5 * 960);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn who_comes_later_gets_headers_and_a_burst_from_the_middle() {
    let sandbox = start(still()).await;
    // More than the burst holds has been sent when the first listener has heard six seconds.
    let mut early = Listener::tune_in(&sandbox, "/listen.moe/kpop/opus").await;
    while early.next().await.granule < 6 * 48_000 {}
    let mut late = Listener::tune_in(&sandbox, "/listen.moe/kpop/opus").await;
    assert_eq!(late.next().await.kind, BEGIN);
    tags(&late.next().await);
    let middle = late.next().await;
    assert!(middle.sequence > 2 && middle.granule > 5 * 960);
    let mut sequence = middle.sequence;
    let mut bytes = 0;
    while bytes < 50_000 {
        let page = late.next().await;
        assert_eq!(page.sequence, sequence + 1);
        sequence = page.sequence;
        bytes += page.packets.iter().map(Vec::len).sum::<usize>();
    }
    let state = get(&sandbox, "/control/stream").await;
    assert_eq!(state["kpop"]["listeners"], 2);
    drop(early);
    drop(late);
    let gone = async {
        while get(&sandbox, "/control/stream").await["kpop"]["listeners"] != 0 {
            tokio::task::yield_now().await;
        }
    };
    within(gone).await;
    sandbox.shutdown().await;
}

#[tokio::test]
async fn the_pace_is_that_of_time() {
    let sandbox = start(still()).await;
    let mut listener = Listener::tune_in(&sandbox, "/listen.moe/opus").await;
    listener.next().await;
    let asked = Instant::now();
    post(&sandbox, "/control/listen-moe/jpop/next", Value::Null).await;
    listener.skip_to(BEGIN).await;
    let mut quickest = Duration::MAX;
    for second in 1..=4 {
        let begun = Instant::now();
        while listener.next().await.granule < second * 48_000 {}
        quickest = quickest.min(begun.elapsed());
        // Nothing comes before its time, however late the machine is.
        let due = Duration::from_millis(second * 1000 - 500);
        assert!(
            asked.elapsed() > due,
            "second {second}: {:?}",
            asked.elapsed()
        );
    }
    // Lateness is caught up: were it slower than time, every second were.
    assert!(quickest < Duration::from_millis(1500), "{quickest:?}");
    sandbox.shutdown().await;
}

#[tokio::test]
async fn habits_change_with_the_next_song() {
    let sandbox = start(still()).await;
    let mut listener = Listener::tune_in(&sandbox, "/listen.moe/opus").await;
    let first = listener.next().await.serial;
    let habits = json!({"page_ms": 1000, "reuse_serial": true, "zero_length_end": true});
    post(&sandbox, "/control/stream/jpop", habits).await;
    for _ in 0..2 {
        post(&sandbox, "/control/listen-moe/jpop/next", Value::Null).await;
        assert_eq!(listener.skip_to(BEGIN).await.serial, first);
    }
    tags(&listener.next().await);
    assert_eq!(listener.next().await.packets.len(), 50);
    post(&sandbox, "/control/listen-moe/jpop/next", Value::Null).await;
    let end = listener.skip_to(END).await;
    assert_eq!(end.packets, [Vec::<u8>::new()]);
    sandbox.shutdown().await;
}

#[tokio::test]
async fn the_sound_can_come_after_the_metadata() {
    let sandbox = start(still()).await;
    let mut listener = Listener::tune_in(&sandbox, "/listen.moe/opus").await;
    post(&sandbox, "/control/stream/jpop", json!({"delay_ms": 1000})).await;
    post(&sandbox, "/control/listen-moe/jpop/next", Value::Null).await;
    listener.next().await;
    listener.skip_to(BEGIN).await;
    // Two changes within the delay: both songs are heard, each for as long as it was on.
    let changed = Instant::now();
    post(&sandbox, "/control/listen-moe/jpop/next", Value::Null).await;
    post(&sandbox, "/control/listen-moe/jpop/next", Value::Null).await;
    listener.skip_to(BEGIN).await;
    assert!(tags(&listener.next().await).contains("Paper Moon Parade"));
    assert!(changed.elapsed() > Duration::from_millis(900));
    listener.skip_to(BEGIN).await;
    assert!(tags(&listener.next().await).contains("Namae no Nai Uta"));
    sandbox.shutdown().await;
}
