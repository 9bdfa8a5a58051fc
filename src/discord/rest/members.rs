//! Who is in a server.

use std::time::Duration;

use serenity::all::{GuildId, UserId};
use tokio::time::{Instant, timeout_at};

use super::{Rest, RestError, Route};

/// Nobody waits longer for leave to ask. The limit of a server is of this order.
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
        // Others may take what Discord allows of it, any number of times.
        loop {
            let held = self.held_until(route);
            if held.is_some_and(|until| until > given_up) {
                return Err(RestError::RateLimited);
            }
            let Ok(turn) = timeout_at(given_up, self.turn_for(route)).await else {
                return Err(RestError::RateLimited);
            };
            match self.send(turn, route, None, None).await {
                Ok(_) => return Ok(true),
                Err(RestError::Refused { status: 404, .. }) => return Ok(false),
                Err(RestError::RateLimited) => {}
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use reqwest::header::{HeaderMap, HeaderValue};

    use super::*;
    use crate::{config::Config, discord::rest::Limits};

    /// Discord wants nothing of the bot for minutes: somebody waits for the answer.
    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_as_long_as_the_bot_is_held_back() {
        let nowhere = [
            "uguisu",
            "--discord-token=t",
            "--discord-api-url=http://127.0.0.1:1/",
        ];
        let rest = Rest::new(&Config::try_parse_from(nowhere).unwrap()).unwrap();
        let route = Route::Member(GuildId::new(1), UserId::new(2));
        let now = Instant::now();
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static("300"));
        headers.insert("x-ratelimit-global", HeaderValue::from_static("true"));
        rest.limiter().learn(now, route, &Limits::of(&headers));
        let asked = rest.is_member(GuildId::new(1), UserId::new(2)).await;
        assert_eq!(asked, Err(RestError::RateLimited));
        assert_eq!(now.elapsed().as_secs(), LONGEST.as_secs());
    }
}
