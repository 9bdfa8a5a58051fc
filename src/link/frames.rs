//! The frames of a WebSocket, from the client's side: <https://www.rfc-editor.org/rfc/rfc6455#section-5>
//!
//! Libraries hand out whole messages. One of a hundred megabytes is to be worked off while it
//! arrives instead, so this reads what comes, in whatever pieces, and holds nothing of it but
//! headers and control frames.

const CONTINUATION: u8 = 0x0;
const TEXT: u8 = 0x1;
const BINARY: u8 = 0x2;
const CLOSE: u8 = 0x8;
const PING: u8 = 0x9;
const PONG: u8 = 0xA;

/// Set in the byte of the length when the payload is masked, as everything that a client sends is.
const MASKED: u8 = 0x80;
/// In the place of a length: it follows in two bytes, or in eight.
const MEDIUM: u8 = 126;
const LONG: u8 = 127;

/// The longest payload of a control frame.
const MAX_CONTROL: usize = 125;

/// What came.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Came<'a> {
    /// A part of a message.
    Part {
        bytes: &'a [u8],
        binary: bool,
        /// A message begins with it.
        first: bool,
        /// A message ends with it.
        last: bool,
    },
    Ping(Vec<u8>),
    Pong,
    /// The code, 1005 for none, and the reason.
    Close(u16, String),
}

/// What must not come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Violation {
    #[error("{0}")]
    Protocol(&'static str),
    /// The limit.
    #[error("a message of more than {0} bytes")]
    TooLarge(u64),
}

/// Reads what a server sends.
#[derive(Debug)]
pub(super) struct Frames {
    max_message: u64,
    /// The bytes of a header that have come.
    header: Vec<u8>,
    /// The frame that is being read.
    frame: Option<Frame>,
    /// The message that is being read: whether it is binary.
    message: Option<bool>,
    /// Nothing of the message has been handed out yet.
    fresh: bool,
    /// Bytes of the message so far, as its headers have announced them.
    size: u64,
    control: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Frame {
    opcode: u8,
    fin: bool,
    left: u64,
}

impl Frames {
    /// Messages over `max_message` bytes are refused.
    pub(super) const fn new(max_message: u64) -> Self {
        Self {
            max_message,
            header: Vec::new(),
            frame: None,
            message: None,
            fresh: false,
            size: 0,
            control: Vec::new(),
        }
    }

    /// Reads on in `input` and leaves what it has not read. `None` when it needs more.
    pub(super) fn next<'a>(&mut self, input: &mut &'a [u8]) -> Result<Option<Came<'a>>, Violation> {
        loop {
            let Some(frame) = self.frame else {
                let Some((&byte, rest)) = input.split_first() else {
                    return Ok(None);
                };
                *input = rest;
                self.header.push(byte);
                self.frame = self.read_header()?;
                continue;
            };
            let length =
                usize::try_from(frame.left).map_or(input.len(), |left| left.min(input.len()));
            if length == 0 && frame.left > 0 {
                return Ok(None);
            }
            let (bytes, rest) = input.split_at(length);
            *input = rest;
            let left = frame.left - length as u64;
            self.frame = (left > 0).then_some(Frame { left, ..frame });
            if frame.opcode >= CLOSE {
                self.control.extend_from_slice(bytes);
                if left > 0 {
                    continue;
                }
                return Ok(Some(control(
                    frame.opcode,
                    std::mem::take(&mut self.control),
                )?));
            }
            let last = frame.fin && left == 0;
            // Checked with the header.
            let binary = self.message.unwrap_or_default();
            if last {
                self.message = None;
            }
            let first = std::mem::take(&mut self.fresh);
            return Ok(Some(Came::Part {
                bytes,
                binary,
                first,
                last,
            }));
        }
    }

    /// The frame that the header announces, when it is complete.
    fn read_header(&mut self) -> Result<Option<Frame>, Violation> {
        let [first, second, ..] = self.header[..] else {
            return Ok(None);
        };
        if second & MASKED != 0 {
            return Err(Violation::Protocol("a masked frame from a server"));
        }
        let wide = match second {
            MEDIUM => 2,
            LONG => 8,
            _ => 0,
        };
        if self.header.len() < 2 + wide {
            return Ok(None);
        }
        let length = self.header[2..]
            .iter()
            .fold(0, |length, byte| length << 8 | u64::from(*byte));
        let left = if wide == 0 { u64::from(second) } else { length };
        self.header.clear();
        let (fin, opcode) = (first & 0x80 != 0, first & 0x0F);
        if first & 0x70 != 0 {
            return Err(Violation::Protocol("a frame with reserved bits"));
        }
        match opcode {
            CLOSE | PING | PONG => {
                if !fin || left > MAX_CONTROL as u64 {
                    return Err(Violation::Protocol(
                        "a control frame that is too long, or in parts",
                    ));
                }
            }
            CONTINUATION | TEXT | BINARY => {
                if self.message.is_some() != (opcode == CONTINUATION) {
                    return Err(Violation::Protocol("a message in the middle of another"));
                }
                if opcode != CONTINUATION {
                    self.message = Some(opcode == BINARY);
                    (self.fresh, self.size) = (true, 0);
                }
                self.size = self.size.saturating_add(left);
                if self.size > self.max_message {
                    return Err(Violation::TooLarge(self.max_message));
                }
            }
            _ => return Err(Violation::Protocol("a frame of an unknown kind")),
        }
        Ok(Some(Frame { opcode, fin, left }))
    }
}

