//! Which of a station's addresses is used.

use std::time::Duration;

/// How long another address than the first has to work before the first is tried again.
const FIRST_RETURN: Duration = Duration::from_mins(1);
/// The same, once the first has been tried often in vain: each return costs a moment of sound that
/// is heard twice, or not at all.
const LAST_RETURN: Duration = Duration::from_mins(30);

/// How a connection went.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ended {
    /// It gave no sound.
    Silent,
    /// It gave sound, for a short time.
    Brief,
    /// It gave sound for long enough to be called good.
    Good,
}

/// The addresses are tried in turn, the first one first. One that was good is tried again after a
/// cut, since only there the sound can go on where it stopped; one that gave no sound, or twice in
/// a row only a little, gives way to the next. Away from the first, it is tried again after a
/// minute that was good, then after two, and so on up to half an hour.
#[derive(Debug)]
pub(super) struct Choice {
    count: usize,
    current: usize,
    /// The last connection to the current one was brief.
    brief: bool,
    /// The first is being tried again, by who plays this one.
    returning_from: Option<usize>,
    patience: Duration,
}

impl Choice {
    /// The first of so many addresses.
    pub(super) const fn new(count: usize) -> Self {
        Self {
            count,
            current: 0,
            brief: false,
            returning_from: None,
            patience: FIRST_RETURN,
        }
    }

    /// The index of the address to use.
    pub(super) const fn current(&self) -> usize {
        self.current
    }

    /// How long the current address is to be used before [`Choice::go_back`], if at all.
    pub(super) fn patience(&self) -> Option<Duration> {
        (self.current != 0).then_some(self.patience)
    }

    /// The current address works well, but it is time to try the first again.
    pub(super) const fn go_back(&mut self) {
        self.returning_from = Some(self.current);
        self.current = 0;
        self.brief = false;
    }

    /// A connection to the current address ended.
    pub(super) fn ended(&mut self, how: Ended) {
        let returning = self.returning_from.take();
        let brief = std::mem::replace(&mut self.brief, how == Ended::Brief);
        if how == Ended::Good {
            if self.current == 0 {
                self.patience = FIRST_RETURN;
            }
        } else if let Some(from) = returning {
            self.current = from;
            self.brief = false;
            self.patience = (self.patience * 2).min(LAST_RETURN);
        } else if how == Ended::Silent || brief {
            self.current = (self.current + 1) % self.count.max(1);
            self.brief = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_without_sound_give_way_to_the_next() {
        let mut choice = Choice::new(3);
        let mut used = Vec::new();
        for _ in 0..5 {
            used.push(choice.current());
            choice.ended(Ended::Silent);
        }
        assert_eq!(used, [0, 1, 2, 0, 1]);
    }

    #[test]
    fn what_was_good_is_tried_again_and_what_flaps_is_not() {
        let mut choice = Choice::new(2);
        for how in [Ended::Good, Ended::Brief, Ended::Good, Ended::Brief] {
            choice.ended(how);
            assert_eq!(choice.current(), 0);
        }
        choice.ended(Ended::Brief);
        assert_eq!(choice.current(), 1);
    }

    #[test]
    fn the_first_is_tried_again_ever_less_often() {
        let mut choice = Choice::new(3);
        assert_eq!(choice.patience(), None);
        choice.ended(Ended::Silent);
        choice.ended(Ended::Silent);
        let mut waits = Vec::new();
        for _ in 0..7 {
            assert_eq!(choice.current(), 2);
            waits.push(choice.patience().unwrap().as_secs() / 60);
            choice.go_back();
            assert_eq!((choice.current(), choice.patience()), (0, None));
            choice.ended(Ended::Silent);
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);

        // It is back, and was good for a while.
        choice.go_back();
        choice.ended(Ended::Good);
        assert_eq!(choice.current(), 0);
        choice.ended(Ended::Silent);
        assert_eq!(
            (choice.current(), choice.patience()),
            (1, Some(FIRST_RETURN))
        );
    }

    #[test]
    fn a_single_address_is_used_for_ever() {
        let mut choice = Choice::new(1);
        for how in [Ended::Silent, Ended::Brief, Ended::Brief, Ended::Good] {
            choice.ended(how);
            assert_eq!((choice.current(), choice.patience()), (0, None));
        }
    }
}
