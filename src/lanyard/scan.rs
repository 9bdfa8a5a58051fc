//! A push parser for JSON: fed with any pieces of a text, it says where values begin and end, and
//! refuses what is no JSON. It holds nothing of the text but one short key or value.
//!
//! <https://www.rfc-editor.org/rfc/rfc8259>

/// Keys and values that are looked at are short; of longer ones only the beginning is kept.
const TEXT: usize = 64;

/// Who wants to know. Depths: the text as a whole is 0, the members of it 1, and so on.
pub(super) trait Visit {
    /// How deep to report. Asked anew after each report.
    fn depth(&self) -> usize;
    /// The key of a member that follows. `at` is behind its closing quote.
    fn key(&mut self, at: Place<'_>, key: &[u8]);
    /// A value begins at `at` with this byte.
    fn start(&mut self, at: Place<'_>, first: u8);
    /// A value has ended before `at`. `text` is what a scalar says, of a string without the quotes;
    /// empty for objects and lists.
    fn end(&mut self, at: Place<'_>, text: &[u8]);
}

/// A place in the piece that is being read.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) depth: usize,
    pub(super) piece: &'a [u8],
    pub(super) at: usize,
}

/// Why it is no JSON, or none that is read here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Syntax {
    #[error("it is not JSON")]
    Invalid,
    #[error("it is nested too deeply")]
    TooDeep,
    #[error("it ends too soon")]
    Unfinished,
}

/// The state between two bytes.
#[derive(Debug)]
pub(super) struct Scanner {
    state: State,
    /// What is open, outermost first: true for an object, false for a list.
    open: Vec<bool>,
    max_depth: usize,
    /// The key or scalar that is being read, when its depth is reported.
    text: Vec<u8>,
    /// There are escapes in it.
    escaped: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// A value must follow.
    Value,
    /// The first value of a list, or its end.
    FirstValue,
    /// A key must follow.
    Key,
    /// The first key of an object, or its end.
    FirstKey,
    Colon,
    /// Behind a value.
    After,
    Text(Role),
    Escape(Role),
    /// So many digits of `\uXXXX` must follow.
    Hex(Role, u8),
    /// The rest of `true`, `false` or `null`.
    Word(&'static [u8]),
    Number(Number),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Key,
    Value,
}

#[derive(Clone, Copy, Debug)]
enum Number {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    Exponent,
    Sign,
    Power,
}

impl Number {
    /// Where the next byte leads; `None` when it is not a part of the number.
    const fn next(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Minus, b'0') => Self::Zero,
            (Self::Minus, b'1'..=b'9') | (Self::Whole, b'0'..=b'9') => Self::Whole,
            (Self::Zero | Self::Whole, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Whole | Self::Fraction, b'e' | b'E') => Self::Exponent,
            (Self::Exponent, b'+' | b'-') => Self::Sign,
            (Self::Exponent | Self::Sign | Self::Power, b'0'..=b'9') => Self::Power,
            _ => return None,
        })
    }

    const fn complete(self) -> bool {
        matches!(
            self,
            Self::Zero | Self::Whole | Self::Fraction | Self::Power
        )
    }
}

/// Bytes that mean nothing in a string but themselves.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut control = 0;
    while control < 0x20 {
        plain[control] = false;
        control += 1;
    }
    plain[b'"' as usize] = false;
    plain[b'\\' as usize] = false;
    plain
};

impl Scanner {
    /// At the beginning of a text with at most `max_depth` objects and lists in each other.
    pub(super) fn new(max_depth: usize) -> Self {
        Self {
            state: State::Value,
            open: Vec::new(),
            max_depth,
            text: Vec::with_capacity(TEXT),
            escaped: false,
        }
    }

    /// Back to the beginning.
    pub(super) fn reset(&mut self) {
        self.state = State::Value;
        self.open.clear();
        self.text.clear();
        self.escaped = false;
    }

