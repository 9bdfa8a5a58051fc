//! Who may log in, and what READY says:
//! <https://discord.com/developers/docs/events/gateway-events#ready>.

use serde_json::{Value, json};

use super::protocol::{Close, Identify};
use super::sessions::Attached;
use crate::discord::Discord;
use crate::world::{Id, World, intents};

/// Guilds that one shard may hold.
const GUILDS_PER_SHARD: usize = 2_500;

/// Whose token it is, and whether it may have the intents that it asks for.
pub(super) fn check(discord: &Discord, identify: &Identify) -> Result<Id, Close> {
    let token = identify.token.trim_start_matches("Bot ");
    discord.with(|world| {
        let application = world
            .application_of(token)
            .ok_or(Close::AuthenticationFailed)?;
        let app = world.applications.get(&application);
        let privileged = app.map_or(0, |app| app.privileged);
        if identify.intents & intents::PRIVILEGED & !privileged != 0 {
            return Err(Close::DisallowedIntents);
        }
        Ok(application)
    })
}

/// Opens a session: `READY` and one `GUILD_CREATE` for each guild of the shard are its first
/// events. What `READY` names and what comes after it are of the same moment.
pub(super) fn open(
    discord: &Discord,
    application: Id,
    identify: &Identify,
    version: u64,
) -> Result<Attached, Close> {
    let resume_url = format!("{}/gateway", discord.context().ws());
    discord.with(|world| {
        let (index, count) = identify.shard;
        let guilds: Vec<Id> = world
            .guilds
            .values()
            .filter(|guild| guild.bots.contains(&application) && guild.id.shard_of(count) == index)
            .map(|guild| guild.id)
            .collect();
        if guilds.len() > GUILDS_PER_SHARD {
            return Err(Close::ShardingRequired);
        }
        let sessions = discord.sessions();
        let attached = sessions.open(application, identify.shard, identify.intents);
        let ready = ready(
            world,
            application,
            &guilds,
            identify,
            version,
            &attached.id,
            &resume_url,
        );
        sessions.push(&attached.id, "READY", &ready);
        // Guilds without the intent stay the bare list of READY.
        if identify.intents & intents::GUILDS != 0 {
            for guild in guilds.iter().filter_map(|id| world.live_guild(*id)) {
                let data = world.guild_create_json(guild, application, identify.intents);
                sessions.push(&attached.id, "GUILD_CREATE", &data);
            }
        }
        tell(world, application, &attached.id, identify.shard, "up");
        Ok(attached)
    })
}

fn ready(
    world: &World,
    application: Id,
    guilds: &[Id],
    identify: &Identify,
    version: u64,
    session: &str,
    resume_url: &str,
) -> Value {
    let user = world.self_json(application);
    let app = world.application_json(application);
    let guilds: Vec<Value> = guilds
        .iter()
        .map(|guild| json!({"id": guild, "unavailable": true}))
        .collect();
    json!({
        "v": version,
        "user_settings": {},
        "user": user,
        "guilds": guilds,
        "session_id": session,
        "session_type": "normal",
        "resume_gateway_url": resume_url,
        "shard": [identify.shard.0, identify.shard.1],
        "application": {"id": application, "flags": app["flags"]},
        "private_channels": [],
        "relationships": [],
        "presences": [],
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": ["rotterdam"],
        "auth": {},
        "_trace": ["[\"sandbox\"]"],
    })
}

/// Tells the watchers that a bot's session is up or down.
pub(super) fn tell(
    world: &mut World,
    application: Id,
    session: &str,
    shard: (u64, u64),
    status: &str,
) {
    world.tell(
        "bot_status",
        json!({"application_id": application, "session_id": session, "shard": [shard.0, shard.1], "status": status}),
    );
}
