//! Waiting for what has no events, by looking again.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::time::sleep;

use super::{Answer, Guild, Lab, PATIENCE};
use crate::{bot::Bot, text::plain};

/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

impl Lab {
    /// Runs a slash command until its answer is as wanted: what it tells of comes to the bot, and is
    /// written down by it, in its own time. Who asks so often that the bot wants a moment waits for it.
    pub async fn until_answered(
        &self,
        command: &str,
        options: Value,
        who: Value,
        wanted: impl Fn(&Answer) -> bool,
    ) -> Answer {
        let begun = Instant::now();
        loop {
            let answer = self.command(command, options.clone(), who.clone()).await;
            assert!(answer.status.is_success(), "{answer:?}");
            if wanted(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "never as wanted: {answer:?}");
            sleep(LOOK).await;
        }
    }

    /// The same, until it says this.
    pub async fn until_says(
        &self,
        command: &str,
        options: Value,
        who: Value,
        what: &str,
    ) -> Answer {
        let says = |answer: &Answer| plain(&answer.text()).contains(&plain(what));
        self.until_answered(command, options, who, says).await
    }

    /// Waits until what the voice server knows of the call in a server is as wanted: null, if there
    /// is none.
    pub async fn until_call(&self, guild: &Guild, what: &str, wanted: impl Fn(&Value) -> bool) {
        let begun = Instant::now();
        loop {
            let call = self.call_in(guild.id()).await.unwrap_or_default();
            if wanted(&call) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "never {what}: {call}");
            sleep(LOOK).await;
        }
    }

    /// Waits until the bot is in no voice channel of a server, as Discord has it. The bot may be
    /// done before Discord is.
    pub async fn until_out_of_voice(&self, guild: &Guild) {
        let begun = Instant::now();
        while let Some(voice) = self.own_voice(guild).await {
            assert!(begun.elapsed() < PATIENCE, "never left: {voice}");
            sleep(LOOK).await;
        }
    }

    /// The bot's own voice state in a server, as the sandbox's Discord has it.
    pub async fn own_voice(&self, guild: &Guild) -> Option<Value> {
        let state = self.get("/control/state").await;
        let me = state["applications"][0]["id"].clone();
        let guilds = state["guilds"].as_array()?;
        let found = guilds.iter().find(|each| each["id"] == guild.id())?;
        let mut voices = found["voice_states"].as_array()?.iter();
        let own = voices.find(|voice| voice["user_id"] == me && !voice["channel_id"].is_null());
        own.cloned()
    }
}

/// Waits, from a place in the log on, until the bot is done with announcing a song: it has posted it
/// and noted that.
pub async fn until_announced(bot: &Bot, mark: usize, song: &Value) {
    let play = format!("/{}/", song["song"]["id"]);
    bot.log()
        .until(mark, &["announced", "skipped", &play])
        .await;
}
