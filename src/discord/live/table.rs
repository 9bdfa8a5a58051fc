//! Which cards are kept up to date, and which of them is due.

use std::{collections::HashMap, time::Duration};

use serenity::all::{GuildId, UserId};
use time::OffsetDateTime;
use tokio::time::Instant;

use super::subject::Subject;
use crate::language::{Text, Wording};

/// So many in all: what the bot spends on them stays small.
const IN_ALL: usize = 200;
/// So many in one server, or in one conversation elsewhere.
const IN_A_PLACE: usize = 8;
/// So many for one person.
const FOR_ONE: usize = 3;

/// Between two edits of one card. What changes meanwhile is in the next one.
pub(super) const APART: Duration = Duration::from_secs(5);
/// After an edit that Discord did not take.
pub(super) const RETRY: Duration = Duration::from_secs(15);

/// A card that somebody wants to be kept up to date.
#[derive(Clone, Copy, Debug)]
pub(in crate::discord) struct Order {
    /// The number that its buttons carry: the id of the interaction.
    pub(in crate::discord) number: u64,
    /// The server, or the channel where there is none.
    pub(in crate::discord) place: u64,
    /// The server, if there is one.
    pub(in crate::discord) guild: Option<GuildId>,
    /// Who asked for it.
    pub(in crate::discord) asker: UserId,
    /// What it shows.
    pub(in crate::discord) subject: Subject,
    /// How it is written for those who see it.
    pub(in crate::discord) wording: Wording,
}

impl Order {
    /// The server that whom it shows must be a member of, and who that is. Nobody needs to be one
    /// of anything to see themselves.
    pub(super) fn member(&self) -> Option<(GuildId, UserId)> {
        match self.subject {
            Subject::Person(user) if user != self.asker => Some((self.guild?, user)),
            Subject::Person(_) | Subject::Station(_) => None,
        }
    }
}

/// Why there is no room for one more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::discord) enum Full {
    /// This person has as many as one may have.
    Person,
    /// This server has.
    Place,
    /// The bot has.
    All,
}

impl Full {
    /// What people are told.
    pub(in crate::discord) const fn text(self) -> Text<'static> {
        match self {
            Self::Person => Text::LiveFullPerson {
                count: FOR_ONE as u64,
            },
            Self::Place => Text::LiveFullPlace {
                count: IN_A_PLACE as u64,
            },
            Self::All => Text::LiveFull,
        }
    }
}

/// Whether somebody may stop a card.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::discord) enum Whose {
    /// They asked for it, it shows them, or they are a moderator.
    Theirs,
    /// It is somebody else's.
    Others,
    /// There is no such card.
    Nobodys,
}

/// Whether a card may look different by now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::discord) enum Change {
    /// It does not.
    No,
    /// It may.
    Maybe,
    /// What it shows is not to be shown any more: that cannot wait.
    Withdrawn,
}

/// Why a card is drawn.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Why {
    /// It may look different.
    Changed,
    /// Somebody wants it to be.
    Asked,
    /// For the last time.
    End,
}

/// A card to be drawn.
pub(super) struct Due<L, D> {
    pub(super) order: Order,
    pub(super) letter: L,
    pub(super) drawn: D,
    pub(super) until: OffsetDateTime,
    pub(super) why: Why,
}

/// `L` is what it takes to edit one, `D` what is known of how it looks.
pub(super) struct Table<L, D> {
    cards: HashMap<u64, Card<L, D>>,
}

struct Card<L, D> {
    order: Order,
    ends: Instant,
    /// Somebody wants it to be drawn.
    wish: Option<Why>,
    /// None while it is being sent for the first time.
    on: Option<On<L, D>>,
}

struct On<L, D> {
    letter: L,
    drawn: D,
    until: OffsetDateTime,
    /// A change is not shown before.
    next: Instant,
    /// Nothing is sent before.
    held: Instant,
    /// An edit is under way.
    busy: bool,
}

impl<L, D> Default for Table<L, D> {
    fn default() -> Self {
        Self {
            cards: HashMap::new(),
        }
    }
}

impl<L: Clone, D: Clone> Table<L, D> {
    pub(super) fn len(&self) -> usize {
        self.cards.len()
    }

    /// Takes a place.
    pub(super) fn reserve(&mut self, order: Order, ends: Instant) -> Result<(), Full> {
        let count = |fits: &dyn Fn(&Order) -> bool| {
            let cards = self.cards.values();
            cards.filter(|card| fits(&card.order)).count()
        };
        if count(&|other| other.asker == order.asker) >= FOR_ONE {
            return Err(Full::Person);
        }
        if count(&|other| other.place == order.place) >= IN_A_PLACE {
            return Err(Full::Place);
        }
        if self.cards.len() >= IN_ALL {
            return Err(Full::All);
        }
        let card = Card {
            order,
            ends,
            wish: None,
            on: None,
        };
        self.cards.insert(order.number, card);
        Ok(())
    }

