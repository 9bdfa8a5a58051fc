//! What Icecast and the sources behind it do besides playing: serial numbers used twice, fallback
//! mounts, mounts that are not there yet or full, sources that stop sending.

use super::{
    music::{Codec, Music},
    radio::Radio,
    server::{Icecast, Setup},
    source::Source,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and opusenc: make test-icecast"]
async fn opus_files_that_share_a_serial_number() {
    songs_that_share_a_serial_number(Codec::Opus).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and oggenc: make test-icecast"]
async fn vorbis_files_that_share_a_serial_number() {
    songs_that_share_a_serial_number(Codec::Vorbis).await;
}

async fn songs_that_share_a_serial_number(codec: Codec) {
    let music = Music::write(4, 3);
    let icecast = Icecast::start(Setup::default()).await;
    let _source = Source::start(&icecast, "stream", music.encode(codec).await).await;
    let radio = Radio::start(&icecast.url("stream"), &music).await;
    radio.join().await;
    let since = radio.playing(0).await;
    radio.assert_changes(&since, 10, &music).await;
    radio.assert_tags(&music.songs).await;
    radio.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and opusenc: make test-icecast"]
async fn listeners_moved_to_a_fallback_mount_and_back() {
    let music = Music::write(2, 3);
    let [main, reserve] = music.encode(Codec::Opus).await.try_into().expect("two");
    let icecast = Icecast::start(Setup {
        mounts: "<mount type=\"normal\">
            <mount-name>/main</mount-name>
            <fallback-mount>/reserve</fallback-mount>
            <fallback-override>1</fallback-override>
          </mount>",
        ..Setup::default()
    })
    .await;
    let source = Source::start(&icecast, "main", vec![main.clone()]).await;
    let _reserve = Source::start(&icecast, "reserve", vec![reserve]).await;
    let radio = Radio::start(&icecast.url("main"), &music).await;
    radio.join().await;
    let ear = &radio.ear;
    let since = radio.playing(0).await;

    let mark = ear.mark();
    drop(source);
    ear.until_song(mark, 1).await;
    let mark = ear.mark();
    let _source = Source::start(&icecast, "main", vec![main]).await;
    ear.until_song(mark, 0).await;

    let connections = radio.bot.metric("uguisu_stream_connections_total", "jpop");
    assert_eq!(connections.await, Some(1.0), "Icecast moved the listener");
    radio.assert_tags(&music.songs).await;
    radio.assert_whole(&since).await;
    radio.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and opusenc: make test-icecast"]
async fn a_mount_that_comes_later() {
    let music = Music::write(2, 2);
    let icecast = Icecast::start(Setup::default()).await;
    let radio = Radio::start(&icecast.url("stream"), &music).await;
    radio.join().await;
    radio
        .bot
        .log()
        .until(0, &["no audio from the station", "404"])
        .await;
    radio.ear.until_silence(0).await;

    let mark = radio.ear.mark();
    let _source = Source::start(&icecast, "stream", music.encode(Codec::Opus).await).await;
    let since = radio.playing(mark).await;
    radio.assert_changes(&since, 1, &music).await;
    radio.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and opusenc: make test-icecast"]
async fn a_mount_with_as_many_listeners_as_it_takes() {
    let music = Music::write(2, 2);
    let icecast = Icecast::start(Setup {
        mounts: "<mount type=\"normal\">
            <mount-name>/stream</mount-name>
            <max-listeners>1</max-listeners>
          </mount>",
        ..Setup::default()
    })
    .await;
    let _source = Source::start(&icecast, "stream", music.encode(Codec::Opus).await).await;
    let other = reqwest::get(icecast.url("stream"))
        .await
        .expect("an answer");
    assert!(other.status().is_success());
    let radio = Radio::start(&icecast.url("stream"), &music).await;
    radio.join().await;
    radio
        .bot
        .log()
        .until(0, &["no audio from the station", "403"])
        .await;

    let mark = radio.ear.mark();
    drop(other);
    let since = radio.playing(mark).await;
    radio.assert_changes(&since, 1, &music).await;
    radio.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and opusenc: make test-icecast"]
async fn a_source_that_stops_sending_for_a_while() {
    let music = Music::write(4, 3);
    let icecast = Icecast::start(Setup::default()).await;
    let source = Source::start(&icecast, "stream", music.encode(Codec::Opus).await).await;
    let radio = Radio::start(&icecast.url("stream"), &music).await;
    radio.join().await;
    let ear = &radio.ear;
    let since = radio.playing(0).await;

    // For less than the cushion, which its pages of a second have halved: nobody hears it.
    source.hold();
    ear.until_frames(40).await;
    source.resume();
    radio.assert_changes(&since, 2, &music).await;

    // For longer: that is as good as a cut, and what comes then is the next of the music.
    let (mark, logged) = (ear.mark(), radio.bot.log().mark());
    source.hold();
    ear.until_silence(mark).await;
    radio.bot.log().until(logged, &["no audio for"]).await;
    let mark = ear.mark();
    source.resume();
    let since = radio.playing(mark).await;
    radio.assert_changes(&since, 2, &music).await;
    radio.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Icecast and opusenc: make test-icecast"]
async fn a_server_that_sends_no_burst() {
    let music = Music::write(4, 3);
    let icecast = Icecast::start(Setup {
        burst: 0,
        ..Setup::default()
    })
    .await;
    let _source = Source::start(&icecast, "stream", music.encode(Codec::Opus).await).await;
    let radio = Radio::start(&icecast.url("stream"), &music).await;
    radio.join().await;
    let since = radio.playing(0).await;
    radio.assert_changes(&since, 5, &music).await;
    radio.stop().await;
}
