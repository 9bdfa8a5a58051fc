//! Song changes, a source that stops and comes back, and Icecast killed and started again: for
//! each kind of mount that LISTEN.moe has.

use std::time::{Duration, Instant};

use super::{
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and Liquidsoap: make test-icecast"]
async fn vorbis() {
    let encoder = "%vorbis.cbr(samplerate=44100, channels=2, bitrate=128)";
    ten_changes_and_two_outages("stream", encoder).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and Liquidsoap: make test-icecast"]
async fn mp3() {
    let encoder = "%mp3(bitrate=128, samplerate=44100, stereo=true)";
    ten_changes_and_two_outages("fallback", encoder).await;
}

async fn ten_changes_and_two_outages(mount: &str, encoder: &str) {
    let music = Music::write(11, 3);
    let mut icecast = Icecast::start(Setup::default()).await;
    let radio = Radio::start(&icecast.url(mount), &music).await;
    let source = Liquidsoap::start(&music, icecast.port(), mount, encoder).await;
    icecast.until_running(mount).await;
    radio.join().await;
    let ear = &radio.ear;

    // Ten changes, each song whole, in its turn, and nothing between them.
    let since = radio.settled(0).await;
    radio.assert_changes(&since, 10, &music).await;
    // Each song's tags have arrived by the time it is heard.
    radio.assert_tags(&music.songs).await;

    // The source stops: silence, in a call that stands. It comes back: so does the sound.
    let (heard, logged) = (ear.mark(), icecast.log().mark());
    source.stop().await;
    ear.until_silence(heard).await;
    let heard = ear.mark();
    let source = Liquidsoap::start(&music, icecast.port(), mount, encoder).await;
    icecast.until_source(logged, mount).await;
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
    icecast.until_source(0, mount).await;
    goes_on(&radio, &music, heard, Instant::now()).await;

    radio.assert_whole(&since).await;
    radio.stop().await;
    source.stop().await;
}

/// The stream is back: so is the sound, soon, and then it stays.
async fn goes_on(radio: &Radio, music: &Music, heard: usize, returned: Instant) {
    radio.ear.until_any_song(heard).await;
    let pause = returned.elapsed();
    assert!(pause < SOON, "the sound was back after {pause:?}");
    let since = radio.settled(heard).await;
    radio.assert_changes(&since, 2, music).await;
}
