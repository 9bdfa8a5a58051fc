//! Who waits for what, and is told when it has come true.

use tokio::sync::oneshot;

use super::Actor;
use crate::radio::{Joined, RadioError, calls::plan::Target};

/// Somebody who waits for an answer.
pub(super) enum Waiting {
    Join {
        target: Target,
        reply: oneshot::Sender<Result<Joined, RadioError>>,
    },
    Leave(oneshot::Sender<Result<bool, RadioError>>),
}

impl Actor {
    pub(super) fn want(
        &mut self,
        target: Target,
        reply: oneshot::Sender<Result<Joined, RadioError>>,
    ) {
        if self.shared.closing.is_cancelled() {
            let _ = reply.send(Err(RadioError::Stopping));
            return;
        }
        if self.plan.standing() == Some(target) && self.plan.wanted() == Some(target) {
            let _ = reply.send(Ok(joined(target, true)));
            return;
        }
        self.past.ended = None;
        self.plan.want(Some(target));
        self.waiting.push(Waiting::Join { target, reply });
    }

    /// Answers those whose wish has come true, or was overtaken.
    pub(super) fn answer(&mut self) {
        let (wanted, standing) = (self.plan.wanted(), self.plan.standing());
        self.answer_where(|waiting| match waiting {
            Waiting::Join { target, reply } if standing == Some(target) => {
                let _ = reply.send(Ok(joined(target, false)));
                None
            }
            Waiting::Join { target, reply } if wanted != Some(target) => {
                let _ = reply.send(Err(RadioError::Superseded));
                None
            }
            Waiting::Leave(reply) if wanted.is_some() => {
                let _ = reply.send(Err(RadioError::Superseded));
                None
            }
            other => Some(other),
        });
    }

    /// Tells those who wait for this channel that it cannot be. What is wanted again is what was so
    /// before they asked: the setting.
    pub(super) fn answer_failed(&mut self, failed: Target, error: RadioError) {
        let waiting = self.waiting.len();
        self.answer_where(|waiting| match waiting {
            Waiting::Join { target, reply } if target.channel == failed.channel => {
                let _ = reply.send(Err(error));
                None
            }
            other => Some(other),
        });
        if self.waiting.len() < waiting {
            self.plan.want(self.plan.setting());
        }
    }

    pub(super) fn answer_leavers(&mut self, answer: Result<bool, RadioError>) {
        self.answer_where(|waiting| match waiting {
            Waiting::Leave(reply) => {
                let _ = reply.send(answer);
                None
            }
            other @ Waiting::Join { .. } => Some(other),
        });
    }

    /// `answer` gives back those whom it did not answer.
    fn answer_where(&mut self, answer: impl FnMut(Waiting) -> Option<Waiting>) {
        self.waiting = std::mem::take(&mut self.waiting)
            .into_iter()
            .filter_map(answer)
            .collect();
    }

    pub(super) fn refuse(&mut self, error: RadioError) {
        for waiting in self.waiting.drain(..) {
            match waiting {
                Waiting::Join { reply, .. } => drop(reply.send(Err(error))),
                Waiting::Leave(reply) => drop(reply.send(Err(error))),
            }
        }
    }
}

const fn joined(target: Target, already: bool) -> Joined {
    Joined {
        channel: target.channel,
        station: target.station,
        already,
    }
}
