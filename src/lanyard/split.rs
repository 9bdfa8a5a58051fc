//! A message of the socket, split while it arrives into what it says and the presences in it, one
//! at a time. It never holds more of the message than one presence.

use super::{
    record::Record,
    scan::{Place, Scanner, Syntax, Visit},
};

/// Who takes the presences.
pub(super) trait Sink {
    /// An `INIT_STATE` begins: whoever is not offered until [`Sink::end`] is gone.
    fn begin(&mut self);
    /// A user's presence. False when it is not to be had.
    fn offer(&mut self, user: u64, offer: Offer<'_>) -> bool;
    /// The `INIT_STATE` is complete. Returns how many are gone.
    fn end(&mut self) -> usize;
}

/// What is offered of a user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Offer<'a> {
    /// The presence as it came, but without what is in `kv`, and without `user_id` and
    /// `discord_user.id`, where that says the same.
    Presence(&'a [u8]),
    /// The user does not want to be shown.
    Hidden,
    /// The presence is over the limit.
    TooLarge,
}

/// What a message says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Message {
    /// Op 1, and how often a heartbeat is due, in milliseconds.
    Hello {
        /// As asked for; `None` when it was not said.
        heartbeat: Option<u64>,
    },
    /// Op 0, `INIT_STATE`.
    Snapshot(Summary),
    /// Op 0, `PRESENCE_UPDATE`.
    Update,
    /// Anything else.
    Unknown,
}

/// What came of an `INIT_STATE`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Summary {
    /// Users whose presence was taken.
    pub taken: usize,
    /// Entries that are no user's presence.
    pub skipped: usize,
    /// Presences that were refused: too large, or no text.
    pub refused: usize,
    /// Users who were known before and are not in it.
    pub gone: usize,
}

/// A user who sets this key of theirs to `off`, or `OFF`, is not shown, by anyone, anywhere.
const CONSENT: (&[u8], &[u8]) = (b"uguisu", b"off");

/// Splits one message after the other.
#[derive(Debug)]
pub(super) struct Splitter {
    scanner: Scanner,
    view: View,
}

impl Splitter {
    /// Presences over `max_presence` bytes, without their key-values, are refused; so are messages
    /// that are nested deeper than `max_depth`.
    pub(super) fn new(max_presence: usize, max_depth: usize) -> Self {
        Self {
            scanner: Scanner::new(max_depth),
            view: View::new(max_presence),
        }
    }

    /// Forgets the message that was being read: another begins.
    pub(super) fn reset(&mut self) {
        self.scanner.reset();
        self.view.reset();
    }

    /// Reads the next piece of the message.
    pub(super) fn feed(&mut self, piece: &[u8], sink: &mut impl Sink) -> Result<(), Syntax> {
        let view = &mut self.view;
        view.record.resume_at_piece();
        self.scanner.feed(piece, &mut Viewer { view, sink })?;
        view.record.take(piece, piece.len());
        Ok(())
    }

    /// The message is over.
    pub(super) fn finish(&mut self, sink: &mut impl Sink) -> Result<Message, &'static str> {
        let view = &mut self.view;
        if let Err(_unfinished) = self.scanner.finish(&mut Viewer { view, sink }) {
            return Err("it ends too soon");
        }
        self.view.finish(sink)
    }

    /// Whether presences out of an `INIT_STATE` have been offered already.
    pub(super) const fn is_snapshot(&self) -> bool {
        matches!(self.view.d, D::Map)
    }
}

/// What is known of the message so far.
#[derive(Debug)]
struct View {
    /// The member of the message that is being read.
    member: Member,
    op: Option<u64>,
    kind: Kind,
    d: D,
    heartbeat: Option<u64>,
    /// Of a map: whose presence it is. `None` when it is nobody's.
    entry: Option<u64>,
    /// Of a map that nothing has been said about yet: there is in it what is in every presence.
    likely: bool,
    /// Members of `d` so far.
    members: usize,
    summary: Summary,

