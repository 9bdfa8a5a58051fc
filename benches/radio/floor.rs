//! What a packet costs a sender at the least: one system call and both encryptions.

use std::{
    net::UdpSocket,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aes_gcm::{
    Aes128Gcm, Aes256Gcm, KeyInit as _,
    aead::{AeadInPlace as _, generic_array::GenericArray},
};
use anyhow::anyhow;

use crate::usage;

const PACKETS: u32 = 100_000;
/// 20 ms at 128 kbit/s.
const FRAME: usize = 320;
/// What DAVE adds: the tag's 8 bytes, the nonce, the size of it all, the marker.
const DAVE: usize = 12;
/// RTP's header, the transport's tag and nonce.
const TRANSPORT: usize = 12 + 16 + 4;

/// Microseconds of CPU time a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Floor {
    pub(crate) send: f64,
    pub(crate) transport: f64,
    pub(crate) dave: f64,
}

impl Floor {
    pub(crate) fn all(&self) -> f64 {
        self.send + self.transport + self.dave
    }
}

pub(crate) fn measure() -> anyhow::Result<Floor> {
    let aes256 = Aes256Gcm::new(&[7; 32].into());
    let aes128 = Aes128Gcm::new(&[7; 16].into());
    let nonce = GenericArray::from([2; 12]);
    let header = [1; 12];
    let mut frame = vec![3; FRAME];
    let dave = timed(|| {
        aes128
            .encrypt_in_place_detached(&nonce, &[], &mut frame)
            .map(drop)
            .map_err(|_| anyhow!("a frame beyond AES-GCM"))
    })?;
    let mut frame = vec![3; FRAME + DAVE];
    let transport = timed(|| {
        aes256
            .encrypt_in_place_detached(&nonce, &header, &mut frame)
            .map(drop)
            .map_err(|_| anyhow!("a packet beyond AES-GCM"))
    })?;
    Ok(Floor {
        send: send()?,
        transport,
        dave,
    })
}

/// To a socket that somebody reads, as the voice server does.
fn send() -> anyhow::Result<f64> {
    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    receiver.set_read_timeout(Some(Duration::from_millis(100)))?;
    let to = receiver.local_addr()?;
    let done = Arc::<AtomicBool>::default();
    let end = Arc::clone(&done);
    let reader = std::thread::spawn(move || {
        let mut buffer = [0; 2048];
        while !end.load(Ordering::Relaxed) {
            let _ = receiver.recv_from(&mut buffer);
        }
    });
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    let packet = [5; FRAME + DAVE + TRANSPORT];
    let spent = timed(|| Ok(sender.send_to(&packet, to).map(drop)?));
    done.store(true, Ordering::Relaxed);
    let _ = reader.join();
    spent
}

fn timed(mut packet: impl FnMut() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let before = usage::own_thread()?;
    for _ in 0..PACKETS {
        packet()?;
    }
    Ok((usage::own_thread()? - before) / 1e3 / f64::from(PACKETS))
}
