//! The bot in a voice channel, with its stream at Icecast.

use serde_json::{Value, json};

use super::{
    ear::Ear,
    music::{Music, Song},
};
use crate::{bot::Bot, lab::Lab};

/// A sandbox, the bot in its first voice channel, and an ear in there.
pub struct Radio {
    pub lab: Lab,
    pub bot: Bot,
    pub ear: Ear,
    pub guild: String,
}

impl Radio {
    /// Starts all that, with J-pop's stream at `url`. Does not wait for sound.
    pub async fn start(url: &str, music: &Music) -> Self {
        let lab = Lab::start(1).await;
        let bot = lab
            .bot_before_ready(&[("LISTEN_MOE_JPOP_STREAM", url)])
            .await;
        bot.until_healthy().await;
        let guild = lab.guild(0).await;
        let ear = Ear::open(&lab, guild.id(), music).await;
        lab.enter(guild.member(0), Some(guild.voice())).await;
        let answer = lab.command("radio join", json!({}), json!({})).await;
        assert!(answer.status.is_success(), "{answer:?}");
        Self {
            guild: guild.id().to_owned(),
            lab,
            bot,
            ear,
        }
    }

    /// The call, as the sandbox reports it.
    pub async fn call(&self) -> Value {
        self.lab.call_in(&self.guild).await.expect("a call")
    }

    /// Asks that everything sent so far could be heard, and was whole.
    pub async fn assert_sound(&self) {
        let call = self.call().await;
        assert_eq!(call["dave"], true, "{call}");
        for trouble in ["lost", "undecodable", "malformed", "undecryptable"] {
            assert_eq!(call[trouble], 0, "{trouble}: {call}");
        }
    }

    /// Asks that the bot has read the tags of these songs.
    pub async fn assert_tags(&self, songs: &[Song]) {
        for song in songs {
            let words = ["the stream names its song", &song.title, &song.artist];
            self.bot.log().until(0, &words).await;
        }
    }

    /// How often silence was sent for want of sound, in packets.
    pub async fn silence(&self) -> u64 {
        self.call().await["silence_frames"]
            .as_u64()
            .expect("a count")
    }

    /// Ends everything, and sees that the bot ends well.
    pub async fn stop(self) {
        let (status, log) = self.bot.terminate().await;
        assert_eq!(status.code(), Some(0), "{}", log.text());
        self.lab.stop().await;
    }
}
