//! The socket all audio arrives on: discovery, keepalives, and packets for their calls.
//!
//! One plain thread receives. What it notes as a packet's arrival is the kernel's idea of it, and
//! it does nothing that takes long: decoding is elsewhere.

use std::{
    collections::BTreeMap,
    io,
    net::{SocketAddr, UdpSocket},
    sync::{Arc, mpsc::SyncSender},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use nix::sys::socket::{setsockopt, sockopt::RcvBufForce};
use socket2::SockRef;

use crate::faults::registry::Direction;

use super::{
    datagrams::{Datagrams, Received},
    listener::workers::Job,
    rtp::Packet,
    state::Shared,
};

/// How often the thread looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(200);

/// The shortest wait that a socket takes.
const SHORTEST: Duration = Duration::from_millis(1);

/// How many datagrams a fault may delay at a time: 1,000 calls for a second. More are lost.
const MOST_LATE: usize = 50_000;

/// Room in the kernel for a second of 1,000 calls, while the machine is busy with something else:
/// it counts about a kilobyte for each.
const RECEIVE_BUFFER: usize = 64 << 20;

/// The longest datagram that is looked at; Ethernet's limit is 1,500.
const LONGEST: usize = 2048;

const DISCOVERY_LEN: usize = 74;
const KEEPALIVE_LEN: usize = 8;

/// Prepares a socket for [`start`].
pub fn prepare(socket: &UdpSocket) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    // All of it for those who may have it; for others the kernel gives what it is allowed to give.
    if setsockopt(socket, RcvBufForce, &RECEIVE_BUFFER).is_ok() {
        return Ok(());
    }
    SockRef::from(socket).set_recv_buffer_size(RECEIVE_BUFFER)
}

/// Starts the receiving thread; it ends when `shared.token` is cancelled.
pub fn start(
    shared: Arc<Shared>,
    socket: UdpSocket,
    workers: Vec<SyncSender<Job>>,
) -> io::Result<JoinHandle<()>> {
    let datagrams = Datagrams::new(socket)?;
    std::thread::Builder::new()
        .name("voice-udp".into())
        .spawn(move || {
            Receiver {
                shared,
                datagrams,
                workers,
                late: BTreeMap::new(),
            }
            .run();
        })
}

struct Receiver {
    shared: Arc<Shared>,
    datagrams: Datagrams,
    workers: Vec<SyncSender<Job>>,
    /// Datagrams that a fault delays, by when they are to have arrived and their number.
    late: BTreeMap<(Instant, u64), (Vec<u8>, SocketAddr)>,
}

impl Receiver {
    fn run(&mut self) {
        let mut buffer = [0; LONGEST];
        while !self.shared.token.is_cancelled() {
            self.release();
            match self.datagrams.receive(&mut buffer) {
                Ok(Received { length, from, at }) => self.arrival(&buffer[..length], from, at),
                Err(error) if is_patience(&error) => {}
                // An ICMP answer to something we sent; receiving goes on.
                Err(error) => tracing::debug!(%error, "receiving voice"),
            }
        }
    }

    /// What a datagram meets on the way: loss, delay, or nothing.
    fn arrival(&mut self, bytes: &[u8], from: SocketAddr, at: Instant) {
        match self.shared.options.faults.datagram(Direction::In) {
            Some(Duration::ZERO) => self.datagram(bytes, from, at),
            Some(delay) if self.late.len() < MOST_LATE => {
                let key = (at + delay, self.shared.next_id());
                self.late.insert(key, (bytes.to_vec(), from));
            }
            Some(_) | None => {}
        }
    }

