//! Stage instances: <https://discord.com/developers/docs/resources/stage-instance>.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};

use super::{Answer, ApiError, Caller, Ids, Payload, access, no_content, ok};
use crate::discord::Discord;
use crate::world::{ChannelKind, Id, Permissions as P, World};

/// What a stage moderator has.
const MODERATOR: P = P(P::MANAGE_CHANNELS.0 | P::MUTE_MEMBERS.0 | P::MOVE_MEMBERS.0);

pub(super) fn routes() -> Router<Discord> {
    Router::new().route("/stage-instances", post(start)).route(
        "/stage-instances/{channel}",
        get(fetch).patch(edit).delete(end),
    )
}

/// The guild of a stage channel that the caller may moderate.
fn moderated(world: &World, channel: Id, me: Id) -> Result<Id, ApiError> {
    let found = access::channel(world, channel, me, MODERATOR)?;
    if found.kind != ChannelKind::Stage {
        return Err(ApiError::wrong_channel_type());
    }
    found.guild.ok_or_else(ApiError::unknown_channel)
}

async fn start(State(discord): State<Discord>, Caller(me): Caller, payload: Payload) -> Answer {
    let (channel, topic, notifies) = payload.read(|fields| {
        let topic = fields.required_text("topic", 1..=120).unwrap_or_default();
        fields.choice("privacy_level", &[1, 2]);
        let notifies = fields.boolean("send_start_notification").unwrap_or(false);
        let channel = fields.required_snowflake("channel_id").unwrap_or(Id(0));
        (channel, topic.to_owned(), notifies)
    })?;
    discord.with(|world| {
        let guild = moderated(world, channel, me)?;
        if notifies {
            access::channel(world, channel, me, P::MENTION_EVERYONE)?;
        }
        let json = world
            .start_stage(guild, channel, topic)
            .ok_or_else(ApiError::stage_exists)?;
        ok(json)
    })
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        access::channel(world, channel, me, P::NONE)?;
        ok(world.stage(channel).ok_or_else(ApiError::unknown_stage)?)
    })
}

async fn edit(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let topic = payload.read(|fields| {
        fields.choice("privacy_level", &[1, 2]);
        fields.text("topic", 1..=120).map(str::to_owned)
    })?;
    discord.with(|world| {
        moderated(world, channel, me)?;
        ok(world
            .edit_stage(channel, topic)
            .ok_or_else(ApiError::unknown_stage)?)
    })
}

async fn end(State(discord): State<Discord>, Caller(me): Caller, Ids([channel]): Ids<1>) -> Answer {
    discord.with(|world| {
        moderated(world, channel, me)?;
        if world.end_stage(channel) {
            no_content()
        } else {
            Err(ApiError::unknown_stage())
        }
    })
}
