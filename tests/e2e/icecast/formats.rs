//! What else a station may send: packets that are not 20 ms, one channel, other rates, another
//! character set for titles, several addresses.

use super::{
    liquidsoap::Liquidsoap,
    music::{Codec, Music},
    radio::Radio,
    server::{Icecast, Setup},
    source::Source,
};

/// Three changes of songs from Liquidsoap with the given encoder.
async fn is_heard(encoder: &str, mounts: &'static str) {
    let music = Music::write(4, 3);
    let icecast = Icecast::start(Setup {
        mounts,
        ..Setup::default()
    })
    .await;
    let radio = Radio::start(&icecast.url("stream"), &music).await;
    let source = Liquidsoap::start(&music, icecast.port(), "stream", encoder).await;
    icecast.until_running("stream").await;
    radio.join().await;
    let since = radio.settled(0).await;
    radio.assert_changes(&since, 3, &music).await;
    radio.assert_tags(&music.songs).await;
    radio.stop().await;
    source.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and opusenc: make test-icecast"]
async fn opus_in_packets_of_sixty_milliseconds_and_one_channel() {
    let music = Music::write(4, 3);
    let icecast = Icecast::start(Setup::default()).await;
    let files = music.encode(Codec::OpusSixty).await;
    let _source = Source::start(&icecast, "stream", files).await;
    let radio = Radio::start(&icecast.url("stream"), &music).await;
    radio.join().await;
    let since = radio.playing(0).await;
    radio.assert_changes(&since, 3, &music).await;
    radio.assert_tags(&music.songs).await;
    radio.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and Liquidsoap: make test-icecast"]
async fn vorbis_with_a_variable_rate_and_one_channel() {
    is_heard("%vorbis(samplerate=32000, channels=1, quality=0.3)", "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and Liquidsoap: make test-icecast"]
async fn mp3_of_half_the_rate_with_titles_in_utf_8() {
    let mounts = "<mount type=\"normal\">
        <mount-name>/stream</mount-name>
        <charset>UTF-8</charset>
      </mount>";
    is_heard("%mp3(bitrate=64, samplerate=22050, stereo=false)", mounts).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and opusenc: make test-icecast"]
async fn the_second_address_while_the_first_is_dead_and_then_the_first_again() {
    let music = Music::write(2, 2);
    let [first, second] = music.encode(Codec::Opus).await.try_into().expect("two");
    let icecast = Icecast::start(Setup::default()).await;
    let _second = Source::start(&icecast, "second", vec![second]).await;
    let urls = [icecast.url("first"), icecast.url("second")].join(",");
    let radio = Radio::start(&urls, &music).await;
    radio.join().await;
    radio.ear.until_song(0, 1).await;

    let mark = radio.ear.mark();
    let _first = Source::start(&icecast, "first", vec![first]).await;
    // A second address is given a minute before the first is tried again.
    radio.ear.until_frames(50 * 20).await;
    radio.ear.until_frames(50 * 20).await;
    radio.ear.until_song(mark, 0).await;
    radio.stop().await;
}
