//! The bot in a voice channel, with its stream at Icecast.

use serde_json::{Value, json};

use super::{
    ear::{self, Ear},
    music::{Music, Song},
};
use crate::{bot::Bot, lab::Lab, log::Log};

/// A sandbox, the bot in its first voice channel, and an ear in there.
pub struct Radio {
    pub lab: Lab,
    pub bot: Bot,
    pub ear: Ear,
    guild: String,
    _confession: Confession,
}

/// Prints what the bot has logged, when the test fails.
struct Confession(Log);

impl Drop for Confession {
    #[expect(clippy::print_stderr, reason = "for whoever reads why a test failed")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the bot's log:\n{}", self.0.text());
        }
    }
}

/// Where a recording and the counts of a call stood.
pub struct Since {
    pub heard: usize,
    call: Value,
}

impl Radio {
    /// Starts all that, with J-pop's stream at `url`, but for the joining.
    pub async fn start(url: &str, music: &Music) -> Self {
        let lab = Lab::start(1).await;
        let bot = lab
            .bot_before_ready(&[("LISTEN_MOE_JPOP_STREAM", url)])
            .await;
        let confession = Confession(bot.log().clone());
        bot.until_healthy().await;
        let guild = lab.guild(0).await;
        let ear = Ear::open(&lab, guild.id(), music).await;
        lab.enter(guild.member(0), Some(guild.voice())).await;
        Self {
            guild: guild.id().to_owned(),
            _confession: confession,
            lab,
            bot,
            ear,
        }
    }

    /// Lets the bot join. Does not wait for sound.
    pub async fn join(&self) {
        let answer = self.lab.command("radio join", json!({}), json!({})).await;
        assert!(answer.status.is_success(), "{answer:?}");
    }

    /// Waits until some song is heard; what is judged later begins here.
    pub async fn playing(&self, heard: usize) -> Since {
        self.ear.until_any_song(heard).await;
        Since {
            heard: self.ear.mark(),
            call: self.call().await,
        }
    }

    /// The same after one change: for sources that have only just begun to play, and may not do it
    /// in time at first when the machine is busy.
    pub async fn settled(&self, heard: usize) -> Since {
        let since = self.playing(heard).await;
        self.ear.until_changes(since.heard, 1).await;
        self.playing(self.ear.mark()).await
    }

    /// Lets songs change so often, and asks that each was whole, in its turn, and that nothing was
    /// between them. Answers with the songs.
    pub async fn assert_changes(&self, since: &Since, count: usize, music: &Music) -> Vec<usize> {
        self.ear.until_changes(since.heard, count).await;
        let songs = ear::judge(&self.ear.since(since.heard), music).expect("music");
        assert!(songs.len() > count, "{songs:?}");
        self.assert_unchanged(since, "silence_frames").await;
        self.assert_whole(since).await;
        songs
    }

    /// Asks that what was sent since then could be heard, and was whole.
    pub async fn assert_whole(&self, since: &Since) {
        assert_eq!(self.call().await["dave"], true);
        for trouble in ["lost", "undecodable", "malformed", "undecryptable"] {
            self.assert_unchanged(since, trouble).await;
        }
    }

    async fn assert_unchanged(&self, since: &Since, count: &str) {
        let now = self.call().await;
        assert_eq!(now[count], since.call[count], "{count}: {now}");
    }

    async fn call(&self) -> Value {
        self.lab.call_in(&self.guild).await.expect("a call")
    }

    /// Asks that the bot has read the tags of these songs.
    pub async fn assert_tags(&self, songs: &[Song]) {
        for song in songs {
            let words = ["the stream names its song", &song.title, &song.artist];
            self.bot.log().until(0, &words).await;
        }
    }

    /// Ends everything, and sees that the bot ends well.
    pub async fn stop(self) {
        let (status, log) = self.bot.terminate().await;
        assert_eq!(status.code(), Some(0), "{}", log.text());
        self.lab.stop().await;
    }
}