    /// The card is there. Unless it was forgotten meanwhile.
    pub(super) fn start(
        &mut self,
        number: u64,
        letter: L,
        drawn: D,
        until: OffsetDateTime,
        now: Instant,
    ) {
        if let Some(card) = self.cards.get_mut(&number) {
            card.on = Some(On {
                letter,
                drawn,
                until,
                next: now + APART,
                held: now,
                busy: false,
            });
        }
    }

    pub(super) fn whose(&self, number: u64, by: UserId, moderator: bool) -> Whose {
        match self.cards.get(&number) {
            None => Whose::Nobodys,
            Some(card) if moderator || by == card.order.asker || card.order.subject.is(by) => {
                Whose::Theirs
            }
            Some(_) => Whose::Others,
        }
    }

    /// Has a card drawn, with this letter from now on. False when there is no such card.
    pub(super) fn wish(&mut self, number: u64, why: Why, letter: L) -> bool {
        let Some(card) = self.cards.get_mut(&number) else {
            return false;
        };
        if card.wish != Some(Why::End) {
            card.wish = Some(why);
        }
        if let Some(on) = &mut card.on {
            on.letter = letter;
        }
        true
    }

    pub(super) fn remove(&mut self, number: u64) {
        self.cards.remove(&number);
    }

    pub(super) fn forget(&mut self, place: u64) {
        self.cards.retain(|_, card| card.order.place != place);
    }

    /// A server reads something else from now on.
    pub(super) fn reword(&mut self, guild: GuildId, wording: Wording) {
        let cards = self.cards.values_mut();
        for card in cards.filter(|card| card.order.guild == Some(guild)) {
            card.order.wording = wording;
        }
    }

    /// At most `room` cards that are to be drawn now, those first that have waited longest. They
    /// are busy until [`edited`](Self::edited) or one of its kin is told of them. `changed` compares
    /// a card with what was drawn.
    pub(super) fn due(
        &mut self,
        now: Instant,
        room: usize,
        changed: impl Fn(&Order, &D) -> Change,
    ) -> Vec<Due<L, D>> {
        let mut due: Vec<(Instant, u64, Why)> = self
            .cards
            .values()
            .filter_map(|card| {
                let on = card.on.as_ref().filter(|on| !on.busy && on.held <= now)?;
                let why = card.why(on, now, &changed)?;
                Some((on.next, card.order.number, why))
            })
            .collect();
        due.sort_unstable_by_key(|(next, number, _)| (*next, *number));
        due.truncate(room);
        due.into_iter()
            .filter_map(|(_, number, why)| self.cards.get_mut(&number)?.take(why))
            .collect()
    }

    /// At most `room` cards, each for the last time.
    pub(super) fn all(&mut self, room: usize) -> Vec<Due<L, D>> {
        let idle = |card: &&mut Card<L, D>| card.on.as_ref().is_some_and(|on| !on.busy);
        let cards = self.cards.values_mut().filter(idle).take(room);
        cards.filter_map(|card| card.take(Why::End)).collect()
    }

    /// It looks as it did, although something has changed.
    pub(super) fn unchanged(&mut self, number: u64, drawn: D) {
        self.after(number, |on| on.drawn = drawn);
    }

    /// It was edited.
    pub(super) fn edited(&mut self, number: u64, drawn: D, now: Instant) {
        self.after(number, |on| {
            on.drawn = drawn;
            on.next = now + APART;
        });
    }

    /// It was not. One whose time is over is given up: its token is as well.
    pub(super) fn failed(&mut self, number: u64, now: Instant) {
        let over = self.cards.get(&number).is_some_and(|card| card.ends <= now);
        if over {
            self.remove(number);
            return;
        }
        self.after(number, |on| {
            on.next = now;
            on.held = now + RETRY;
        });
    }

    fn after(&mut self, number: u64, change: impl FnOnce(&mut On<L, D>)) {
        let on = self
            .cards
            .get_mut(&number)
            .and_then(|card| card.on.as_mut());
        if let Some(on) = on {
            on.busy = false;
            change(on);
        }
    }
}

impl<L: Clone, D: Clone> Card<L, D> {
    fn why(
        &self,
        on: &On<L, D>,
        now: Instant,
        changed: &impl Fn(&Order, &D) -> Change,
    ) -> Option<Why> {
        if self.wish == Some(Why::End) || self.ends <= now {
            return Some(Why::End);
        }
        let change = changed(&self.order, &on.drawn);
        if change == Change::Withdrawn {
            return Some(Why::Changed);
        }
        if on.next > now {
            return None;
        }
        self.wish
            .or_else(|| (change == Change::Maybe).then_some(Why::Changed))
    }

    fn take(&mut self, why: Why) -> Option<Due<L, D>> {
        let on = self.on.as_mut()?;
        on.busy = true;
        // The wish to end is kept, should the edit fail.
        if why != Why::End {
            self.wish = None;
        }
        Some(Due {
            order: self.order,
            letter: on.letter.clone(),
            drawn: on.drawn.clone(),
            until: on.until,
            why,
        })
    }
}
