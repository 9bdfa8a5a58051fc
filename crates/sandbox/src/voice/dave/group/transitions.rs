//! From one epoch to the next, or out of the encryption and back.

use std::time::Instant;

use super::{Group, Message, Outgoing, TRANSITION, Transition};

impl Group {
    /// Op 23: somebody is ready. The last one executes the transition.
    pub fn ready(&mut self, user: u64, transition_id: u16) -> Outgoing {
        for transition in &mut self.transitions {
            if transition.id == transition_id {
                transition.waiting.remove(&user);
            }
        }
        self.execute(|transition| transition.waiting.is_empty())
    }

    /// Executes what has waited long enough.
    pub fn tick(&mut self, now: Instant) -> Outgoing {
        self.execute(|transition| transition.deadline <= now)
    }

    /// When [`Group::tick`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.transitions
            .iter()
            .map(|transition| transition.deadline)
            .min()
    }

    /// Announces that everybody goes back to transport encryption alone, and forgets the group.
    pub fn downgrade(&mut self, now: Instant) -> Outgoing {
        self.forget();
        let everybody = self.participants.clone();
        let transition_id = self.begin_transition(everybody.iter().copied(), now);
        let message = Message::PrepareTransition {
            protocol_version: 0,
            transition_id,
        };
        everybody
            .into_iter()
            .map(|user| (user, message.clone()))
            .collect()
    }

    /// Announces that a group is created anew: key packages are to follow.
    pub fn upgrade(&mut self) -> Outgoing {
        self.forget();
        let sender = Message::ExternalSender(self.sender());
        // In this order: a client that came while the call was not encrypted has no session yet
        // that could remember the sender.
        let begin = |&user| {
            [
                (user, Message::PrepareEpoch { epoch: 1 }),
                (user, sender.clone()),
            ]
        };
        self.participants.iter().flat_map(begin).collect()
    }

    pub(super) fn begin_transition(
        &mut self,
        users: impl Iterator<Item = u64>,
        now: Instant,
    ) -> u16 {
        // 0 is reserved for what takes effect at once.
        self.last_transition = self.last_transition.checked_add(1).unwrap_or(1);
        let everybody: Vec<u64> = users.collect();
        self.transitions.push(Transition {
            id: self.last_transition,
            waiting: everybody.iter().copied().collect(),
            everybody,
            deadline: now + TRANSITION,
        });
        self.last_transition
    }

    pub(super) fn execute(&mut self, is_due: impl Fn(&Transition) -> bool) -> Outgoing {
        let mut outgoing = Vec::new();
        self.transitions.retain(|transition| {
            let due = is_due(transition);
            if due {
                let message = Message::ExecuteTransition {
                    transition_id: transition.id,
                };
                outgoing.extend(
                    transition
                        .everybody
                        .iter()
                        .map(|&user| (user, message.clone())),
                );
            }
            !due
        });
        outgoing
    }
}