    /// Reads the next piece. After an error only [`Scanner::reset`] helps.
    pub(super) fn feed(&mut self, piece: &[u8], visit: &mut impl Visit) -> Result<(), Syntax> {
        let mut at = 0;
        let mut wanted = visit.depth();
        while let Some(&byte) = piece.get(at) {
            let depth = self.open.len();
            let place = |at| Place { depth, piece, at };
            match self.state {
                State::Text(role) => {
                    let rest = &piece[at..];
                    let plain = rest.iter().position(|byte| !PLAIN[usize::from(*byte)]);
                    let plain = plain.unwrap_or(rest.len());
                    if depth <= wanted {
                        self.note(&rest[..plain]);
                    }
                    at += plain;
                    let Some(&byte) = piece.get(at) else { break };
                    at += 1;
                    match (byte, role) {
                        (b'"', Role::Key) => {
                            self.state = State::Colon;
                            if depth <= wanted {
                                self.unescape();
                                visit.key(place(at), &self.text);
                                wanted = visit.depth();
                            }
                        }
                        (b'"', Role::Value) => {
                            self.state = State::After;
                            if depth <= wanted {
                                self.unescape();
                                visit.end(place(at), &self.text);
                                wanted = visit.depth();
                            }
                        }
                        (b'\\', role) => {
                            self.escaped = true;
                            if depth <= wanted {
                                self.note(b"\\");
                            }
                            self.state = State::Escape(role);
                        }
                        _ => return Err(Syntax::Invalid),
                    }
                    continue;
                }
                State::Number(number) => {
                    if let Some(next) = number.next(byte) {
                        self.state = State::Number(next);
                        if depth <= wanted {
                            self.note(&[byte]);
                        }
                        at += 1;
                    } else if number.complete() {
                        self.state = State::After;
                        if depth <= wanted {
                            visit.end(place(at), &self.text);
                            wanted = visit.depth();
                        }
                    } else {
                        return Err(Syntax::Invalid);
                    }
                    continue;
                }
                State::Word(rest) => {
                    let Some((_, rest)) = rest.split_first().filter(|(next, _)| **next == byte)
                    else {
                        return Err(Syntax::Invalid);
                    };
                    self.state = State::Word(rest);
                    at += 1;
                    if rest.is_empty() {
                        self.state = State::After;
                        if depth <= wanted {
                            visit.end(place(at), &self.text);
                            wanted = visit.depth();
                        }
                    }
                    continue;
                }
                State::Escape(role) => {
                    self.state = match byte {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => State::Text(role),
                        b'u' => State::Hex(role, 4),
                        _ => return Err(Syntax::Invalid),
                    };
                    if depth <= wanted {
                        self.note(&[byte]);
                    }
                    at += 1;
                    continue;
                }
                State::Hex(role, digits) => {
                    if !byte.is_ascii_hexdigit() {
                        return Err(Syntax::Invalid);
                    }
                    self.state = match digits {
                        1 => State::Text(role),
                        more => State::Hex(role, more - 1),
                    };
                    if depth <= wanted {
                        self.note(&[byte]);
                    }
                    at += 1;
                    continue;
                }
                _ => {}
            }
            if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                at += 1;
                continue;
            }
            match (self.state, byte) {
                (State::Colon, b':') => self.state = State::Value,
                (State::Key | State::FirstKey, b'"') => self.begin_text(Role::Key),
                (State::After, b',') => {
                    self.state = match self.open.last() {
                        Some(true) => State::Key,
                        Some(false) => State::Value,
                        None => return Err(Syntax::Invalid),
                    }
                }
                (State::After | State::FirstKey, b'}')
                | (State::After | State::FirstValue, b']') => {
                    if self.open.pop() != Some(byte == b'}') {
                        return Err(Syntax::Invalid);
                    }
                    self.state = State::After;
                    let depth = depth - 1;
                    if depth <= wanted {
                        let at = at + 1;
                        visit.end(Place { depth, piece, at }, b"");
                        wanted = visit.depth();
                    }
                }
                (State::Value | State::FirstValue, _) => {
                    if depth <= wanted {
                        visit.start(place(at), byte);
                        wanted = visit.depth();
                    }
                    self.begin(byte, depth <= wanted)?;
                }
                _ => return Err(Syntax::Invalid),
            }
            at += 1;
        }
        Ok(())
    }

    /// The text is over. Whether it is one whole value.
    pub(super) fn finish(&mut self, visit: &mut impl Visit) -> Result<(), Syntax> {
        match self.state {
            State::After if self.open.is_empty() => Ok(()),
            State::Number(number) if number.complete() && self.open.is_empty() => {
                let (depth, piece, at) = (0, b"".as_slice(), 0);
                visit.end(Place { depth, piece, at }, &self.text);
                Ok(())
            }
            _ => Err(Syntax::Unfinished),
        }
    }

    fn begin(&mut self, first: u8, wanted: bool) -> Result<(), Syntax> {
        let state = match first {
            b'{' => return self.enter(true),
            b'[' => return self.enter(false),
            b'"' => {
                self.begin_text(Role::Value);
                return Ok(());
            }
            b't' => State::Word(b"rue"),
            b'f' => State::Word(b"alse"),
            b'n' => State::Word(b"ull"),
            b'-' => State::Number(Number::Minus),
            b'0' => State::Number(Number::Zero),
            b'1'..=b'9' => State::Number(Number::Whole),
            _ => return Err(Syntax::Invalid),
        };
        self.text.clear();
        self.escaped = false;
        if wanted {
            self.note(&[first]);
        }
        self.state = state;
        Ok(())
    }

    fn begin_text(&mut self, role: Role) {
        self.text.clear();
        self.escaped = false;
        self.state = State::Text(role);
    }

    fn enter(&mut self, object: bool) -> Result<(), Syntax> {
        if self.open.len() >= self.max_depth {
            return Err(Syntax::TooDeep);
        }
        self.open.push(object);
        self.state = if object {
            State::FirstKey
        } else {
            State::FirstValue
        };
        Ok(())
    }

    fn note(&mut self, bytes: &[u8]) {
        let room = TEXT - self.text.len();
        self.text.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Makes of the raw text what it means. Rare: keys and ids have no escapes.
    fn unescape(&mut self) {
        if self.escaped {
            let quoted = [b"\"", self.text.as_slice(), b"\""].concat();
            if let Ok(text) = serde_json::from_slice::<String>(&quoted) {
                self.text.clear();
                self.note(text.as_bytes());
            }
        }
    }
}
