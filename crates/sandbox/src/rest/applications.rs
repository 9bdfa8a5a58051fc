//! Applications and their commands:
//! <https://discord.com/developers/docs/interactions/application-commands#endpoints>.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

use super::form::Check;
use super::validate::command;
use super::{Answer, ApiError, Caller, Payload, access, id, no_content, ok};
use crate::discord::Discord;
use crate::world::{Id, World};

/// Commands of one bulk overwrite: 100 on the slash, 15 on users, 15 on messages.
const BULK: usize = 130;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/applications/@me", get(me))
        .route("/oauth2/applications/@me", get(me))
        .route("/applications/{app}", get(by_id))
        .route(
            "/applications/{app}/commands",
            get(list_global).put(overwrite_global).post(create_global),
        )
        .route(
            "/applications/{app}/commands/{command}",
            get(get_global).patch(edit_global).delete(delete_global),
        )
        .route(
            "/applications/{app}/guilds/{guild}/commands",
            get(list_guild).put(overwrite_guild).post(create_guild),
        )
        .route(
            "/applications/{app}/guilds/{guild}/commands/{command}",
            get(get_guild).patch(edit_guild).delete(delete_guild),
        )
        .route(
            "/applications/{app}/guilds/{guild}/commands/permissions",
            get(permissions),
        )
}

async fn me(State(discord): State<Discord>, Caller(application): Caller) -> Answer {
    ok(discord.with(|world| world.application_json(application)))
}

async fn by_id(
    State(discord): State<Discord>,
    Caller(application): Caller,
    Path(app): Path<String>,
) -> Answer {
    own(&app, application)?;
    ok(discord.with(|world| world.application_json(application)))
}

/// The application of the path must be the caller's.
fn own(app: &str, caller: Id) -> Result<(), ApiError> {
    if id("application_id", app)? == caller {
        Ok(())
    } else {
        Err(ApiError::not_your_application())
    }
}

/// Where commands are registered: everywhere, or in a guild that the application is in.
fn scope(world: &World, guild: Option<&str>, caller: Id) -> Result<Option<Id>, ApiError> {
    let Some(guild) = guild else {
        return Ok(None);
    };
    let guild = id("guild_id", guild)?;
    access::guild(world, guild, caller).map_err(|_| ApiError::missing_access())?;
    Ok(Some(guild))
}

fn list(discord: &Discord, caller: Id, app: &str, guild: Option<&str>) -> Answer {
    own(app, caller)?;
    discord.with(|world| {
        let guild = scope(world, guild, caller)?;
        ok(world.commands(caller, guild).into())
    })
}

fn overwrite(
    discord: &Discord,
    caller: Id,
    app: &str,
    guild: Option<&str>,
    payload: &Payload,
) -> Answer {
    own(app, caller)?;
    let check = Check::default();
    let Some(given) = payload.json.as_array() else {
        check.fail(
            "",
            "LIST_TYPE_CONVERT",
            "Only iterables may be used in a ListType",
        );
        check.finish()?;
        return no_content();
    };
    if given.len() > BULK {
        check.fail(
            "",
            "BASE_TYPE_MAX_LENGTH",
            format!("Must be {BULK} or fewer in length."),
        );
    }
    let mut bodies: Vec<Value> = Vec::new();
    for (index, value) in given.iter().enumerate() {
        let Some(fields) = check.object(value, &index.to_string()) else {
            continue;
        };
        let body = command::read(&fields, None);
        let twice = bodies
            .iter()
            .any(|other| other["name"] == body["name"] && other["type"] == body["type"]);
        if twice {
            check.fail(
                fields.path(),
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            );
        }
        bodies.push(body);
    }
    check.finish()?;
    for (kind, most) in [(1, 100), (2, 15), (3, 15)] {
        if bodies.iter().filter(|body| body["type"] == kind).count() > most {
            return Err(ApiError::too_many_commands());
        }
    }
    discord.with(|world| {
        let guild = scope(world, guild, caller)?;
        ok(world.overwrite_commands(caller, guild, bodies).into())
    })
}

