//! Who is in a server.

use std::time::Duration;

use serenity::all::{GuildId, UserId};
use tokio::time::{Instant, sleep_until};

use super::{Rest, RestError, Route};

/// How often it is asked while others take what Discord allows of it.
const ATTEMPTS: u32 = 4;
/// Nobody waits longer for it. The limit is of this order.
const LONGEST: Duration = Duration::from_secs(20);

impl Rest {
    /// Whether somebody is a member of a server where the bot is. Members come and go without the bot
    /// being told, so Discord is asked, as soon as it allows that: many may want to know it of one
    /// server.
    ///
    /// # Errors
    /// See [`RestError`].
    pub async fn is_member(&self, guild: GuildId, user: UserId) -> Result<bool, RestError> {
        let route = Route::Member(guild, user);
        let given_up = Instant::now() + LONGEST;
        for _ in 0..ATTEMPTS {
            if let Some(until) = self.held_until(route) {
                if until > given_up {
                    break;
                }
                sleep_until(until).await;
            }
            let turn = self.turn().await;
            match self.send(turn, route, None, None).await {
                Ok(_) => return Ok(true),
                Err(RestError::Refused { status: 404, .. }) => return Ok(false),
                Err(RestError::RateLimited) => {}
                Err(error) => return Err(error),
            }
        }
        Err(RestError::RateLimited)
    }
}
