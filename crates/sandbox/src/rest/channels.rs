//! Channels: <https://discord.com/developers/docs/resources/channel>.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post, put};

use super::{Answer, ApiError, Caller, Ids, Payload, access, no_content, ok};
use crate::discord::Discord;
use crate::world::{ChannelEdit, ChannelKind, Permissions};

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/channels/{channel}", get(fetch).patch(edit).delete(delete))
        .route("/channels/{channel}/typing", post(typing))
        .route("/channels/{channel}/voice-status", put(voice_status))
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::NONE)?;
        ok(world.channel_json(found))
    })
}

async fn edit(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let edit = payload.read(|fields| ChannelEdit {
        name: fields.text("name", 1..=100).map(str::to_owned),
        topic: fields.text("topic", 0..=1024).map(str::to_owned),
        user_limit: fields
            .integer("user_limit", 0..=99)
            .and_then(|limit| u32::try_from(limit).ok()),
        bitrate: fields
            .integer("bitrate", 8_000..=384_000)
            .and_then(|bits| u32::try_from(bits).ok()),
        overwrites: None,
    })?;
    discord.with(|world| {
        access::channel(world, channel, application, Permissions::MANAGE_CHANNELS)?;
        world
            .edit_channel(channel, edit)
            .ok_or_else(ApiError::unknown_channel)?;
        let found = world
            .channels
            .get(&channel)
            .ok_or_else(ApiError::unknown_channel)?;
        ok(world.channel_json(found))
    })
}

async fn delete(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::NONE)?;
        let needed = if found.kind.is_thread() {
            Permissions::MANAGE_THREADS
        } else {
            Permissions::MANAGE_CHANNELS
        };
        let is_dm = found.kind == ChannelKind::Dm;
        access::channel(
            world,
            channel,
            application,
            if is_dm { Permissions::NONE } else { needed },
        )?;
        let json = world
            .channels
            .get(&channel)
            .map(|found| world.channel_json(found));
        world.delete_channel(channel);
        ok(json.unwrap_or_default())
    })
}

async fn typing(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::NONE)?;
        access::channel(world, channel, application, access::send_permission(found))?;
        world.typing(channel, application);
        no_content()
    })
}

/// <https://discord.com/developers/docs/resources/channel#set-voice-channel-status>: set by those
/// who are in the channel, or who manage it.
async fn voice_status(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let status = payload.read(|fields| fields.text("status", 0..=500).map(str::to_owned))?;
    let status = status.filter(|status| !status.is_empty());
    discord.with(|world| {
        let found = access::channel(
            world,
            channel,
            application,
            Permissions::SET_VOICE_CHANNEL_STATUS,
        )?;
        if found.kind != ChannelKind::Voice {
            return Err(ApiError::wrong_channel_type());
        }
        let guild = found.guild.and_then(|guild| world.guilds.get(&guild));
        let is_inside = guild
            .and_then(|guild| guild.voice_states.get(&application))
            .is_some_and(|state| state.channel == channel);
        if !is_inside {
            access::channel(world, channel, application, Permissions::MANAGE_CHANNELS)?;
        }
        world.set_voice_status(channel, status.as_deref());
        no_content()
    })
}
