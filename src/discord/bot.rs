//! The session with Discord, from login to logout.

use std::{pin::pin, sync::Arc, time::Duration};

use poise::{Framework, FrameworkOptions, builtins::create_application_commands};
use reqwest::StatusCode;
use serenity::{
    Client,
    all::{
        ApplicationId, ClientBuilder, ConnectionStage, CreateAllowedMentions, GatewayError,
        GatewayIntents, ShardManager,
    },
    gateway::ShardRunnerMessage,
    http::{Http, HttpError},
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::{
    Data, Rest, commands,
    error::{self, describe},
    events::Events,
    presence, registration,
    relay::{Connected, Relay},
};
use crate::{link::Backoff, telemetry::DiscordState};

/// Guilds for channels, roles and the bot's own permissions; voice states for who is in which
/// voice channel, and for the voice connections. Nothing privileged.
const INTENTS: GatewayIntents = GatewayIntents::GUILDS.union(GatewayIntents::GUILD_VOICE_STATES);

/// How often the state of the shards is looked at. serenity tells of most changes but not of all:
/// a shard that is being restarted is silent.
const LOOK: Duration = Duration::from_millis(200);

/// Shards that are missing for so long, without an attempt to connect any, will not come back:
/// serenity has lost them. It waits 5 s between two attempts.
const LOST: Duration = Duration::from_mins(2);

/// How long closing the connections may take.
const LOGOUT: Duration = Duration::from_secs(3);

/// The close code of a session that is over: Discord shows the bot as offline at once.
/// <https://docs.discord.com/developers/events/gateway#initiating-a-disconnect>
const NORMAL: u16 = 1000;

/// Why the session with Discord ended for good. Retrying without a change leads to the same.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    /// The token is wrong or was reset.
    #[error("Discord refuses the token")]
    Token,
    /// Discord does not take the commands: a mistake in this program.
    #[error("Discord refuses the commands: {0}")]
    Commands(String),
    /// No port on loopback can be listened to.
    #[error("cannot relay the gateway: {0}")]
    Relay(std::io::Error),
    /// The gateway ended the session for good.
    #[error("Discord ended the session: {0}")]
    Gateway(String),
}

impl BotError {
    /// The gateway closed with a code after which a client must not come back.
    fn refused(code: u16, reason: &str) -> Self {
        match code {
            4004 => Self::Token,
            _ => Self::Gateway(format!("{reason} ({code})")),
        }
    }

    /// The variable to look at, and what is wrong with it, when the operator can mend it.
    pub const fn variable(&self) -> Option<(&'static str, &'static str)> {
        match self {
            Self::Token => Some((
                "DISCORD_TOKEN",
                "Discord refuses it; the application's page, under Bot, makes a new one",
            )),
            Self::Commands(_) | Self::Relay(_) | Self::Gateway(_) => None,
        }
    }
}

/// Logs in, answers commands until the token is cancelled, leaves the voice channels, and logs out.
/// Losing the connection is not an error: it is restored.
///
/// # Errors
/// When the session cannot go on without someone changing something; see [`BotError`].
pub async fn run(rest: Rest, data: Data, token: CancellationToken) -> Result<(), BotError> {
    let login = tokio::select! {
        login = login(rest.http()) => login?,
        () = token.cancelled() => return Ok(()),
    };
    let framework = framework(data.clone());
    let commands = create_application_commands(&framework.options().commands);

    let http = rest.http();
    http.set_application_id(login.application);
    let client = ClientBuilder::new_with_http(http, INTENTS)
        .framework(framework)
        .event_handler(Events(data.clone()));
    let mut client = data.radio.register(client).await.map_err(gateway)?;
    data.radio.attach(Arc::clone(&client.cache));
    let relay = Relay::bind(&login.gateway).await.map_err(BotError::Relay)?;
    *client.ws_url.lock().await = relay.address().map_err(BotError::Relay)?;

    let (http, shards) = (Arc::clone(&client.http), Arc::clone(&client.shard_manager));
    let connected = relay.connected();
    let mut refusal = connected.clone();
    let mut relay = pin!(relay.run());
    let ended = tokio::select! {
        error = serve(&mut client, login.shards) => Err(error),
        error = registration::run(
            &http, login.application, &commands, &data.store, &data.registered,
        ) => Err(error),
        () = &mut relay => Ok(()),
        (code, reason) = refusal.refused() => Err(BotError::refused(code, &reason)),
        () = watch(&shards, &connected, login.shards, &data) => {
            Err(BotError::Gateway("serenity does not come back to it".to_owned()))
        }
        () = presence::run(&shards, &data) => Ok(()),
        () = token.cancelled() => Ok(()),
    };
    let goodbye = async {
        // Voice channels are left through the gateway: first this, then that.
        data.radio.shutdown().await;
        data.metrics.set_discord(DiscordState::Lost);
        if timeout(LOGOUT, log_out(&shards, connected)).await.is_err() {
            warn!("Discord did not confirm the end of the session in time");
        }
    };
    tokio::select! {
        () = goodbye => {}
        () = relay => {}
    }
    ended
}

