//! Leave to make a request: Discord counts how many there are in a second.

use std::fmt;

use tokio::time::{Instant, sleep_until};

use super::{Lane, Rest, Route, limits::Limiter};

/// Leave to make one request. It is taken before the request, so that what has to be done at the last
/// moment can be done in between, and it is over when it is dropped, at best when there is an answer:
/// Discord counts the request at some moment until then, nobody knows which.
#[must_use = "it is over when it is dropped"]
pub struct Turn {
    rest: Rest,
    lane: Lane,
}

impl Turn {
    /// Whose limit the request counts for.
    pub const fn lane(&self) -> Lane {
        self.lane
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.rest.limiter().end_turn(Instant::now(), self.lane);
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Turn").field(&self.lane).finish()
    }
}

impl Rest {
    /// Waits until the next request with the bot's token may be made.
    pub async fn turn(&self) -> Turn {
        self.turn_in(Lane::Bot).await
    }

    /// Waits until the next request of this lane may be made.
    pub async fn turn_in(&self, lane: Lane) -> Turn {
        self.turn_when(lane, |limiter, now| limiter.try_turn(now, lane))
            .await
    }

    /// Waits until the next request of this route may be made, and takes no turn from others while
    /// Discord holds the route back.
    pub async fn turn_for(&self, route: Route) -> Turn {
        self.turn_when(route.lane(), |limiter, now| {
            limiter.try_turn_for(now, route)
        })
        .await
    }

    async fn turn_when(
        &self,
        lane: Lane,
        ask: impl Fn(&mut Limiter, Instant) -> Result<(), Instant>,
    ) -> Turn {
        loop {
            let taken = ask(&mut self.limiter(), Instant::now());
            match taken {
                Ok(()) => {
                    let rest = self.clone();
                    return Turn { rest, lane };
                }
                Err(at) => sleep_until(at).await,
            }
        }
    }

    /// How many turns of a lane are not over.
    #[cfg(test)]
    pub(crate) fn under_way(&self, lane: Lane) -> usize {
        self.limiter().under_way(lane)
    }
}