    // Of the presence that is being read:
    record: Record,
    field: Field,
    /// The second level: `discord_user.id`, or the consent among the key-values.
    wanted: bool,
    user: Option<u64>,
    hidden: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Member {
    Op,
    Kind,
    D,
    Other,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    /// The server may write `d` before `t`.
    NotSaid,
    InitState,
    PresenceUpdate,
    Other,
}

/// What `d` is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum D {
    /// Missing, or no object.
    Nothing,
    /// One object: a presence, or none.
    One,
    /// User ids to presences.
    Map,
}

/// A member of a presence that matters before it is parsed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Field {
    UserId,
    DiscordUser,
    KeyValues,
    Heartbeat,
    Other,
}

impl View {
    fn new(max_presence: usize) -> Self {
        Self {
            member: Member::Other,
            op: None,
            kind: Kind::NotSaid,
            d: D::Nothing,
            heartbeat: None,
            entry: None,
            likely: false,
            members: 0,
            summary: Summary::default(),
            record: Record::new(max_presence),
            field: Field::Other,
            wanted: false,
            user: None,
            hidden: false,
        }
    }

    fn reset(&mut self) {
        let mut record = std::mem::replace(&mut self.record, Record::new(0));
        record.drop();
        *self = Self {
            record,
            ..Self::new(0)
        };
    }

    /// The depth of a presence.
    const fn base(&self) -> usize {
        if matches!(self.d, D::Map) { 2 } else { 1 }
    }

    /// A presence begins.
    fn begin(&mut self, at: usize) {
        self.record.begin(at);
        (self.field, self.wanted) = (Field::Other, false);
        (self.user, self.hidden) = (None, false);
        self.likely = self.kind == Kind::InitState;
    }

    /// Hands over the presence that has been read.
    fn offer(&mut self, user: u64, sink: &mut impl Sink) -> bool {
        let offer = match self.record.finished() {
            _ if self.hidden => Offer::Hidden,
            None => Offer::TooLarge,
            Some(presence) => Offer::Presence(presence),
        };
        let taken = sink.offer(user, offer) && offer != Offer::TooLarge;
        if taken {
            self.summary.taken += 1;
        } else {
            self.summary.refused += 1;
        }
        taken
    }

    fn finish(&mut self, sink: &mut impl Sink) -> Result<Message, &'static str> {
        match (self.op, self.kind) {
            (Some(1), _) => Ok(Message::Hello {
                heartbeat: self.heartbeat,
            }),
            (Some(0), Kind::InitState) => self.snapshot(sink),
            (Some(0), Kind::PresenceUpdate) => match (self.d, self.user) {
                (D::One, Some(user)) if self.offer(user, sink) => Ok(Message::Update),
                (D::One, Some(_)) => Err("a presence that is too large, or no text"),
                _ => Err("a presence of nobody"),
            },
            (Some(_), _) => Ok(Message::Unknown),
            (None, _) => Err("no op"),
        }
    }

    fn snapshot(&mut self, sink: &mut impl Sink) -> Result<Message, &'static str> {
        match (self.d, self.user) {
            (D::Nothing, _) => return Err("presences that are no object"),
            (D::Map, _) => {}
            // What `subscribe_to_id` is answered with.
            (D::One, Some(user)) => {
                sink.begin();
                self.offer(user, sink);
            }
            (D::One, None) if self.members == 0 => sink.begin(),
            (D::One, None) => return Err("presences of nobody"),
        }
        // Taken for a snapshot of nobody it would cost all that are held.
        if self.summary.taken + self.summary.refused == 0 && self.members > 0 {
            return Err("presences of nobody");
        }
        self.summary.gone = sink.end();
        Ok(Message::Snapshot(self.summary))
    }
}

/// A view with its sink.
struct Viewer<'a, S> {
    view: &'a mut View,
    sink: &'a mut S,
}

