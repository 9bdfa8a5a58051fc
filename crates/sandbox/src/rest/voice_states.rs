//! Voice states: <https://discord.com/developers/docs/resources/voice>.

use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::{Answer, ApiError, Caller, Ids, Payload, access, no_content, ok};
use crate::discord::Discord;
use crate::world::{ChannelKind, Permissions as P};

pub(super) fn routes() -> Router<Discord> {
    Router::new().route(
        "/guilds/{guild}/voice-states/{whose}",
        get(voice_state).patch(edit_voice_state),
    )
}

async fn voice_state(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, user]): Ids<2>,
) -> Answer {
    discord.with(|world| {
        let found = access::guild(world, guild, me)?;
        let state = found
            .voice_states
            .get(&user)
            .ok_or_else(ApiError::unknown_voice_state)?;
        ok(world.voice_state_json(found, state, true))
    })
}

/// <https://discord.com/developers/docs/resources/voice#modify-current-user-voice-state>: only in
/// stages; speaking needs Mute Members, asking needs Request to Speak.
async fn edit_voice_state(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild, user]): Ids<2>,
    payload: Payload,
) -> Answer {
    let is_self = user == me;
    let (channel, suppress, request) = payload.read(|fields| {
        let channel = if is_self {
            fields.snowflake("channel_id")
        } else {
            fields.required_snowflake("channel_id")
        };
        let asks = is_self && fields.has("request_to_speak_timestamp");
        let request = asks.then(|| fields.time("request_to_speak_timestamp"));
        (channel, fields.boolean("suppress"), request)
    })?;
    discord.with(|world| {
        let found = access::guild(world, guild, me)?;
        let state = found
            .voice_states
            .get(&user)
            .ok_or_else(ApiError::unknown_voice_state)?;
        let place = state.channel;
        if channel.is_some_and(|channel| channel != place) {
            return Err(ApiError::unknown_voice_state());
        }
        let kind = world.channels.get(&place).map(|channel| channel.kind);
        if kind != Some(ChannelKind::Stage) {
            return Err(ApiError::wrong_channel_type());
        }
        let has = world.permissions(place, me);
        // Anybody may step down; only moderators may step up, or move others.
        let steps_up = suppress == Some(false);
        if (steps_up || !is_self) && !has.has(P::MUTE_MEMBERS) {
            return Err(ApiError::missing_permissions());
        }
        let now = world.now_ms();
        if let Some(Some(at)) = request {
            if !has.has(P::REQUEST_TO_SPEAK) {
                return Err(ApiError::missing_permissions());
            }
            // A little in the past is the client's clock.
            if at + 60_000 < now {
                return Err(ApiError::field(
                    "request_to_speak_timestamp",
                    "DATETIME_TYPE_MIN",
                    "The time must not be in the past.",
                ));
            }
        }
        let changed = world.change_voice_state(guild, user, |state| {
            if let Some(suppress) = suppress {
                state.suppress = suppress;
                if !suppress {
                    state.request_to_speak_ms = None;
                }
            }
            if let Some(request) = request {
                state.request_to_speak_ms = request;
            }
        });
        changed.map_err(|_| ApiError::unknown_voice_state())?;
        no_content()
    })
}
