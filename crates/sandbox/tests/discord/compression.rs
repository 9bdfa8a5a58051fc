//! What the gateway sends, compressed: the transport as a whole, or payload by payload.

use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Bench, Socket, identify};

const GUILDS: u64 = 1;

#[tokio::test]
async fn the_transport_can_be_one_zlib_stream() {
    let bench = Bench::start().await;
    let mut socket = bench
        .connect("/?v=10&encoding=json&compress=zlib-stream")
        .await;
    let mut inflate = flate2::Decompress::new(true);
    let mut next = async |socket: &mut Socket| {
        let Some(Message::Binary(bytes)) = socket.raw().await else {
            panic!("not binary");
        };
        let mut out = Vec::with_capacity(1 << 20);
        inflate
            .decompress_vec(&bytes, &mut out, flate2::FlushDecompress::Sync)
            .unwrap();
        serde_json::from_slice::<Value>(&out).unwrap()
    };
    assert_eq!(next(&mut socket).await["op"], 10);
    socket.send(identify(&bench.token, GUILDS)).await;
    assert_eq!(next(&mut socket).await["t"], "READY");
    for _ in 0..3 {
        assert_eq!(next(&mut socket).await["t"], "GUILD_CREATE");
    }
}

#[tokio::test]
async fn the_transport_can_be_one_zstandard_frame() {
    let bench = Bench::start().await;
    let mut socket = bench
        .connect("/?v=10&encoding=json&compress=zstd-stream")
        .await;
    let mut first = true;
    // Blocks are stored, so that this needs no decoder: RFC 8878, section 3.1.1.
    let mut next = async |socket: &mut Socket| {
        let Some(Message::Binary(bytes)) = socket.raw().await else {
            panic!("not binary");
        };
        let mut rest = &bytes[..];
        if std::mem::take(&mut first) {
            rest = rest.strip_prefix(b"\x28\xB5\x2F\xFD\x00\x38").unwrap();
        }
        let mut out = Vec::new();
        while let Some((head, after)) = rest.split_at_checked(3) {
            let head = u32::from_le_bytes([head[0], head[1], head[2], 0]);
            assert_eq!(head & 0b111, 0, "raw, and not the last");
            let (block, after) = after.split_at((head >> 3) as usize);
            out.extend_from_slice(block);
            rest = after;
        }
        serde_json::from_slice::<Value>(&out).unwrap()
    };
    assert_eq!(next(&mut socket).await["op"], 10);
    socket.send(identify(&bench.token, GUILDS)).await;
    assert_eq!(next(&mut socket).await["t"], "READY");
    assert_eq!(next(&mut socket).await["t"], "GUILD_CREATE");
}
#[tokio::test]
async fn payloads_are_compressed_one_by_one_on_demand() {
    let bench = Bench::start().await;
    let mut socket = bench.fresh().await;
    let mut message = identify(&bench.token, GUILDS);
    message["d"]["compress"] = true.into();
    socket.send(message).await;
    let mut names = Vec::new();
    while names.len() < 4 {
        let text = match socket.raw().await {
            Some(Message::Binary(bytes)) => {
                let mut inflated = flate2::read::ZlibDecoder::new(&bytes[..]);
                std::io::read_to_string(&mut inflated).unwrap()
            }
            Some(Message::Text(text)) => text.to_string(),
            other => panic!("{other:?}"),
        };
        let event: Value = serde_json::from_str(&text).unwrap();
        names.push(event["t"].as_str().unwrap().to_owned());
    }
    assert_eq!(
        names,
        ["READY", "GUILD_CREATE", "GUILD_CREATE", "GUILD_CREATE"]
    );
    let mut unknown = bench.connect("/?v=10&compress=brotli").await;
    assert_eq!(unknown.closed().await, Some(4002));
}
