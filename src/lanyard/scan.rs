//! A push parser for JSON: fed with any pieces of a text, it says where values begin and end, and
//! refuses what is no JSON. It holds nothing of the text but one short key or value.
//!
//! Nearly every token is whole in a piece and is read there, in one go; one that goes on in the next
//! piece, or is more than plain, is read a byte after the other.
//!
//! <https://www.rfc-editor.org/rfc/rfc8259>

use super::token::{Number, plain, whole_scalar, whole_text};

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
    /// The key or scalar that is being read byte by byte.
    text: Vec<u8>,
    /// There are escapes in it.
    escaped: bool,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Between two tokens.
    Between(Next),
    Text(Role),
    Escape(Role),
    /// So many digits of `\uXXXX` must follow.
    Hex(Role, u8),
    /// The rest of `true`, `false` or `null`.
    Word(&'static [u8]),
    Number(Number),
}

/// What must follow.
#[derive(Clone, Copy, Debug)]
enum Next {
    Value,
    /// The first value of a list, or its end.
    FirstValue,
    Key,
    /// The first key of an object, or its end.
    FirstKey,
    Colon,
    /// A comma, or the end of what is open.
    After,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Key,
    Value,
}

impl Scanner {
    /// At the beginning of a text with at most `max_depth` objects and lists in each other.
    pub(super) fn new(max_depth: usize) -> Self {
        Self {
            state: State::Between(Next::Value),
            open: Vec::new(),
            max_depth,
            text: Vec::with_capacity(TEXT),
            escaped: false,
        }
    }

    /// Back to the beginning.
    pub(super) fn reset(&mut self) {
        self.state = State::Between(Next::Value);
        self.open.clear();
        self.text.clear();
        self.escaped = false;
    }

    /// Reads the next piece. After an error only [`Scanner::reset`] helps.
    pub(super) fn feed(&mut self, piece: &[u8], visit: &mut impl Visit) -> Result<(), Syntax> {
        let mut at = 0;
        while let Some(&byte) = piece.get(at) {
            at = match self.state {
                State::Between(next) => self.tokens(next, piece, at, visit)?,
                State::Text(role) => self.text(role, piece, at, visit)?,
                State::Number(number) => match number.next(byte) {
                    Some(next) => {
                        self.note(&[byte]);
                        self.state = State::Number(next);
                        at + 1
                    }
                    None if number.complete() => self.scalar(piece, at, visit),
                    None => return Err(Syntax::Invalid),
                },
                State::Word(rest) => {
                    let Some((_, rest)) = rest.split_first().filter(|(next, _)| **next == byte)
                    else {
                        return Err(Syntax::Invalid);
                    };
                    self.note(&[byte]);
                    self.state = State::Word(rest);
                    if rest.is_empty() {
                        self.scalar(piece, at + 1, visit)
                    } else {
                        at + 1
                    }
                }
                State::Escape(role) => {
                    self.note(&[byte]);
                    self.state = match byte {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => State::Text(role),
                        b'u' => State::Hex(role, 4),
                        _ => return Err(Syntax::Invalid),
                    };
                    at + 1
                }
                State::Hex(role, digits) => {
                    if !byte.is_ascii_hexdigit() {
                        return Err(Syntax::Invalid);
                    }
                    self.note(&[byte]);
                    self.state = match digits {
                        1 => State::Text(role),
                        more => State::Hex(role, more - 1),
                    };
                    at + 1
                }
            };
        }
        Ok(())
    }

