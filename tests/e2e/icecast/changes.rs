//! Song changes, a source that stops and comes back, and Icecast killed and started again: for
//! each kind of mount that LISTEN.moe has.

use std::time::{Duration, Instant};

use super::{
    ear,
    liquidsoap::Liquidsoap,
    music::Music,
    radio::Radio,
    server::{Icecast, Setup},
};

/// How soon the sound must be back once the stream is. The bot's own pauses are 2 s at most; the
/// rest is for busy machines.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and Liquidsoap: make test-icecast"]
async fn opus() {
    let encoder = r#"%opus(bitrate=128, vbr="constrained", samplerate=48000, channels=2, frame_size=20., application="audio")"#;
    ten_changes_and_two_outages("opus", encoder).await;
}

async fn ten_changes_and_two_outages(mount: &str, encoder: &str) {
    let music = Music::write(11, 3);
    let mut icecast = Icecast::start(Setup::default()).await;
    let source = Liquidsoap::start(&music, icecast.port(), mount, encoder);
    icecast.until_source(mount).await;
    let radio = Radio::start(&icecast.url(mount), &music).await;
    let ear = &radio.ear;

    // Ten changes, each song whole, in its turn, and nothing between them.
    ear.until_any_song(0).await;
    let mark = ear.mark();
    let silence = radio.silence().await;
    ear.until_changes(mark, 10).await;
    let songs = ear::judge(&ear.since(mark), &music).expect("music");
    assert!(songs.len() > 10, "{songs:?}");
    assert_eq!(radio.silence().await, silence, "the sound never ran out");
    // Each song's tags have arrived by the time it is heard.
    radio.assert_tags(&music.songs).await;

    // The source stops: silence, in a call that stands. It comes back: so does the sound.
    let (heard, logged) = (ear.mark(), icecast.log().mark());
    source.stop().await;
    ear.until_silence(heard).await;
    let heard = ear.mark();
    let source = Liquidsoap::start(&music, icecast.port(), mount, encoder);
    icecast.until_source_since(logged, mount).await;
    goes_on(&radio, &music, heard, Instant::now()).await;

    // Icecast itself is killed and started again, and the source finds it.
    let (heard, logged) = (ear.mark(), source.log().mark());
    icecast.kill().await;
    source
        .log()
        .until(logged, &["Error while sending data"])
        .await;
    ear.until_silence(heard).await;
    let heard = ear.mark();
    icecast.restart().await;
    icecast.until_source(mount).await;
    goes_on(&radio, &music, heard, Instant::now()).await;

    radio.assert_sound().await;
    radio.stop().await;
    source.stop().await;
}

/// The stream is back: so is the sound, soon, and then it stays.
async fn goes_on(radio: &Radio, music: &Music, heard: usize, returned: Instant) {
    radio.ear.until_any_song(heard).await;
    let pause = returned.elapsed();
    assert!(pause < SOON, "the sound was back after {pause:?}");
    let mark = radio.ear.mark();
    radio.ear.until_changes(mark, 2).await;
    ear::judge(&radio.ear.since(mark), music).expect("music");
}
