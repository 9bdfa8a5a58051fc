//! Answers to `/status` and `/nowplaying` that are kept up to date for a while.
//!
//! - here: the handle, and the one task that edits all of them.
//! - `table`: which there are, and which is due: a value, told the time.
//! - `subject`: what they show.
//!
//! An answer can be edited for 15 minutes with the token of its interaction, by whoever holds it:
//! that is nobody but this task, so two edits of a card never cross each other. It works wherever
//! the command does, also where the bot is no member, and counts towards no limit of the bot's.
//! <https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages>

mod subject;
mod table;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use secrecy::{ExposeSecret as _, SecretString};
use serenity::{
    all::{GuildId, Http, UserId},
    http::HttpError,
};
use time::OffsetDateTime;
use tokio::{
    select,
    sync::Notify,
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use self::table::{Change, Table, Why};
pub(super) use self::{
    subject::{Basis, Subject},
    table::{Full, Order, Whose},
};
use super::{Data, error::describe, face::Face, sight::Whom};
use crate::language::{Text, Wording};

/// How long a card is kept up to date: the token is good for 15 minutes, and the last edit has to
/// come before.
const LIFE: Duration = Duration::from_secs(14 * 60 + 40);
/// How often is looked whether what they show has changed: a look is a comparison.
const LOOK: Duration = Duration::from_secs(1);
/// Edits under way at once.
const AT_ONCE: usize = 8;
/// How long the last edits of all cards may take when the bot stops.
const FAREWELL: Duration = Duration::from_secs(3);

/// The cards that are kept up to date. A cheap handle: clone it.
#[derive(Clone, Default)]
pub struct Live(Arc<Inner>);

#[derive(Default)]
struct Inner {
    table: Mutex<Table<Letter, Drawn>>,
    /// Something is to be done before the next look.
    wake: Notify,
}

/// What it takes to edit an answer.
#[derive(Clone)]
pub(super) struct Letter {
    http: Arc<Http>,
    token: Arc<SecretString>,
}

impl Letter {
    /// The answer to the interaction of this token, or the message that its button is on.
    pub(super) fn new(http: &Arc<Http>, token: &str) -> Self {
        Self {
            http: Arc::clone(http),
            token: Arc::new(token.into()),
        }
    }
}

/// What is known of a card as it is in the channel.
#[derive(Clone, Debug)]
struct Drawn {
    print: u64,
    basis: Basis,
    wording: Wording,
}

impl Drawn {
    /// Whether the card may look different by now.
    fn change(&self, order: &Order, data: &Data, now: OffsetDateTime) -> Change {
        match order.subject.change(&self.basis, data, now) {
            Change::No if self.wording != order.wording => Change::Maybe,
            change => change,
        }
    }
}

impl Live {
    /// Takes a place for a card that is about to be sent. It is given back when the ticket is
    /// dropped without having been used.
    ///
    /// # Errors
    /// When there are as many as there may be; the text is for people.
    pub(super) fn reserve(&self, order: Order) -> Result<Ticket, Full> {
        self.table().reserve(order, Instant::now() + LIFE)?;
        Ok(Ticket {
            live: self.clone(),
            number: order.number,
            until: OffsetDateTime::now_utc() + LIFE,
            wording: order.wording,
            used: false,
        })
    }

    /// Whether somebody may stop a card.
    pub(super) fn whose(&self, number: u64, by: UserId, moderator: bool) -> Whose {
        self.table().whose(number, by, moderator)
    }

    /// Has a card drawn for the last time, with the token of who wants it. False when there is no
    /// such card.
    pub(super) fn stop(&self, number: u64, letter: Letter) -> bool {
        self.wish(number, Why::End, letter)
    }

    /// Has a card drawn even though nothing has changed, with the token of who wants it. False when
    /// there is no such card.
    pub(super) fn refresh(&self, number: u64, letter: Letter) -> bool {
        self.wish(number, Why::Asked, letter)
    }

    fn wish(&self, number: u64, why: Why, letter: Letter) -> bool {
        let known = self.table().wish(number, why, letter);
        self.0.wake.notify_one();
        known
    }

    /// Leaves a card as it is.
    pub(super) fn abandon(&self, number: u64) {
        self.table().remove(number);
    }

    /// Leaves the cards of a server as they are: the bot is not there any more.
    pub(super) fn forget(&self, guild: GuildId) {
        self.table().forget(guild.get());
    }

    /// A server reads something else from now on, and so do its cards.
    pub(super) fn reword(&self, guild: GuildId, wording: Wording) {
        self.table().reword(guild, wording);
        self.0.wake.notify_one();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.table().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn table(&self) -> MutexGuard<'_, Table<Letter, Drawn>> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place for a card.
pub(super) struct Ticket {
    live: Live,
    number: u64,
    until: OffsetDateTime,
    wording: Wording,
    used: bool,
}

impl Ticket {
    /// Until when the card will be kept up to date.
    pub(super) const fn until(&self) -> OffsetDateTime {
        self.until
    }

    /// The card is in the channel, and looks like this.
    pub(super) fn start(mut self, letter: Letter, print: u64, basis: Basis) {
        let drawn = Drawn {
            print,
            basis,
            wording: self.wording,
        };
        let until = self.until;
        self.used = true;
        self.live
            .table()
            .start(self.number, letter, drawn, until, Instant::now());
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.used {
            self.live.table().remove(self.number);
        }
    }
}

/// Keeps the cards up to date until the token is cancelled; then draws each once more, without
/// claiming that it goes on.
pub async fn run(data: Data, token: CancellationToken) {
    let mut keeper = Keeper {
        data,
        work: JoinSet::new(),
    };
    token.run_until_cancelled(keeper.follow()).await;
    if timeout(FAREWELL, keeper.farewell()).await.is_err() {
        debug!("not every live card could be told that it stops");
    }
}

struct Keeper {
    data: Data,
    work: JoinSet<(u64, Outcome)>,
}

/// How an edit went.
#[derive(Clone, Debug)]
enum Outcome {
    /// The card is as it should be.
    Done(Drawn),
    /// The card is what it will be for good.
    Over,
    /// It was deleted, or cannot be reached any more.
    Gone,
    /// To be tried again.
    Later,
}

impl Keeper {
    async fn follow(&mut self) {
        let live = self.data.live.clone();
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            select! {
                _ = look.tick() => self.look(),
                () = live.0.wake.notified() => self.look(),
                Some(done) = self.work.join_next() => {
                    if let Ok((number, outcome)) = done {
                        self.settle(number, outcome);
                    }
                }
            }
        }
    }

    /// Begins the edits that are due.
    fn look(&mut self) {
        let room = AT_ONCE.saturating_sub(self.work.len());
        let now = OffsetDateTime::now_utc();
        let data = &self.data;
        let due = data.live.table().due(Instant::now(), room, |order, drawn| {
            drawn.change(order, data, now)
        });
        data.metrics.set_live_cards(data.live.len());
        for due in due {
            self.draw(due);
        }
    }

    /// Draws a card, and sends it when it looks different.
    fn draw(&mut self, due: table::Due<Letter, Drawn>) {
        let Order {
            asker,
            subject,
            wording,
            ..
        } = due.order;
        let view = subject.look(&self.data);
        let whom = Whom {
            name: "",
            oneself: subject.is(asker),
        };
        let live = (due.why != Why::End).then_some((due.order.number, due.until));
        let face = view.face(&whom, live, wording);
        let mut drawn = view.basis().map(|basis| Drawn {
            print: face.print(),
            basis,
            wording,
        });
        if due.why == Why::Changed
            && let Some(drawn) = drawn.take_if(|drawn| drawn.print == due.drawn.print)
        {
            self.data.live.table().unchanged(due.order.number, drawn);
            return;
        }
        // Only a presence needs that they are a member, not the sentence that it is not shown.
        let member = due.order.member().filter(|_| drawn.is_some());
        // Who does not want to be shown, or has left Lanyard, ends the card.
        let after = drawn
            .filter(|_| due.why != Why::End)
            .map_or(Outcome::Over, Outcome::Done);
        let rest = self.data.rest.clone();
        self.work.spawn(async move {
            let outcome = match member {
                Some((guild, user)) => match rest.is_member(guild, user).await {
                    Ok(true) => edit(due.letter, face, after).await,
                    Ok(false) => edit(due.letter, member_gone(wording), Outcome::Over).await,
                    Err(error) => {
                        debug!("a live card is not up to date: {error}");
                        Outcome::Later
                    }
                },
                None => edit(due.letter, face, after).await,
            };
            (due.order.number, outcome)
        });
    }

    fn settle(&self, number: u64, outcome: Outcome) {
        let mut table = self.data.live.table();
        let now = Instant::now();
        match outcome {
            Outcome::Done(drawn) => table.edited(number, drawn, now),
            Outcome::Over | Outcome::Gone => table.remove(number),
            Outcome::Later => table.failed(number, now),
        }
    }

    /// The last edit of each card: what is under way first, for the two must not cross.
    async fn farewell(&mut self) {
        while let Some(done) = self.work.join_next().await {
            if let Ok((number, outcome)) = done {
                self.settle(number, outcome);
            }
        }
        loop {
            let last = self
                .data
                .live
                .table()
                .all(AT_ONCE.saturating_sub(self.work.len()));
            for due in last {
                self.draw(due);
            }
            let Some(done) = self.work.join_next().await else {
                return;
            };
            if let Ok((number, _)) = done {
                self.data.live.abandon(number);
            }
        }
    }
}

/// In the place of a card: whom it showed is in this server no more.
fn member_gone(wording: Wording) -> Face {
    Face {
        content: wording.say(Text::MemberGone),
        ..Face::default()
    }
}

async fn edit(letter: Letter, face: Face, after: Outcome) -> Outcome {
    let edit = face.into_edit();
    let token = letter.token.expose_secret();
    let edited = letter
        .http
        .edit_original_interaction_response(token, &edit, Vec::new())
        .await;
    match edited {
        Ok(_) => after,
        Err(serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)))
            if answer.status_code.is_client_error() && answer.status_code.as_u16() != 429 =>
        {
            debug!(
                status = answer.status_code.as_u16(),
                "a live card cannot be edited any more"
            );
            Outcome::Gone
        }
        Err(error) => {
            debug!("a live card is not up to date: {}", describe(&error));
            Outcome::Later
        }
    }
}