    /// Reads tokens that are whole, up to the end of the piece or into one that is not. Returns how
    /// far it has come.
    fn tokens(
        &mut self,
        mut next: Next,
        piece: &[u8],
        mut at: usize,
        visit: &mut impl Visit,
    ) -> Result<usize, Syntax> {
        let mut wanted = visit.depth();
        let mut depth = self.open.len();
        while let Some(&byte) = piece.get(at) {
            match (next, byte) {
                (Next::Key | Next::FirstKey, b'"') => {
                    let Some(key) = whole_text(piece, at) else {
                        self.begin_text(Role::Key);
                        return Ok(at + 1);
                    };
                    at += key.len() + 2;
                    if depth <= wanted {
                        visit.key(Place { depth, piece, at }, beginning(key));
                        wanted = visit.depth();
                    }
                    next = Next::Colon;
                    // Nearly always it stands right behind.
                    if piece.get(at) == Some(&b':') {
                        at += 1;
                        next = Next::Value;
                    }
                    continue;
                }
                (Next::Value | Next::FirstValue, b'{' | b'[') => {
                    if depth <= wanted {
                        visit.start(Place { depth, piece, at }, byte);
                        wanted = visit.depth();
                    }
                    at += 1;
                    depth += 1;
                    next = self.enter(byte == b'{')?;
                    continue;
                }
                (Next::Value | Next::FirstValue, b'"' | b'0'..=b'9' | b'f' | b'n' | b't') => {
                    if depth <= wanted {
                        visit.start(Place { depth, piece, at }, byte);
                        wanted = visit.depth();
                    }
                    let text = if byte == b'"' {
                        whole_text(piece, at)
                    } else {
                        whole_scalar(&piece[at..])
                    };
                    let Some(text) = text else {
                        self.begin(byte)?;
                        return Ok(at + 1);
                    };
                    at += text.len() + if byte == b'"' { 2 } else { 0 };
                    if depth <= wanted {
                        visit.end(Place { depth, piece, at }, beginning(text));
                        wanted = visit.depth();
                    }
                }
                (Next::After | Next::FirstKey, b'}') | (Next::After | Next::FirstValue, b']') => {
                    if self.open.pop() != Some(byte == b'}') {
                        return Err(Syntax::Invalid);
                    }
                    at += 1;
                    depth -= 1;
                    if depth <= wanted {
                        visit.end(Place { depth, piece, at }, b"");
                        wanted = visit.depth();
                    }
                }
                (Next::Colon, b':') => {
                    at += 1;
                    next = Next::Value;
                    continue;
                }
                (Next::After, b',') => {
                    at += 1;
                    next = self.another()?;
                    continue;
                }
                (_, b' ' | b'\n' | b'\r' | b'\t') => {
                    at += 1;
                    continue;
                }
                (Next::Value | Next::FirstValue, _) => {
                    if depth <= wanted {
                        visit.start(Place { depth, piece, at }, byte);
                    }
                    self.begin(byte)?;
                    return Ok(at + 1);
                }
                _ => return Err(Syntax::Invalid),
            }
            // Behind a value. Nearly always what follows stands right there.
            next = Next::After;
            if piece.get(at) == Some(&b',') {
                at += 1;
                next = self.another()?;
            }
        }
        self.state = State::Between(next);
        Ok(at)
    }

    /// Reads on in a key or a string that is more than plain, or began in another piece.
    fn text(
        &mut self,
        role: Role,
        piece: &[u8],
        at: usize,
        visit: &mut impl Visit,
    ) -> Result<usize, Syntax> {
        let rest = &piece[at..];
        let plain = plain(rest);
        self.note(&rest[..plain]);
        let Some(&byte) = rest.get(plain) else {
            return Ok(piece.len());
        };
        let at = at + plain + 1;
        match (byte, role) {
            (b'"', Role::Key) => {
                self.state = State::Between(Next::Colon);
                let depth = self.open.len();
                if depth <= visit.depth() {
                    self.unescape();
                    visit.key(Place { depth, piece, at }, &self.text);
                }
                Ok(at)
            }
            (b'"', Role::Value) => Ok(self.scalar(piece, at, visit)),
            (b'\\', role) => {
                self.escaped = true;
                self.note(b"\\");
                self.state = State::Escape(role);
                Ok(at)
            }
            _ => Err(Syntax::Invalid),
        }
    }

    /// A scalar has ended before `at`.
    fn scalar(&mut self, piece: &[u8], at: usize, visit: &mut impl Visit) -> usize {
        self.state = State::Between(Next::After);
        let depth = self.open.len();
        if depth <= visit.depth() {
            self.unescape();
            visit.end(Place { depth, piece, at }, &self.text);
        }
        at
    }

    /// The text is over. Whether it is one whole value.
    pub(super) fn finish(&mut self, visit: &mut impl Visit) -> Result<(), Syntax> {
        match self.state {
            State::Between(Next::After) if self.open.is_empty() => Ok(()),
            State::Number(number) if number.complete() && self.open.is_empty() => {
                self.scalar(b"", 0, visit);
                Ok(())
            }
            _ => Err(Syntax::Unfinished),
        }
    }

    /// A scalar begins that is read byte by byte.
    fn begin(&mut self, first: u8) -> Result<(), Syntax> {
        let state = match first {
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
        self.note(&[first]);
        self.state = state;
        Ok(())
    }

    fn begin_text(&mut self, role: Role) {
        self.text.clear();
        self.escaped = false;
        self.state = State::Text(role);
    }

    fn enter(&mut self, object: bool) -> Result<Next, Syntax> {
        if self.open.len() >= self.max_depth {
            return Err(Syntax::TooDeep);
        }
        self.open.push(object);
        Ok(if object {
            Next::FirstKey
        } else {
            Next::FirstValue
        })
    }

    /// Behind a comma.
    fn another(&self) -> Result<Next, Syntax> {
        match self.open.last() {
            Some(true) => Ok(Next::Key),
            Some(false) => Ok(Next::Value),
            None => Err(Syntax::Invalid),
        }
    }

    fn note(&mut self, bytes: &[u8]) {
        let room = TEXT - self.text.len();
        self.text.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Makes of the raw text what it means, when it is the whole. Rare: keys and ids have no escapes.
    fn unescape(&mut self) {
        if self.escaped && self.text.len() < TEXT {
            let quoted = [b"\"", self.text.as_slice(), b"\""].concat();
            if let Ok(text) = serde_json::from_slice::<String>(&quoted) {
                self.text.clear();
                self.note(text.as_bytes());
            }
        }
    }
}

/// What is told of a text.
fn beginning(text: &[u8]) -> &[u8] {
    &text[..text.len().min(TEXT)]
}