    /// Lets the delayed datagrams arrive that are due, and sees that the next one will in time.
    fn release(&mut self) {
        if self.late.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(entry) = self.late.first_entry()
            && entry.key().0 <= now
        {
            let ((due, _), (bytes, from)) = entry.remove_entry();
            self.datagram(&bytes, from, due);
        }
        let next = self.late.first_key_value().map(|((due, _), _)| *due - now);
        let patience = next.unwrap_or(PATIENCE).clamp(SHORTEST, PATIENCE);
        let socket = self.datagrams.socket();
        if let Err(error) = socket.set_read_timeout(Some(patience)) {
            tracing::debug!(%error, "setting the patience of the voice socket");
        }
    }

    fn datagram(&self, bytes: &[u8], from: SocketAddr, now: Instant) {
        if bytes.len() == KEEPALIVE_LEN {
            self.answer(bytes, from);
        } else if let Some(answer) = discovery(bytes, from) {
            let ssrc = u32::from_be_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
            if self.shared.sender(ssrc).is_some() {
                self.answer(&answer, from);
            }
        } else {
            self.packet(bytes, from, now);
        }
    }

    fn answer(&self, bytes: &[u8], to: SocketAddr) {
        // Answers are lost, but never late: nothing measures them.
        if self
            .shared
            .options
            .faults
            .datagram(Direction::Out)
            .is_none()
        {
            return;
        }
        if let Err(error) = self.datagrams.socket().send_to(bytes, to) {
            tracing::debug!(%error, %to, "answering a voice client");
        }
    }

    fn packet(&self, bytes: &[u8], from: SocketAddr, now: Instant) {
        let Some(packet) = Packet::parse(bytes) else {
            // Receiver reports and the like begin as RTP does, with the sender's source.
            if let Some(ssrc) = bytes.get(8..12).and_then(|ssrc| ssrc.try_into().ok())
                && let Some(call) = self.shared.sender(u32::from_be_bytes(ssrc))
            {
                call.count_malformed();
            }
            return;
        };
        let Some(call) = self.shared.sender(packet.ssrc) else {
            self.shared.count_stray();
            return;
        };
        let payload = call.receive(now, &packet);
        if let Some(report) = call.receiver_report(now) {
            self.answer(&report, from);
        }
        if let Some(payload) = payload {
            let worker = &self.workers[call.ssrc as usize % self.workers.len()];
            if let Err(full) = worker.try_send(Job {
                call,
                at: now,
                payload,
            }) {
                let (std::sync::mpsc::TrySendError::Full(job)
                | std::sync::mpsc::TrySendError::Disconnected(job)) = full;
                job.call.count_skipped();
            }
        }
    }
}

fn is_patience(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// The answer to an [IP discovery](https://discord.com/developers/docs/topics/voice-connections#ip-discovery)
/// request; `None` when the datagram is none.
fn discovery(bytes: &[u8], from: SocketAddr) -> Option<[u8; DISCOVERY_LEN]> {
    if bytes.len() != DISCOVERY_LEN || bytes[..4] != [0, 1, 0, 70] {
        return None;
    }
    let mut answer = [0; DISCOVERY_LEN];
    answer[..4].copy_from_slice(&[0, 2, 0, 70]);
    answer[4..8].copy_from_slice(&bytes[4..8]);
    let address = from.ip().to_string();
    answer[8..8 + address.len()].copy_from_slice(address.as_bytes());
    answer[72..].copy_from_slice(&from.port().to_be_bytes());
    Some(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discovery_tells_the_sender_its_address() {
        let mut request = [0; DISCOVERY_LEN];
        request[..8].copy_from_slice(&[0, 1, 0, 70, 0, 0, 0, 9]);
        let answer = discovery(&request, "127.0.0.1:4660".parse().unwrap()).unwrap();
        assert_eq!(answer[..8], [0, 2, 0, 70, 0, 0, 0, 9]);
        assert_eq!(&answer[8..18], b"127.0.0.1\0");
        assert_eq!(answer[72..], [0x12, 0x34]);
        assert_eq!(
            discovery(&request[..70], "127.0.0.1:1".parse().unwrap()),
            None
        );
        assert_eq!(discovery(&answer, "127.0.0.1:1".parse().unwrap()), None);
    }
}
