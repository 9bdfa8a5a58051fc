//! Calls against a made-up Discord that speaks the gateway's side only: what a call does when it
//! does not come to stand. Calls that stand are heard end to end, against the sandbox.

use clap::Parser as _;
use serenity::futures::{StreamExt, channel::mpsc::UnboundedReceiver};
use tokio::{sync::mpsc, task::JoinSet, time::Instant};

use super::*;
use crate::{
    config::{Address, Config},
    radio::{
        Ending, Obstacle,
        feed::{Feed, FeedTask},
    },
};

const GUILD: GuildId = GuildId::new(1 << 22);
const CHANNEL: ChannelId = ChannelId::new(5);
const BOT: UserId = UserId::new(7);

struct Discord {
    calls: Calls,
    /// What the shard is told to send.
    sent: UnboundedReceiver<ShardRunnerMessage>,
    _clock: JoinSet<()>,
    _feeds: [FeedTask; 2],
    _directory: tempfile::TempDir,
}

/// Time that runs forty times as fast until it is dropped. Tokio would skip every wait at once, also
/// while the store works: that happens on a thread which tokio does not know of, and so looks as if
/// everybody waited.
fn fast_clock() -> JoinSet<()> {
    const REAL: Duration = Duration::from_millis(5);
    tokio::time::pause();
    let (tick, mut ticks) = mpsc::channel(1);
    let mut tasks = JoinSet::new();
    // While a blocking task runs tokio skips nothing.
    tasks.spawn_blocking(move || {
        while tick.blocking_send(()).is_ok() {
            std::thread::park_timeout(REAL);
        }
    });
    tasks.spawn(async move {
        while ticks.recv().await.is_some() {
            tokio::time::advance(40 * REAL).await;
        }
    });
    tasks
}

impl Discord {
    /// Time passes fast from here on.
    async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/test.db", directory.path().display());
        let store = Store::open(&url).await.unwrap();
        let feed = |station| {
            let address = Address::http("http://127.0.0.1:1/").unwrap();
            Feed::new(station, address.into(), reqwest::Client::new())
        };
        let ((jpop, jpop_task), (kpop, kpop_task)) = (feed(Station::Jpop), feed(Station::Kpop));
        let nowhere = [
            "uguisu",
            "--discord-token=t",
            "--discord-api-url=http://127.0.0.1:1/",
        ];
        let rest = Rest::new(&Config::try_parse_from(nowhere).unwrap()).unwrap();
        let feeds = Feeds { jpop, kpop };
        let calls = Calls::new(feeds, Songs::none(), rest, store, Metrics::new());
        calls.initialise(1, BOT).await;
        let (sender, sent) = serenity::futures::channel::mpsc::unbounded();
        calls.register_shard(0, sender).await;
        Self {
            calls,
            sent,
            _clock: fast_clock(),
            _feeds: [jpop_task, kpop_task],
            _directory: directory,
        }
    }

    /// The channel of the next Update Voice State.
    async fn asked_for(&mut self) -> Option<ChannelId> {
        let Some(ShardRunnerMessage::Message(message)) = self.sent.next().await else {
            panic!("not a message");
        };
        let sent: serde_json::Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        serde_json::from_value(sent["d"]["channel_id"].clone()).unwrap()
    }

    async fn says(&self, channel: Option<ChannelId>) {
        let state = serde_json::json!({
            "guild_id": GUILD, "channel_id": channel, "user_id": BOT, "session_id": "s",
            "deaf": false, "mute": false, "self_deaf": true, "self_mute": false,
            "self_video": false, "suppress": false,
        });
        let state: VoiceState = serde_json::from_value(state).unwrap();
        self.calls.state_update(GUILD, &state).await;
    }

    fn join(&self, channel: ChannelId) -> impl Future<Output = Result<Joined, RadioError>> + use<> {
        let calls = self.calls.clone();
        async move { calls.join(GUILD, channel, Station::Jpop).await }
    }

    /// Why the call is over.
    fn ended(&self) -> Option<Ending> {
        let past = self.calls.0.past();
        past.get(&GUILD)?.ended.map(|ended| ended.why)
    }

    /// Every owner has come to its end.
    async fn is_over(&self) {
        self.calls.0.owners.close();
        self.calls.0.owners.wait().await;
        assert!(self.calls.0.handles().is_empty());
        assert_eq!(self.calls.target(GUILD), None);
    }
}

#[tokio::test]
async fn a_channel_that_discord_keeps_silent_about_is_an_error_and_is_left() {
    let mut discord = Discord::start().await;
    let began = Instant::now();
    let joined = discord.join(CHANNEL).await;
    assert!(matches!(joined, Err(RadioError::Timeout(_))), "{joined:?}");
    assert!(began.elapsed() <= ANSWER);
    assert_eq!(discord.asked_for().await, Some(CHANNEL));
    assert_eq!(discord.asked_for().await, None);
    discord.is_over().await;
}

