//! Voice grants. A gateway connection may send 120 messages a minute, so the sessions are shared
//! out among many bots, each of which holds one shard of the servers.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context as _, bail};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{interval, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::process::Sandbox;

/// Sessions of one bot: room is left for its identify and heartbeats.
const PER_BOT: usize = 100;
/// How long a bot's grants may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Less than any heartbeat interval.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Discord's channel type of a voice channel.
const VOICE: u64 = 2;
/// The intent `GUILD_VOICE_STATES`: no servers are described to whoever has only this.
const VOICE_STATES: u64 = 1 << 7;

/// What the voice server asks for.
pub(crate) struct Grant {
    pub(crate) guild: u64,
    pub(crate) channel: u64,
    pub(crate) user: u64,
    pub(crate) session_id: String,
    pub(crate) token: String,
    pub(crate) endpoint: String,
}

struct Place {
    guild: u64,
    channel: u64,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// As many bots as that many sessions need.
pub(crate) async fn bots(sandbox: &Sandbox, count: usize) -> anyhow::Result<Vec<Value>> {
    let mut bots = Vec::new();
    for index in 0..count.div_ceil(PER_BOT) {
        let body = json!({"name": format!("load {index}")});
        bots.push(sandbox.post("/control/applications", body).await?);
    }
    Ok(bots)
}

/// Grants for that many channels. With `people`, a member of each server is in its channel first.
/// The bots' connections live on in `tasks`.
pub(crate) async fn take(
    sandbox: &Sandbox,
    applications: &[Value],
    count: usize,
    people: bool,
    tasks: &mut JoinSet<()>,
) -> anyhow::Result<Vec<Grant>> {
    let world = sandbox.get("/control/world").await?;
    let bots = applications.len();
    let mut shards: Vec<Vec<Place>> = (0..bots).map(|_| Vec::new()).collect();
    // The first three are the demo's, with rules of their own.
    for server in world["guilds"]
        .as_array()
        .context("no servers")?
        .iter()
        .skip(3)
    {
        let guild = id(&server["id"])?;
        let channels = server["channels"].as_array().context("no channels")?;
        let voice = channels
            .iter()
            .find(|channel| channel["type"] == VOICE)
            .context("no voice channel")?;
        let channel = id(&voice["id"])?;
        let shard = &mut shards[usize::try_from(guild >> 22)? % bots];
        if shard.len() == PER_BOT {
            continue;
        }
        shard.push(Place { guild, channel });
        if people {
            let path = format!(
                "/control/users/{}/voice",
                server["members"][0]["id"].as_str().unwrap_or_default()
            );
            sandbox.post(&path, json!({"channel": voice["id"]})).await?;
        }
    }
    let mut joining = JoinSet::new();
    for (index, (places, bot)) in shards.into_iter().zip(applications).enumerate() {
        let bot = bot.clone();
        let url = format!(
            "{}/gateway?v=10&encoding=json",
            sandbox.base.replacen("http", "ws", 1)
        );
        joining
            .spawn(async move { timeout(PATIENCE, join(url, bot, (index, bots), places)).await? });
    }
    let mut grants = Vec::new();
    while let Some(joined) = joining.join_next().await {
        let (socket, granted) = joined??;
        grants.extend(granted);
        tasks.spawn(async move {
            let _ = keep(socket).await;
        });
    }
    grants.truncate(count);
    if grants.len() < count {
        bail!(
            "{} grants for {count} sessions: more servers are needed",
            grants.len()
        );
    }
    Ok(grants)
}

fn id(value: &Value) -> anyhow::Result<u64> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .with_context(|| format!("{value} is no id"))
}

async fn join(
    url: String,
    bot: Value,
    shard: (usize, usize),
    places: Vec<Place>,
) -> anyhow::Result<(Socket, Vec<Grant>)> {
    let user = id(&bot["id"])?;
    let (mut socket, _) = connect_async(url).await?;
    let identify = json!({"op": 2, "d": {
        "token": bot["token"], "intents": VOICE_STATES, "shard": [shard.0, shard.1],
        "properties": {"os": "linux", "browser": "carry", "device": "carry"},
    }});
    socket.send(Message::text(identify.to_string())).await?;
    let mut pending: HashMap<u64, Grant> = HashMap::new();
    let mut granted = Vec::new();
    let wanted = places.len();
    let mut places = Some(places);
    while granted.len() < wanted {
        let message = socket.next().await.context("the gateway has closed")??;
        let Message::Text(text) = message else {
            bail!("the gateway says {message:?}");
        };
        let event: Value = serde_json::from_str(&text)?;
        let d = &event["d"];
        match event["t"].as_str() {
            Some("READY") => {
                for Place { guild, channel } in places.take().into_iter().flatten() {
                    let join = json!({"op": 4, "d": {
                        "guild_id": guild.to_string(), "channel_id": channel.to_string(),
                        "self_mute": false, "self_deaf": true,
                    }});
                    socket.feed(Message::text(join.to_string())).await?;
                    let (session_id, token, endpoint) = Default::default();
                    pending.insert(
                        guild,
                        Grant {
                            guild,
                            channel,
                            user,
                            session_id,
                            token,
                            endpoint,
                        },
                    );
                }
                socket.flush().await?;
            }
            Some("VOICE_STATE_UPDATE") if id(&d["user_id"])? == user => {
                if let Some(grant) = pending.get_mut(&id(&d["guild_id"])?) {
                    d["session_id"]
                        .as_str()
                        .unwrap_or_default()
                        .clone_into(&mut grant.session_id);
                }
            }
            Some("VOICE_SERVER_UPDATE") => {
                if let Some(mut grant) = pending.remove(&id(&d["guild_id"])?) {
                    d["token"]
                        .as_str()
                        .unwrap_or_default()
                        .clone_into(&mut grant.token);
                    d["endpoint"]
                        .as_str()
                        .unwrap_or_default()
                        .clone_into(&mut grant.endpoint);
                    granted.push(grant);
                }
            }
            _ => {}
        }
    }
    Ok((socket, granted))
}

/// Keeps a bot's gateway connection alive.
async fn keep(mut socket: Socket) -> anyhow::Result<()> {
    let mut heartbeat = interval(HEARTBEAT);
    loop {
        tokio::select! {
            _ = heartbeat.tick() => socket.send(Message::text(r#"{"op":1,"d":null}"#)).await?,
            message = socket.next() => {
                message.context("the gateway has closed")??;
            }
        }
    }
}
