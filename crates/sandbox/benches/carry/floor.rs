//! What a packet costs a receiver at the least: one system call and one decryption.

use std::{
    net::UdpSocket,
    time::{Duration, Instant},
};

use aes_gcm::{Aes256Gcm, KeyInit as _, aead::AeadInPlace as _};

/// Datagrams in the socket's buffer at a time.
const BATCH: u32 = 64;
const BATCHES: u32 = 2000;
/// 20 ms at 128 kbit/s, and what DAVE adds.
const FRAME: usize = 332;

/// Microseconds a packet.
pub(crate) struct Floor {
    pub(crate) receive: f64,
    pub(crate) open: f64,
}

pub(crate) fn measure() -> anyhow::Result<Floor> {
    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    sender.connect(receiver.local_addr()?)?;
    let cipher = Aes256Gcm::new(&[7; 32].into());
    let (header, nonce) = ([1; 12], [2; 12].into());
    let mut body = vec![3; FRAME];
    let sealed = cipher.encrypt_in_place_detached(&nonce, &header, &mut body);
    let tag = sealed.map_err(|_| anyhow::anyhow!("a packet beyond AES-GCM"))?;
    let (mut receive, mut open) = (Duration::ZERO, Duration::ZERO);
    let mut buffer = [0; 2048];
    for _ in 0..BATCHES {
        for _ in 0..BATCH {
            sender.send(&body)?;
        }
        let begun = Instant::now();
        for _ in 0..BATCH {
            receiver.recv_from(&mut buffer)?;
        }
        receive += begun.elapsed();
        let begun = Instant::now();
        for _ in 0..BATCH {
            let mut plain = body.clone();
            cipher
                .decrypt_in_place_detached(&nonce, &header, &mut plain, &tag)
                .map_err(|_| anyhow::anyhow!("a packet that does not open"))?;
            std::hint::black_box(&plain);
        }
        open += begun.elapsed();
    }
    let micros = |spent: Duration| spent.as_secs_f64() * 1e6 / f64::from(BATCH * BATCHES);
    Ok(Floor {
        receive: micros(receive),
        open: micros(open),
    })
}