fn create(
    discord: &Discord,
    caller: Id,
    app: &str,
    guild: Option<&str>,
    payload: &Payload,
) -> Answer {
    own(app, caller)?;
    let check = Check::default();
    let body = check
        .object(&payload.json, "")
        .map(|fields| command::read(&fields, None));
    check.finish()?;
    discord.with(|world| {
        let guild = scope(world, guild, caller)?;
        let stored = world.store_command(caller, guild, body.unwrap_or_default());
        let (body, is_new) = stored.ok_or_else(ApiError::too_many_commands)?;
        let status = if is_new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        Ok((status, Json(body)).into_response())
    })
}

fn find(world: &World, caller: Id, guild: Option<Id>, command: &str) -> Result<Value, ApiError> {
    let wanted = id("command_id", command)?.json();
    let mut commands = world.commands(caller, guild).into_iter();
    commands
        .find(|command| command["id"] == wanted)
        .ok_or_else(ApiError::unknown_command)
}

fn fetch(discord: &Discord, caller: Id, app: &str, guild: Option<&str>, command: &str) -> Answer {
    own(app, caller)?;
    discord.with(|world| {
        let guild = scope(world, guild, caller)?;
        ok(find(world, caller, guild, command)?)
    })
}

fn edit(
    discord: &Discord,
    caller: Id,
    app: &str,
    guild: Option<&str>,
    command: &str,
    payload: &Payload,
) -> Answer {
    own(app, caller)?;
    discord.with(|world| {
        let guild = scope(world, guild, caller)?;
        let old = find(world, caller, guild, command)?;
        let check = Check::default();
        let body = check
            .object(&payload.json, "")
            .map(|fields| command::read(&fields, Some(&old)));
        check.finish()?;
        let body = body.unwrap_or_default();
        let taken = world.commands(caller, guild).iter().any(|other| {
            other["id"] != old["id"]
                && other["name"] == body["name"]
                && other["type"] == body["type"]
        });
        if taken {
            return Err(ApiError::field(
                "name",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            ));
        }
        let edited = world.edit_command(caller, guild, id("command_id", command)?, body);
        ok(edited.ok_or_else(ApiError::unknown_command)?)
    })
}

fn delete(discord: &Discord, caller: Id, app: &str, guild: Option<&str>, command: &str) -> Answer {
    own(app, caller)?;
    let command = id("command_id", command)?;
    discord.with(|world| {
        let guild = scope(world, guild, caller)?;
        if world.delete_command(caller, guild, command) {
            no_content()
        } else {
            Err(ApiError::unknown_command())
        }
    })
}

async fn list_global(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path(app): Path<String>,
) -> Answer {
    list(&d, me, &app, None)
}

async fn overwrite_global(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path(app): Path<String>,
    body: Payload,
) -> Answer {
    overwrite(&d, me, &app, None, &body)
}

async fn create_global(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path(app): Path<String>,
    body: Payload,
) -> Answer {
    create(&d, me, &app, None, &body)
}

async fn get_global(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, command)): Path<(String, String)>,
) -> Answer {
    fetch(&d, me, &app, None, &command)
}

async fn edit_global(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, command)): Path<(String, String)>,
    body: Payload,
) -> Answer {
    edit(&d, me, &app, None, &command, &body)
}

async fn delete_global(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, command)): Path<(String, String)>,
) -> Answer {
    delete(&d, me, &app, None, &command)
}

async fn list_guild(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, guild)): Path<(String, String)>,
) -> Answer {
    list(&d, me, &app, Some(&guild))
}

async fn overwrite_guild(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, guild)): Path<(String, String)>,
    body: Payload,
) -> Answer {
    overwrite(&d, me, &app, Some(&guild), &body)
}

async fn create_guild(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, guild)): Path<(String, String)>,
    body: Payload,
) -> Answer {
    create(&d, me, &app, Some(&guild), &body)
}

async fn get_guild(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, guild, command)): Path<(String, String, String)>,
) -> Answer {
    fetch(&d, me, &app, Some(&guild), &command)
}

async fn edit_guild(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, guild, command)): Path<(String, String, String)>,
    body: Payload,
) -> Answer {
    edit(&d, me, &app, Some(&guild), &command, &body)
}

async fn delete_guild(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, guild, command)): Path<(String, String, String)>,
) -> Answer {
    delete(&d, me, &app, Some(&guild), &command)
}

async fn permissions(
    State(d): State<Discord>,
    Caller(me): Caller,
    Path((app, guild)): Path<(String, String)>,
) -> Answer {
    own(&app, me)?;
    d.with(|world| scope(world, Some(&guild), me))?;
    ok(Value::Array(Vec::new()))
}
