//! Webhooks are made, changed and deleted, by bots and by who has their token.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use serde_json::Value;

use super::{Target, target};
use crate::discord::Discord;
use crate::rest::form::Fields;
use crate::rest::users::image;
use crate::rest::validate::message::username;
use crate::rest::{Answer, ApiError, Caller, Ids, Payload, access, no_content, ok};
use crate::world::{Id, Permissions, Webhook, World, webhook_json};

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/channels/{channel}/webhooks", get(of_channel).post(create))
        .route("/guilds/{guild}/webhooks", get(of_guild))
        .route("/webhooks/{webhook}", get(fetch).patch(edit).delete(remove))
        .route(
            "/webhooks/{webhook}/{token}",
            get(fetch_with_token)
                .patch(edit_with_token)
                .delete(remove_with_token),
        )
}

fn webhook_name(fields: &Fields<'_>, is_required: bool) -> Option<String> {
    let name = if is_required {
        fields.required_text("name", 1..=80)?
    } else {
        fields.text("name", 1..=80)?
    };
    username(fields, "name", name);
    Some(name.trim().to_owned())
}

async fn create(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
    payload: Payload,
) -> Answer {
    let name = payload.read(|fields| {
        image(fields, "avatar");
        webhook_name(fields, true)
    })?;
    let base = discord.context().http();
    discord.with(|world| {
        let found = access::channel(world, channel, application, Permissions::MANAGE_WEBHOOKS)?;
        let guild = found.guild.ok_or_else(ApiError::wrong_channel_type)?;
        if !found.kind.takes_webhooks() {
            return Err(ApiError::wrong_channel_type());
        }
        let name = name.unwrap_or_default();
        let webhook = world
            .make_webhook(guild, channel, name, application, Some(application))
            .ok_or_else(ApiError::too_many_webhooks)?;
        ok(webhook_json(world, &webhook, &base))
    })
}

async fn of_channel(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([channel]): Ids<1>,
) -> Answer {
    let base = discord.context().http();
    discord.with(|world| {
        access::channel(world, channel, application, Permissions::MANAGE_WEBHOOKS)?;
        let hooks = world
            .webhooks
            .values()
            .filter(|hook| hook.channel == channel);
        ok(hooks
            .map(|hook| webhook_json(world, hook, &base))
            .collect::<Vec<Value>>()
            .into())
    })
}

async fn of_guild(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    let base = discord.context().http();
    discord.with(|world| {
        access::guild(world, guild, application)?;
        if !world
            .guild_permissions(guild, application)
            .has(Permissions::MANAGE_WEBHOOKS)
        {
            return Err(ApiError::missing_permissions());
        }
        let hooks = world.webhooks.values().filter(|hook| hook.guild == guild);
        ok(hooks
            .map(|hook| webhook_json(world, hook, &base))
            .collect::<Vec<Value>>()
            .into())
    })
}

/// A webhook in a channel whose webhooks the caller manages.
fn owned(world: &World, webhook: Id, me: Id) -> Result<&Webhook, ApiError> {
    let found = world.webhooks.get(&webhook);
    let found = found.ok_or_else(ApiError::unknown_webhook)?;
    access::channel(world, found.channel, me, Permissions::MANAGE_WEBHOOKS)?;
    Ok(found)
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([webhook]): Ids<1>,
) -> Answer {
    let base = discord.context().http();
    discord.with(|world| {
        let found = owned(world, webhook, application)?;
        ok(webhook_json(world, found, &base))
    })
}

async fn remove(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([webhook]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        owned(world, webhook, application)?;
        world.remove_webhook(webhook);
        no_content()
    })
}

async fn edit(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Ids([webhook]): Ids<1>,
    payload: Payload,
) -> Answer {
    let (name, channel) = payload.read(|fields| {
        image(fields, "avatar");
        (webhook_name(fields, false), fields.snowflake("channel_id"))
    })?;
    let base = discord.context().http();
    discord.with(|world| {
        let found = owned(world, webhook, application)?;
        if let Some(channel) = channel {
            let guild = found.guild;
            let place = access::channel(world, channel, application, Permissions::MANAGE_WEBHOOKS)?;
            if place.guild != Some(guild) || !place.kind.takes_webhooks() {
                return Err(ApiError::wrong_channel_type());
            }
        }
        world.edit_webhook(webhook, name, channel);
        let found = world.webhooks.get(&webhook);
        let found = found.ok_or_else(ApiError::unknown_webhook)?;
        ok(webhook_json(world, found, &base))
    })
}

/// Who only has the token does not learn who made it.
fn anonymous(mut json: Value) -> Value {
    if let Some(fields) = json.as_object_mut() {
        fields.remove("user");
    }
    json
}

async fn edit_with_token(
    State(discord): State<Discord>,
    Path((webhook, token)): Path<(String, String)>,
    payload: Payload,
) -> Answer {
    let name = payload.read(|fields| {
        image(fields, "avatar");
        webhook_name(fields, false)
    })?;
    let base = discord.context().http();
    discord.with(|world| match target(world, &webhook, &token)? {
        Target::Webhook(webhook) => {
            world.edit_webhook(webhook, name, None);
            let found = world.webhooks.get(&webhook);
            let found = found.ok_or_else(ApiError::unknown_webhook)?;
            ok(anonymous(webhook_json(world, found, &base)))
        }
        Target::Interaction(_) => Err(ApiError::unknown_webhook()),
    })
}

async fn fetch_with_token(
    State(discord): State<Discord>,
    Path((webhook, token)): Path<(String, String)>,
) -> Answer {
    let base = discord.context().http();
    discord.with(|world| match target(world, &webhook, &token)? {
        Target::Webhook(webhook) => {
            let found = world.webhooks.get(&webhook);
            let found = found.ok_or_else(ApiError::unknown_webhook)?;
            ok(anonymous(webhook_json(world, found, &base)))
        }
        Target::Interaction(_) => Err(ApiError::unknown_webhook()),
    })
}

async fn remove_with_token(
    State(discord): State<Discord>,
    Path((webhook, token)): Path<(String, String)>,
) -> Answer {
    discord.with(|world| match target(world, &webhook, &token)? {
        Target::Webhook(webhook) => {
            world.remove_webhook(webhook);
            no_content()
        }
        Target::Interaction(_) => Err(ApiError::unknown_webhook()),
    })
}
