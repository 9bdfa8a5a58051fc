//! Speaking on a stage: whoever joins one is in the audience, and not heard.

use std::time::Duration;

use serde_json::json;
use serenity::{
    all::{ChannelId, GuildId, Timestamp},
    http::Http,
};
use tokio::time::timeout;
use tracing::{info, warn};

use crate::discord::Rest;

/// How long one request may take, the waiting for its turn included.
const REQUEST: Duration = Duration::from_secs(10);

/// Becomes a speaker if permitted (Mute Members), and otherwise asks to be made one.
/// <https://docs.discord.com/developers/resources/voice#modify-current-user-voice-state>
pub(super) async fn speak(rest: &Rest, http: &Http, guild: GuildId, channel: ChannelId) {
    let speak = json!({"channel_id": channel, "suppress": false});
    if request(rest, http, guild, &speak).await.is_ok() {
        info!(%guild, %channel, "speaking on the stage");
        return;
    }
    let ask = json!({
        "channel_id": channel,
        "request_to_speak_timestamp": Timestamp::now().to_string(),
    });
    match request(rest, http, guild, &ask).await {
        Ok(()) => info!(%guild, %channel, "asked to speak on the stage"),
        // Also what happens in a voice channel in which the bot may not speak.
        Err(why) => warn!(%guild, %channel, "suppressed, and may not even ask to speak: {why}"),
    }
}

async fn request(
    rest: &Rest,
    http: &Http,
    guild: GuildId,
    body: &serde_json::Value,
) -> Result<(), String> {
    let request = async {
        let turn = rest.turn().await;
        let edited = http.edit_voice_state_me(guild, body).await;
        drop(turn);
        edited
    };
    match timeout(REQUEST, request).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", REQUEST.as_secs())),
    }
}