#[tokio::test]
async fn leaving_works_at_any_moment() {
    let mut discord = Discord::start().await;
    let join = tokio::join!(discord.join(CHANNEL), async {
        assert_eq!(discord.asked_for().await, Some(CHANNEL));
        assert_eq!(discord.calls.leave(GUILD).await, Ok(true));
        assert_eq!(discord.asked_for().await, None);
    },);
    assert_eq!(join.0, Err(RadioError::Superseded));
    discord.is_over().await;
    assert_eq!(
        discord.calls.switch(GUILD, Station::Kpop).await,
        Err(RadioError::NoCall)
    );
}

#[tokio::test]
async fn a_later_request_takes_the_place_of_an_earlier_one() {
    let mut discord = Discord::start().await;
    let other = ChannelId::new(6);
    let (first, second) = tokio::join!(discord.join(CHANNEL), async {
        assert_eq!(discord.asked_for().await, Some(CHANNEL));
        let second = discord.join(other);
        let (second, ()) = tokio::join!(second, async {
            assert_eq!(discord.asked_for().await, None);
            assert_eq!(discord.asked_for().await, Some(other));
        });
        second
    });
    assert_eq!(first, Err(RadioError::Superseded));
    assert!(matches!(second, Err(RadioError::Timeout(_))), "{second:?}");
    discord.is_over().await;
}

#[tokio::test]
async fn kicked_while_joining_means_stay_away() {
    let mut discord = Discord::start().await;
    let (joined, ()) = tokio::join!(discord.join(CHANNEL), async {
        assert_eq!(discord.asked_for().await, Some(CHANNEL));
        discord.says(Some(CHANNEL)).await;
        discord.says(None).await;
        assert_eq!(discord.asked_for().await, None);
    });
    assert_eq!(joined, Err(RadioError::Superseded));
    discord.is_over().await;
    assert_eq!(discord.ended(), Some(Ending::Disconnected));
}

/// Discord may tell of the disconnection first, and then the call may be over before it is known
/// why.
#[tokio::test]
async fn who_deletes_the_channel_is_no_moderator_who_sends_the_bot_away() {
    let mut discord = Discord::start().await;
    let (joined, ()) = tokio::join!(discord.join(CHANNEL), async {
        assert_eq!(discord.asked_for().await, Some(CHANNEL));
        discord.says(Some(CHANNEL)).await;
        discord.says(None).await;
    });
    assert_eq!(joined, Err(RadioError::Superseded));
    discord.is_over().await;
    discord.calls.0.changes.take().await;
    discord.calls.channel_deleted(GUILD, ChannelId::new(6));
    assert_eq!(discord.ended(), Some(Ending::Disconnected));
    discord.calls.channel_deleted(GUILD, CHANNEL);
    assert_eq!(discord.ended(), Some(Ending::Hopeless(Obstacle::Gone)));
    assert!(discord.calls.0.changes.take().await.contains(&GUILD));
}

#[tokio::test]
async fn what_a_crash_left_behind_is_left() {
    let mut discord = Discord::start().await;
    discord.calls.0.gateway.set_voice(GUILD, Some(CHANNEL));
    discord.calls.begin(GUILD, Message::Vacate, None);
    assert_eq!(discord.asked_for().await, None);
    discord.says(None).await;
    discord.is_over().await;
}

#[tokio::test]
async fn a_stored_channel_is_tried_for_as_long_as_it_takes_and_kept_at_the_end() {
    let mut discord = Discord::start().await;
    let target = Target {
        channel: CHANNEL,
        station: Station::Kpop,
    };
    discord
        .calls
        .begin(GUILD, Message::Restore(target), Some(target));
    for _ in 0..5 {
        assert_eq!(discord.asked_for().await, Some(CHANNEL));
        assert_eq!(discord.asked_for().await, None);
    }
    assert_eq!(discord.calls.target(GUILD), Some(target));
    discord.calls.shutdown().await;
    let stored = discord.calls.0.store.radios().await;
    assert!(
        stored.unwrap().is_empty(),
        "what was never stored is not, and nothing is deleted"
    );
    assert_eq!(discord.join(CHANNEL).await, Err(RadioError::Stopping));
}

#[tokio::test]
async fn without_a_session_there_is_nobody_to_ask() {
    let discord = Discord::start().await;
    discord.calls.deregister_shard(0).await;
    assert_eq!(discord.join(CHANNEL).await, Err(RadioError::Discord));
    discord.is_over().await;
}
