//! Datagrams, and when the kernel took each of them in: not when a thread came to read it, which
//! on a busy machine is many milliseconds later and would be held against the bot.

use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr, UdpSocket},
    os::fd::AsRawFd,
    time::{Duration, Instant, SystemTime},
};

use nix::sys::{
    socket::{
        ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt,
        sockopt::ReceiveTimestampns,
    },
    time::TimeSpec,
};

/// A socket whose datagrams carry the kernel's timestamps
/// (`SO_TIMESTAMPNS`, <https://www.kernel.org/doc/html/latest/networking/timestamping.html>).
#[derive(Debug)]
pub struct Datagrams {
    socket: UdpSocket,
    control: Vec<u8>,
    clock: Clock,
}

/// What was received, beside the bytes.
#[derive(Clone, Copy, Debug)]
pub struct Received {
    /// Bytes in the buffer.
    pub length: usize,
    /// Who sent it.
    pub from: SocketAddr,
    /// When it arrived; never in the future.
    pub at: Instant,
}

impl Datagrams {
    /// Asks the kernel for timestamps from now on.
    pub fn new(socket: UdpSocket) -> io::Result<Self> {
        setsockopt(&socket, ReceiveTimestampns, &true)?;
        Ok(Self {
            socket,
            control: nix::cmsg_space!(TimeSpec),
            clock: Clock::read(),
        })
    }

    /// The socket, to answer through.
    pub const fn socket(&self) -> &UdpSocket {
        &self.socket
    }

    /// Waits for a datagram, as long as the socket's read timeout says.
    pub fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Received> {
        let mut slices = [IoSliceMut::new(buffer)];
        let message = recvmsg::<SockaddrStorage>(
            self.socket.as_raw_fd(),
            &mut slices,
            Some(&mut self.control),
            MsgFlags::empty(),
        )?;
        let now = Instant::now();
        let stamp = message.cmsgs()?.find_map(|message| match message {
            ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
            _ => None,
        });
        Ok(Received {
            length: message.bytes,
            from: message
                .address
                .and_then(|address| address_of(&address))
                .ok_or_else(|| io::Error::other("a datagram from nowhere"))?,
            at: stamp.map_or(now, |stamp| self.clock.instant(stamp, now)),
        })
    }
}

fn address_of(address: &SockaddrStorage) -> Option<SocketAddr> {
    if let Some(four) = address.as_sockaddr_in() {
        return Some((IpAddr::V4(four.ip()), four.port()).into());
    }
    let six = address.as_sockaddr_in6()?;
    Some((IpAddr::V6(six.ip()), six.port()).into())
}

/// The same moment on two clocks: timestamps are of the system's, which may be set; everything
/// else here is of the monotonic one.
#[derive(Clone, Copy, Debug)]
struct Clock {
    instant: Instant,
    system: Duration,
}

/// For how long the two are taken to run alike.
const FRESH: Duration = Duration::from_secs(1);
/// The reading of one clock after the other counts as one moment when it took no longer.
const MOMENT: Duration = Duration::from_micros(2);
/// How often that is tried: the thread may be interrupted between the two.
const TRIES: usize = 20;

impl Clock {
    fn read() -> Self {
        let look = || {
            let instant = Instant::now();
            let system = SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default();
            (instant.elapsed(), Self { instant, system })
        };
        let looks = std::iter::repeat_with(look).take(TRIES);
        let mut best = look();
        for (took, clock) in looks {
            if best.0 <= MOMENT {
                break;
            }
            if took < best.0 {
                best = (took, clock);
            }
        }
        best.1
    }

    /// The moment of a timestamp, `now` at the latest.
    fn instant(&mut self, stamp: Duration, now: Instant) -> Instant {
        if now.saturating_duration_since(self.instant) > FRESH {
            *self = Self::read();
        }
        let at = match stamp.checked_sub(self.system) {
            Some(after) => self.instant.checked_add(after),
            None => self.instant.checked_sub(self.system.saturating_sub(stamp)),
        };
        at.unwrap_or(now).min(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_has_the_time_of_its_arrival_not_of_its_reading() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = receiver.local_addr().unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut datagrams = Datagrams::new(receiver).unwrap();
        let before = Instant::now();
        sender.send_to(b"first", to).unwrap();
        let between = Instant::now();
        // A blocked receiver, as far as the kernel can tell.
        std::thread::sleep(Duration::from_millis(30));
        let mut buffer = [0; 16];
        let received = datagrams.receive(&mut buffer).unwrap();
        assert_eq!(&buffer[..received.length], b"first");
        assert_eq!(received.from, sender.local_addr().unwrap());
        let slack = Duration::from_millis(5);
        assert!(received.at + slack >= before, "before it was sent");
        assert!(received.at <= between + slack, "when it was read");
    }

    #[test]
    fn a_timestamp_is_translated_and_never_of_the_future() {
        let before = Instant::now();
        let instant = before + Duration::from_millis(20);
        let system = Duration::from_secs(1000);
        let mut clock = Clock { instant, system };
        let now = instant + Duration::from_millis(500);
        for ms in [0, 20, 500] {
            let later = Duration::from_millis(ms);
            assert_eq!(clock.instant(system + later, now), instant + later);
        }
        let early = Duration::from_millis(999_980);
        assert_eq!(clock.instant(early, now), before);
        assert_eq!(clock.instant(system + Duration::from_hours(1), now), now);
    }
}