/// Closes the connections of all shards at once; `ShardManager::shutdown_all` takes half a second
/// for each.
async fn log_out(shards: &ShardManager, mut connected: Connected) {
    for (id, runner) in shards.runners.lock().await.iter() {
        let end = ShardRunnerMessage::Shutdown(*id, NORMAL);
        runner.runner_tx.send_to_shard(end);
    }
    connected.none().await;
}

/// What the session needs to know before it begins.
struct Login {
    application: ApplicationId,
    gateway: String,
    shards: u32,
}

/// Asks who the bot is and where its gateway is, for as long as it takes.
async fn login(http: Http) -> Result<Login, BotError> {
    let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));
    loop {
        let asked = async {
            let application = http.get_current_application_info().await?;
            let gateway = http.get_bot_gateway().await?;
            Ok::<_, serenity::Error>((application, gateway))
        };
        let error = match asked.await {
            Ok((application, gateway)) => {
                info!(application = %application.id, shards = gateway.shards, "logged in");
                return Ok(Login {
                    application: application.id,
                    gateway: gateway.url,
                    shards: gateway.shards.max(1),
                });
            }
            Err(error) if status(&error) == Some(StatusCode::UNAUTHORIZED) => {
                return Err(BotError::Token);
            }
            Err(error) => error,
        };
        let wait = backoff.next(&mut rand::rng());
        warn!(retry_in = ?wait, "Discord cannot be asked who I am: {}", describe(&error));
        sleep(wait).await;
    }
}

fn framework(data: Data) -> Framework<Data, super::CommandError> {
    let options = FrameworkOptions {
        commands: commands::offered(data.has_account),
        on_error: |error| Box::pin(error::handle(error)),
        allowed_mentions: Some(CreateAllowedMentions::new()),
        initialize_owners: false,
        ..FrameworkOptions::default()
    };
    // Cannot fail: were it to, every event would wait for ever.
    Framework::builder()
        .options(options)
        .initialize_owners(false)
        .setup(move |_, _, _| Box::pin(async move { Ok(data) }))
        .build()
}

/// Keeps the gateway connected. Ends only when that is no longer possible.
async fn serve(client: &mut Client, shards: u32) -> BotError {
    match client.start_shards(shards).await {
        Ok(()) => BotError::Gateway("without a reason".to_owned()),
        Err(serenity::Error::Gateway(GatewayError::InvalidAuthentication)) => BotError::Token,
        Err(error) => gateway(error),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn gateway(error: serenity::Error) -> BotError {
    BotError::Gateway(describe(&error))
}

/// Reports whether the session is ready. Ends when shards are missing that nobody brings back.
async fn watch(shards: &ShardManager, connected: &Connected, total: u32, data: &Data) {
    let mut state = DiscordState::Connecting;
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stirred = Instant::now();
    loop {
        look.tick().await;
        if connected.count() >= total as usize || connected.is_coming() {
            stirred = Instant::now();
        } else if stirred.elapsed() >= LOST {
            return;
        }
        let ready = {
            let runners = shards.runners.lock().await;
            connected.count() >= total as usize
                && runners.len() >= total as usize
                && runners
                    .values()
                    .all(|runner| runner.stage == ConnectionStage::Connected)
        };
        let now = match (ready, state) {
            (true, _) => DiscordState::Ready,
            (false, DiscordState::Connecting) => DiscordState::Connecting,
            (false, _) => DiscordState::Lost,
        };
        if now != state {
            data.metrics.set_discord(now);
            state = now;
            info!(state = now.name(), "session with Discord");
        }
    }
}

/// The status of an answer that is not a success.
pub(super) fn status(error: &serenity::Error) -> Option<StatusCode> {
    match error {
        serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)) => Some(answer.status_code),
        _ => None,
    }
}
