//! The soundboard: <https://discord.com/developers/docs/resources/soundboard>. Guilds have no
//! sounds of their own here.

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::{Answer, ApiError, Caller, Ids, Payload, access, no_content, ok};
use crate::discord::Discord;
use crate::world::{Id, Permissions as P};

/// The sounds that everybody has: id, name, emoji.
const DEFAULT: [(u64, &str, &str); 6] = [
    (1, "quack", "🦆"),
    (2, "airhorn", "🔊"),
    (3, "cricket", "🦗"),
    (4, "golf clap", "👏"),
    (5, "sad horn", "🎺"),
    (7, "ba dum tss", "🥁"),
];

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/soundboard-default-sounds", get(default))
        .route("/guilds/{guild}/soundboard-sounds", get(of_guild))
        .route("/channels/{channel}/send-soundboard-sound", post(send))
}

async fn default(Caller(_): Caller) -> Answer {
    let sounds = DEFAULT.map(|(id, name, emoji)| {
        json!({
            "name": name, "sound_id": Id(id), "volume": 1.0, "emoji_id": null,
            "emoji_name": emoji, "available": true,
        })
    });
    ok(json!(sounds))
}

async fn of_guild(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| access::guild(world, guild, me).map(|_| ()))?;
    ok(json!({"items": []}))
}

/// Whoever plays one is in the channel and can be heard there.
async fn send(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let sound = payload.read(|fields| {
        fields.snowflake("source_guild_id");
        fields.required_snowflake("sound_id")
    })?;
    discord.with(|world| {
        let found = access::channel(world, channel, me, P::SPEAK | P::USE_SOUNDBOARD)?;
        if !found.kind.is_voice() {
            return Err(ApiError::wrong_channel_type());
        }
        let guild = found.guild.and_then(|guild| world.guilds.get(&guild));
        let guild = guild.ok_or_else(ApiError::unknown_channel)?;
        let states = &guild.voice_states;
        let inside = |user: &Id| states.get(user).filter(|state| state.channel == channel);
        let state = inside(&me).ok_or_else(ApiError::not_in_voice)?;
        let member = guild.members.get(&me);
        let silent = member.is_some_and(|member| member.mute || member.deaf);
        if silent || state.self_deaf || state.suppress {
            return Err(ApiError::no_effect_while_silent());
        }
        let known = DEFAULT.iter().find(|known| sound == Some(Id(known.0)));
        let known = known.ok_or_else(ApiError::unknown_sound)?;
        let hearers: Vec<Id> = guild
            .bots
            .iter()
            .copied()
            .filter(|bot| inside(bot).is_some())
            .collect();
        let guild = guild.id;
        let data: Value = json!({
            "channel_id": channel, "guild_id": guild, "user_id": me,
            "sound_id": known.0, "sound_volume": 1.0,
        });
        world.sound_played(guild, hearers, &data);
        no_content()
    })
}