fn control(opcode: u8, payload: Vec<u8>) -> Result<Came<'static>, Violation> {
    Ok(match opcode {
        PING => Came::Ping(payload),
        PONG => Came::Pong,
        _ => match payload[..] {
            [] => Came::Close(1005, String::new()),
            [high, low, ref reason @ ..] => {
                let reason = String::from_utf8_lossy(reason).into_owned();
                Came::Close(u16::from_be_bytes([high, low]), reason)
            }
            _ => return Err(Violation::Protocol("a close frame with half a code")),
        },
    })
}

/// What a client sends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Send<'a> {
    Text(&'a str),
    Ping,
    Pong(&'a [u8]),
    /// With a code, or without one.
    Close(Option<u16>),
}

impl Send<'_> {
    /// As one frame, masked with a key that nobody can foresee.
    pub(super) fn frame(self, mask: [u8; 4]) -> Vec<u8> {
        let code;
        let (opcode, payload) = match self {
            Self::Text(text) => (TEXT, text.as_bytes()),
            Self::Ping => (PING, b"".as_slice()),
            Self::Pong(payload) => (PONG, payload),
            Self::Close(None) => (CLOSE, b"".as_slice()),
            Self::Close(Some(number)) => {
                code = number.to_be_bytes();
                (CLOSE, code.as_slice())
            }
        };
        let mut frame = vec![0x80 | opcode];
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(short @ ..126), _) => frame.push(MASKED | short),
            (_, Ok(medium)) => {
                frame.push(MASKED | MEDIUM);
                frame.extend(medium.to_be_bytes());
            }
            _ => {
                frame.push(MASKED | LONG);
                frame.extend((payload.len() as u64).to_be_bytes());
            }
        }
        frame.extend(mask);
        frame.extend(
            payload
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        frame
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame as a server sends it.
    fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![first];
        match payload.len() {
            short @ ..126 => frame.push(u8::try_from(short).unwrap()),
            medium @ ..65536 => {
                frame.push(126);
                frame.extend(u16::try_from(medium).unwrap().to_be_bytes());
            }
            long => {
                frame.push(127);
                frame.extend((long as u64).to_be_bytes());
            }
        }
        frame.extend(payload);
        frame
    }

    /// What was read: whole messages, and control frames as texts.
    fn read(pieces: &[&[u8]]) -> Result<Vec<(bool, Vec<u8>)>, Violation> {
        let mut frames = Frames::new(1_000_000);
        let (mut read, mut message) = (vec![], vec![]);
        for mut piece in pieces.iter().copied() {
            while let Some(came) = frames.next(&mut piece)? {
                match came {
                    Came::Part {
                        bytes,
                        binary,
                        first,
                        last,
                    } => {
                        assert_eq!(first, message.is_empty() || bytes.is_empty() && first);
                        message.extend_from_slice(bytes);
                        if last {
                            read.push((binary, std::mem::take(&mut message)));
                        }
                    }
                    Came::Ping(payload) => read.push((true, [b"ping ", &payload[..]].concat())),
                    Came::Pong => read.push((true, b"pong".to_vec())),
                    Came::Close(code, reason) => {
                        read.push((true, format!("close {code} {reason}").into_bytes()));
                    }
                }
            }
        }
        Ok(read)
    }

    /// Lengths around those where the header changes.
    fn length() -> impl Strategy<Value = usize> {
        prop_oneof![8 => 1..300_usize, 1 => 65_530..65_540_usize]
    }

    fn messages() -> impl Strategy<Value = Vec<(bool, Vec<u8>, usize)>> {
        let message = (any::<bool>(), length(), 1..4_usize);
        let message = message.prop_map(|(binary, length, parts)| {
            let bytes = (0..length).map(|number| u8::try_from(number % 251).unwrap());
            (binary, bytes.collect(), parts)
        });
        prop::collection::vec(message, 0..4)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn messages_survive_any_cut(messages in messages(), cuts in prop::collection::vec(any::<usize>(), 0..6)) {
            let mut bytes = vec![];
            let mut expected = vec![];
            for (binary, message, parts) in messages {
                let size = message.len().div_ceil(parts);
                let count = message.chunks(size).count();
                for (number, part) in message.chunks(size).enumerate() {
                    let opcode = if number > 0 { CONTINUATION } else if binary { BINARY } else { TEXT };
                    let fin = if number + 1 == count { 0x80 } else { 0 };
                    bytes.extend(frame(fin | opcode, part));
                    if fin == 0 {
                        // Between the parts of a message.
                        bytes.extend(frame(0x80 | PING, b"?"));
                        expected.push((true, b"ping ?".to_vec()));
                    }
                }
                expected.push((binary, message));
            }
            bytes.extend(frame(0x80 | CLOSE, b"\x0f\xa4unknown_opcode"));
            expected.push((true, b"close 4004 unknown_opcode".to_vec()));
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(read(&pieces).unwrap(), expected.clone());
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(read(&single).unwrap(), expected);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = read(&[&bytes]);
        }
    }

    #[test]
    fn what_the_protocol_forbids_is_refused() {
        for (name, bytes) in [
            ("masked", vec![0x81, 0x81, 0, 0, 0, 0, 0]),
            ("reserved bits", frame(0xC1, b"x")),
            ("an unknown kind", frame(0x83, b"x")),
            ("a continuation of nothing", frame(0x80, b"x")),
            (
                "a message in another",
                [frame(0x01, b"x"), frame(0x81, b"x")].concat(),
            ),
            ("a ping in parts", frame(0x09, b"x")),
            ("a long ping", frame(0x89, &[0; 126])),
            ("half a code", frame(0x88, b"x")),
            (
                "a message over the limit",
                vec![0x82, 127, 0x7F, 0, 0, 0, 0, 0, 0, 0],
            ),
        ] {
            assert!(read(&[&bytes]).is_err(), "{name}");
        }
        let large = vec![0; 600_000];
        let parts = [frame(0x02, &large), frame(0x80, &large)].concat();
        assert_eq!(read(&[&parts]), Err(Violation::TooLarge(1_000_000)));
    }

    #[test]
    fn what_is_sent_is_masked() {
        assert_eq!(
            Send::Text("Hello").frame([0x37, 0xFA, 0x21, 0x3D]),
            [
                0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58
            ]
        );
        assert_eq!(
            Send::Close(Some(1000)).frame([0; 4]),
            [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]
        );
        assert_eq!(
            Send::Text(&"x".repeat(126)).frame([0; 4])[..4],
            [0x81, 0xFE, 0, 126]
        );
        assert_eq!(
            Send::Text(&"x".repeat(70_000)).frame([0; 4])[..10],
            [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0x11, 0x70]
        );
    }
}