impl<S: Sink> Visit for Viewer<'_, S> {
    fn depth(&self) -> usize {
        let deeper = matches!(self.view.field, Field::DiscordUser | Field::KeyValues);
        self.view.base() + 1 + usize::from(deeper)
    }

    fn key(&mut self, at: Place<'_>, key: &[u8]) {
        let view = &mut *self.view;
        let base = view.base();
        if at.depth == 1 {
            view.member = match key {
                b"op" => Member::Op,
                b"t" => Member::Kind,
                b"d" => Member::D,
                _ => Member::Other,
            };
            return;
        }
        if view.member != Member::D || view.d == D::Nothing {
            return;
        }
        if at.depth == 2 {
            view.members += 1;
            view.entry = number(key);
        }
        if at.depth == base + 1 {
            view.field = match key {
                b"user_id" => Field::UserId,
                b"discord_user" => Field::DiscordUser,
                b"kv" => Field::KeyValues,
                b"heartbeat_interval" => Field::Heartbeat,
                _ => Field::Other,
            };
            view.likely = view.likely || matches!(key, b"discord_user" | b"discord_status");
            if view.field == Field::UserId {
                view.record.mark(at.piece, at.at, key);
            }
        } else if at.depth == base + 2 {
            view.wanted = match view.field {
                Field::DiscordUser => key == b"id",
                Field::KeyValues => key == CONSENT.0,
                _ => false,
            };
            if view.wanted && view.field == Field::DiscordUser {
                view.record.mark(at.piece, at.at, key);
            }
        }
    }

    fn start(&mut self, at: Place<'_>, first: u8) {
        let view = &mut *self.view;
        if view.member != Member::D {
            return;
        }
        if at.depth == 1 {
            (view.d, view.members, view.summary) = (D::Nothing, 0, Summary::default());
            if first == b'{' {
                view.d = D::One;
                view.begin(at.at);
            }
            return;
        }
        if view.d == D::Nothing {
            return;
        }
        if at.depth == 2 && first == b'{' && view.entry.is_some() {
            // A presence has no members with numbers for names.
            if view.d == D::One && matches!(view.kind, Kind::NotSaid | Kind::InitState) {
                view.d = D::Map;
                view.summary.skipped = view.members - 1;
                self.sink.begin();
            }
            if view.d == D::Map {
                view.begin(at.at);
                return;
            }
        }
        if at.depth == view.base() + 1 && view.field == Field::KeyValues {
            // They can be megabytes, and nobody reads them: they are not even held.
            view.record.pause(at.piece, at.at);
            view.record.write(b"{}");
        }
    }

    fn end(&mut self, at: Place<'_>, text: &[u8]) {
        let view = &mut *self.view;
        if at.depth == 1 {
            match view.member {
                Member::Op => view.op = number(text),
                Member::Kind => {
                    view.kind = match text {
                        b"INIT_STATE" => Kind::InitState,
                        b"PRESENCE_UPDATE" => Kind::PresenceUpdate,
                        _ => Kind::Other,
                    }
                }
                Member::D => view.record.pause(at.piece, at.at),
                Member::Other => {}
            }
            view.member = Member::Other;
            return;
        }
        if view.member != Member::D || view.d == D::Nothing {
            return;
        }
        let base = view.base();
        if at.depth == base + 2 {
            if std::mem::take(&mut view.wanted) {
                match view.field {
                    Field::DiscordUser => {
                        let id = number(text);
                        view.user = view.user.or(id);
                        if id.is_some() && id == view.entry.or(view.user) && is_id(at, text) {
                            view.record.cut(at.piece, at.at);
                        }
                    }
                    Field::KeyValues => view.hidden = text.eq_ignore_ascii_case(CONSENT.1),
                    _ => {}
                }
            }
        } else if at.depth == base + 1 {
            match view.field {
                Field::KeyValues => view.record.resume(at.at),
                Field::Heartbeat => view.heartbeat = number(text),
                Field::UserId => {
                    view.user = number(text).or(view.user);
                    view.record.cut(at.piece, at.at);
                }
                Field::DiscordUser | Field::Other => {}
            }
            view.field = Field::Other;
        } else if at.depth == base && view.d == D::Map {
            match view.entry.take() {
                // An event of tomorrow may be a map by user as well.
                Some(user) if view.record.is_on() && view.likely => {
                    view.record.pause(at.piece, at.at);
                    view.offer(user, self.sink);
                }
                _ => view.summary.skipped += 1,
            }
            view.record.drop();
        }
    }
}

/// Whether it is written as Discord writes ids: then it can be told from the number.
fn is_id(at: Place<'_>, text: &[u8]) -> bool {
    at.piece[..at.at].ends_with(b"\"") && !text.starts_with(b"0")
}

/// A whole number, as ids are written.
fn number(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}
