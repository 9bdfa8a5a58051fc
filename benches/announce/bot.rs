//! The bot's process, and the settings it starts with.

use std::{net::TcpListener, time::Duration};

use anyhow::Context as _;
use futures_util::{TryStreamExt as _, stream};
use serde_json::{Value, json};
use serenity::all::{ChannelId, GuildId, WebhookId};
use tempfile::TempDir;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::{
    process::Child,
    time::{sleep, timeout},
};
use uguisu::{
    listen_moe::{Occasion, PlayId},
    station::Station,
    store::{Store, Style, Webhook},
};

use crate::{sandbox::Sandbox, usage::Usage};

/// How long the bot may take until it knows all its servers.
const PATIENCE: Duration = Duration::from_mins(5);
/// Discord's channel type of a text channel.
const TEXT: u64 = 0;

/// A server and its first text channel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) guild: u64,
    pub(crate) channel: u64,
}

/// Who posts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Writer {
    Itself,
    Webhooks,
    /// Half of the channels have a webhook.
    Both,
}

/// The first text channel of each server.
pub(crate) async fn targets(sandbox: &Sandbox, count: usize) -> anyhow::Result<Vec<Target>> {
    let world = sandbox.get("/control/world").await?;
    let guilds = world["guilds"].as_array().context("no servers")?;
    let targets: anyhow::Result<Vec<Target>> = guilds
        .iter()
        .rev()
        .take(count)
        .map(|guild| {
            let channels = guild["channels"].as_array();
            let text = channels
                .and_then(|channels| channels.iter().find(|channel| channel["type"] == TEXT))
                .context("no text channel")?;
            Ok(Target {
                guild: id(&guild["id"])?,
                channel: id(&text["id"])?,
            })
        })
        .collect();
    targets
}

/// The bot's process.
pub(crate) struct Bot {
    child: Child,
    _directory: TempDir,
}

impl Bot {
    /// A bot whose settings say that these channels get the songs, once it is ready.
    pub(crate) async fn start(
        sandbox: &Sandbox,
        targets: &[Target],
        writer: Writer,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let database = format!("sqlite://{}/uguisu.db", directory.path().display());
        let store = Store::open(&database).await?;
        // What is on air counts as announced: the first to be posted is the next.
        let known = on_air(sandbox).await?;
        stream::iter(targets.iter().enumerate().map(anyhow::Ok))
            .try_for_each_concurrent(8, |(index, target)| {
                let has_webhook = match writer {
                    Writer::Itself => false,
                    Writer::Webhooks => true,
                    Writer::Both => index % 2 == 0,
                };
                prepare(sandbox, &store, *target, has_webhook, &known)
            })
            .await?;
        store.close().await;
        let http = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = sandbox
            .command(env!("CARGO_BIN_EXE_uguisu"))
            .current_dir(directory.path())
            .env("HTTP_LISTEN", http.to_string())
            .env("DATABASE_URL", &database)
            .env("LOG", "warn")
            .spawn()?;
        let bot = Self {
            child,
            _directory: directory,
        };
        let health = format!("http://{http}/healthz");
        let ready = async {
            loop {
                let answer = reqwest::get(&health).await;
                if answer.is_ok_and(|answer| answer.status().is_success()) {
                    return;
                }
                sleep(Duration::from_secs(1)).await;
            }
        };
        timeout(PATIENCE, ready)
            .await
            .context("it is never ready")?;
        quiet(sandbox).await?;
        Ok(bot)
    }

    /// Ends it without a good-bye.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.child.id().context("the bot has ended")?)
    }
}

/// Writes into the settings that a channel gets the songs.
async fn prepare(
    sandbox: &Sandbox,
    store: &Store,
    target: Target,
    has_webhook: bool,
    known: &Occasion,
) -> anyhow::Result<()> {
    let (guild, channel) = (GuildId::new(target.guild), ChannelId::new(target.channel));
    let style = Style {
        webhook: has_webhook.then_some(channel),
        ..Style::default()
    };
    store
        .set_target(guild, channel, Station::Jpop, &style)
        .await?;
    store.claim(channel, Station::Jpop, known).await?;
    if has_webhook {
        let path = format!("/control/channels/{channel}/webhooks");
        let made = sandbox
            .ask(&path, json!({ "name": "LISTEN.moe J-pop" }))
            .await?;
        let token = made["token"].as_str().context("no token")?;
        let webhook = Webhook {
            id: WebhookId::new(id(&made["id"])?),
            token: token.into(),
            channel,
        };
        store.set_webhook(guild, Station::Jpop, &webhook).await?;
    }
    Ok(())
}

/// The song on air.
async fn on_air(sandbox: &Sandbox) -> anyhow::Result<Occasion> {
    let on_air = sandbox.get("/control/listen-moe/jpop").await?;
    let start = on_air["startTime"].as_str().context("no start")?;
    let start = OffsetDateTime::parse(start, &Rfc3339)?;
    let song = on_air["song"]["id"].as_u64().context("no song")?;
    Ok(Occasion::Play(PlayId::new(
        Station::Jpop,
        song,
        Some(start),
    )))
}

/// Waits until no request comes any more.
async fn quiet(sandbox: &Sandbox) -> anyhow::Result<()> {
    let mut before = Value::Null;
    let still = async {
        loop {
            let now = sandbox.get("/control/rest").await?["requests"].clone();
            if now == before {
                return anyhow::Ok(());
            }
            before = now;
            sleep(Duration::from_secs(5)).await;
        }
    };
    timeout(PATIENCE * 2, still)
        .await
        .context("it never stops posting")?
}

pub(crate) fn id(value: &Value) -> anyhow::Result<u64> {
    let id = value.as_str().and_then(|text| text.parse().ok());
    id.with_context(|| format!("{value} is no id"))
}
