//! The bytes of one presence, out of the pieces it comes in.

/// What is recorded of a text that comes in pieces.
#[derive(Debug)]
pub(super) struct Record {
    bytes: Vec<u8>,
    limit: usize,
    state: Recording,
    /// Where in `bytes` a member begins that is to be cut out.
    marked: Option<usize>,
    /// Where a comma is superfluous, should one follow.
    comma: Option<usize>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Recording {
    /// There is nothing to record.
    Off,
    /// From here on in this piece.
    From(usize),
    /// A part is being left out.
    Paused,
    /// It was over the limit.
    TooLarge,
}

impl Record {
    pub(super) const fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            limit,
            state: Recording::Off,
            marked: None,
            comma: None,
        }
    }

    pub(super) fn drop(&mut self) {
        self.state = Recording::Off;
        self.bytes.clear();
        (self.marked, self.comma) = (None, None);
    }

    pub(super) fn begin(&mut self, at: usize) {
        self.drop();
        self.state = Recording::From(at);
    }

    pub(super) const fn is_on(&self) -> bool {
        !matches!(self.state, Recording::Off)
    }

    /// Another piece is read: what is recorded goes on at its beginning.
    pub(super) const fn resume_at_piece(&mut self) {
        if let Recording::From(from) = &mut self.state {
            *from = 0;
        }
    }

    /// Takes what has been read of the piece up to `to`.
    pub(super) fn take(&mut self, piece: &[u8], to: usize) {
        if let Recording::From(from) = self.state {
            self.state = Recording::From(to);
            self.write(&piece[from..to]);
        }
    }

    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.state == Recording::TooLarge || !self.is_on() {
            return;
        }
        if self.bytes.len() + bytes.len() > self.limit {
            self.drop();
            self.bytes = Vec::new();
            self.state = Recording::TooLarge;
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Takes what has been read and stops there.
    pub(super) fn pause(&mut self, piece: &[u8], at: usize) {
        self.take(piece, at);
        if matches!(self.state, Recording::From(_)) {
            self.state = Recording::Paused;
        }
    }

    /// Goes on after [`Record::pause`].
    pub(super) fn resume(&mut self, at: usize) {
        if self.state == Recording::Paused {
            self.state = Recording::From(at);
        }
    }

    /// The key that ends at `at` begins a member that will be cut out.
    pub(super) fn mark(&mut self, piece: &[u8], at: usize, key: &[u8]) {
        self.take(piece, at);
        self.settle();
        // Written with escapes it stays: it does no harm.
        let quoted = key.len() + 2;
        self.marked = (self.bytes.ends_with(b"\"") && self.bytes.len() >= quoted)
            .then(|| self.bytes.len() - quoted)
            .filter(|from| self.bytes[from + 1..].starts_with(key));
    }

    /// The marked member ends at `at`.
    pub(super) fn cut(&mut self, piece: &[u8], at: usize) {
        self.take(piece, at);
        let Some(from) = self.marked.take().filter(|from| *from < self.bytes.len()) else {
            return;
        };
        self.bytes.truncate(from);
        self.bytes.truncate(self.bytes.trim_ascii_end().len());
        // One of the commas around it goes as well; the one behind has yet to come.
        if self.bytes.last() == Some(&b',') {
            self.bytes.pop();
        } else {
            self.comma = Some(self.bytes.len());
        }
    }

    /// The whole; `None` when it was over the limit.
    pub(super) fn finished(&mut self) -> Option<&[u8]> {
        if self.state == Recording::TooLarge {
            return None;
        }
        self.settle();
        Some(&self.bytes)
    }

    /// Cuts the comma behind what was cut out, if there is one.
    fn settle(&mut self) {
        if let Some(from) = self.comma.take() {
            let space = self.bytes[from..].len() - self.bytes[from..].trim_ascii_start().len();
            if self.bytes.get(from + space) == Some(&b',') {
                self.bytes.remove(from + space);
            }
        }
    }
}
