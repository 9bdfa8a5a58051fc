//! A bot with songbird as its documentation shows it: an HTTP input in each call, everything else
//! as it is by default. Run in a process of its own.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use clap::Args;
use futures_util::{StreamExt as _, stream};
use serenity::{
    all::{ChannelId, ClientBuilder, Context, EventHandler, GatewayIntents, GuildId},
    async_trait,
    http::HttpBuilder,
};
use songbird::{Songbird, input::HttpRequest};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
};

/// Calls joined at once.
const AT_ONCE: usize = 8;

#[derive(Args, Debug)]
pub(crate) struct Peer {
    #[arg(long, env, hide_env_values = true)]
    discord_token: String,
    #[arg(long, env)]
    discord_api_url: String,
    /// What to play
    source: String,
    /// Where: `server:channel` each
    #[arg(value_parser = place)]
    places: Vec<(GuildId, ChannelId)>,
}

fn place(text: &str) -> Result<(GuildId, ChannelId), String> {
    let ids = text
        .split_once(':')
        .and_then(|(guild, channel)| Some((guild.parse().ok()?, channel.parse().ok()?)));
    ids.ok_or_else(|| format!("{text} is not server:channel"))
}

/// Plays until SIGTERM.
pub(crate) async fn run(peer: &Peer) -> anyhow::Result<()> {
    let root = peer.discord_api_url.trim_end_matches('/');
    let http = HttpBuilder::new(&peer.discord_token)
        .proxy(root.trim_end_matches("/api"))
        .ratelimiter_disabled(true)
        .build();
    let application = http.get_current_application_info().await?;
    http.set_application_id(application.id);
    let gateway = http.get_bot_gateway().await?;
    let (ready, cached) = oneshot::channel();
    let songbird = Songbird::serenity();
    let intents = GatewayIntents::GUILDS | GatewayIntents::GUILD_VOICE_STATES;
    let mut client = ClientBuilder::new_with_http(http, intents)
        .voice_manager_arc(Arc::clone(&songbird) as Arc<_>)
        .event_handler(Ready(Mutex::new(Some(ready))))
        .await?;
    *client.ws_url.lock().await = gateway.url;
    let requests = reqwest::Client::new();
    let play = async {
        cached.await?;
        stream::iter(&peer.places)
            .for_each_concurrent(AT_ONCE, |&(guild, channel)| {
                let request = HttpRequest::new(requests.clone(), peer.source.clone());
                let songbird = Arc::clone(&songbird);
                async move {
                    // What does not come is seen by who measures.
                    if let Ok(call) = songbird.join(guild, channel).await {
                        call.lock().await.play_only_input(request.into());
                    }
                }
            })
            .await;
        std::future::pending::<anyhow::Result<()>>().await
    };
    let mut end = signal(SignalKind::terminate())?;
    tokio::select! {
        ended = client.start_shards(gateway.shards) => Ok(ended?),
        ended = play => ended,
        ended = end.recv() => ended.ok_or_else(|| io::Error::other("no signals").into()),
    }
}

struct Ready(Mutex<Option<oneshot::Sender<()>>>);

#[async_trait]
impl EventHandler for Ready {
    async fn cache_ready(&self, _context: Context, _guilds: Vec<GuildId>) {
        let ready = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(ready) = ready {
            let _ = ready.send(());
        }
    }
}
