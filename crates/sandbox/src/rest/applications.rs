//! Applications and their commands:
//! <https://discord.com/developers/docs/interactions/application-commands#endpoints>.

use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, get};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::form::{Check, Fields};
use super::users::image;
use super::validate::command;
use super::{
    Answer, ApiError, Caller, Last, Payload, Query, access, id, is_on, localized, no_content, ok,
};
use crate::discord::Discord;
use crate::world::{Id, Unstored, World};

/// Commands of one bulk overwrite: 100 on the slash, 15 on users, 15 on messages.
const BULK: usize = 130;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/applications/@me", get(me).patch(edit_me))
        .route("/oauth2/applications/@me", get(me))
        .route("/applications/{application}", get(by_id).patch(edit_by_id))
        .route("/applications/{application}/emojis", get(no_items))
        .route("/applications/{application}/emojis/{emoji}", get(no_emoji))
        .route(
            "/applications/{application}/entitlements/{entitlement}",
            get(no_entitlement),
        )
        .route("/applications/{application}/skus", get(nothing))
        .route("/applications/{application}/entitlements", get(nothing))
        .route(
            "/applications/{application}/role-connections/metadata",
            get(nothing),
        )
        .route("/applications/{application}/commands", commands())
        .route(
            "/applications/{application}/commands/{command}",
            one_command(),
        )
        .route(
            "/applications/{application}/guilds/{guild}/commands",
            commands(),
        )
        .route(
            "/applications/{application}/guilds/{guild}/commands/{command}",
            one_command(),
        )
        .route(
            "/applications/{application}/guilds/{guild}/commands/permissions",
            get(permissions),
        )
        .route(
            "/applications/{application}/guilds/{guild}/commands/{command}/permissions",
            get(no_permissions),
        )
}

/// Lists of what the simulated applications have none of.
async fn no_items(_: Scope) -> Answer {
    ok(json!({"items": []}))
}

async fn nothing(_: Scope) -> Answer {
    ok(json!([]))
}

async fn no_emoji(_: Scope) -> Answer {
    Err(ApiError::no_such_emoji())
}

async fn no_entitlement(_: Scope) -> Answer {
    Err(ApiError::unknown_entitlement())
}

fn commands() -> MethodRouter<Discord> {
    get(list).put(overwrite).post(create)
}

fn one_command() -> MethodRouter<Discord> {
    get(fetch).patch(edit).delete(delete)
}

async fn me(State(discord): State<Discord>, Caller(application): Caller) -> Answer {
    ok(discord.with(|world| world.application_json(application)))
}

async fn by_id(State(discord): State<Discord>, scope: Scope) -> Answer {
    ok(discord.with(|world| world.application_json(scope.caller)))
}

async fn edit_me(State(discord): State<Discord>, Caller(me): Caller, payload: Payload) -> Answer {
    change(&discord, me, &payload)
}

async fn edit_by_id(State(discord): State<Discord>, scope: Scope, payload: Payload) -> Answer {
    change(&discord, scope.caller, &payload)
}

/// What an application says of itself; pictures are taken and not kept. Interactions come through
/// the gateway alone: no address outside of this machine is asked for them.
fn change(discord: &Discord, me: Id, payload: &Payload) -> Answer {
    let (description, tags) = payload.read(|fields| {
        for picture in ["icon", "cover_image"] {
            image(fields, picture);
        }
        if fields.get("interactions_endpoint_url").is_some() {
            fields.fail(
                "interactions_endpoint_url",
                "APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID",
                "The specified interactions endpoint url could not be verified.",
            );
        }
        for address in [
            "custom_install_url",
            "role_connections_verification_url",
            "event_webhooks_url",
        ] {
            fields.url(address, 2048, &["http", "https"]);
        }
        fields.choice("event_webhooks_status", &[1, 2]);
        fields.list("event_webhooks_types", 0..=100);
        if let Some(install) = fields.object("install_params") {
            install.list("scopes", 1..=100);
            install.integer("permissions", 0..=i64::MAX);
        }
        fields.integer("flags", 0..=i64::from(i32::MAX));
        let description = fields.text("description", 0..=400).map(str::to_owned);
        (description, tags(fields))
    })?;
    discord.with(|world| {
        if let Some(found) = world.applications.get_mut(&me) {
            found.description = description.unwrap_or_else(|| found.description.clone());
            found.tags = tags.unwrap_or_else(|| found.tags.clone());
        }
        ok(world.application_json(me))
    })
}

fn tags(fields: &Fields<'_>) -> Option<Vec<String>> {
    let given = fields.list("tags", 0..=5)?;
    let tags: Vec<String> = given
        .iter()
        .filter_map(|tag| tag.as_str())
        .filter(|tag| (1..=20).contains(&tag.chars().count()))
        .map(str::to_owned)
        .collect();
    if tags.len() < given.len() {
        fields.fail(
            "tags",
            "BASE_TYPE_BAD_LENGTH",
            "Must be between 1 and 20 in length.",
        );
    }
    Some(tags)
}

/// The application of the path must be the caller's.
fn own(app: Id, caller: Id) -> Result<(), ApiError> {
    if app == caller {
        Ok(())
    } else {
        Err(ApiError::not_your_application())
    }
}

/// Where commands are registered: everywhere, or in a guild. Both kinds of route have the same
/// handlers.
struct Scope {
    caller: Id,
    guild: Option<Id>,
}

impl FromRequestParts<Discord> for Scope {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, discord: &Discord) -> Result<Self, ApiError> {
        let Caller(caller) = Caller::from_request_parts(parts, discord).await?;
        let path = RawPathParams::from_request_parts(parts, discord)
            .await
            .map_err(|_| ApiError::no_route())?;
        let mut guild = None;
        for (name, text) in &path {
            match name {
                "application" => own(id("application_id", text)?, caller)?,
                "guild" => guild = Some(id("guild_id", text)?),
                _ => {}
            }
        }
        Ok(Self { caller, guild })
    }
}

impl Scope {
    /// The application must be in the guild.
    fn check(&self, world: &World) -> Result<(), ApiError> {
        if let Some(guild) = self.guild {
            access::guild(world, guild, self.caller).map_err(|_| ApiError::missing_access())?;
        }
        Ok(())
    }

    fn find(&self, world: &World, command: Id) -> Result<Value, ApiError> {
        self.check(world)?;
        let mut commands = world.commands(self.caller, self.guild).into_iter();
        commands
            .find(|found| found["id"] == command.json())
            .ok_or_else(ApiError::unknown_command)
    }
}

async fn list(
    State(discord): State<Discord>,
    scope: Scope,
    query: Query,
    headers: HeaderMap,
) -> Answer {
    let whole = is_on(query.get("with_localizations"));
    discord.with(|world| {
        scope.check(world)?;
        let mut commands = world.commands(scope.caller, scope.guild);
        if !whole {
            let language = localized::language(&headers);
            for command in &mut commands {
                localized::translate(command, &language);
            }
        }
        ok(commands.into())
    })
}

async fn overwrite(State(discord): State<Discord>, scope: Scope, payload: Payload) -> Answer {
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
        scope.check(world)?;
        let stored = world.overwrite_commands(scope.caller, scope.guild, bodies);
        ok(stored.map_err(unstored)?.into())
    })
}

async fn create(State(discord): State<Discord>, scope: Scope, payload: Payload) -> Answer {
    let body = payload.read(|fields| command::read(fields, None))?;
    discord.with(|world| {
        scope.check(world)?;
        let stored = world.store_command(scope.caller, scope.guild, body);
        let (body, is_new) = stored.map_err(unstored)?;
        let status = if is_new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        Ok((status, Json(body)).into_response())
    })
}

fn unstored(why: Unstored) -> ApiError {
    match why {
        Unstored::TooMany => ApiError::too_many_commands(),
        Unstored::TooManyToday => ApiError::too_many_commands_today(),
    }
}

async fn fetch(State(discord): State<Discord>, scope: Scope, Last(command): Last) -> Answer {
    discord.with(|world| ok(scope.find(world, command)?))
}

async fn edit(
    State(discord): State<Discord>,
    scope: Scope,
    Last(command): Last,
    payload: Payload,
) -> Answer {
    discord.with(|world| {
        let old = scope.find(world, command)?;
        let body = payload.read(|fields| command::read(fields, Some(&old)))?;
        let others = world.commands(scope.caller, scope.guild);
        let taken = others.iter().any(|other| {
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
        let edited = world.edit_command(scope.caller, scope.guild, command, body);
        ok(edited.ok_or_else(ApiError::unknown_command)?)
    })
}

async fn delete(State(discord): State<Discord>, scope: Scope, Last(command): Last) -> Answer {
    discord.with(|world| {
        scope.check(world)?;
        if world.delete_command(scope.caller, scope.guild, command) {
            no_content()
        } else {
            Err(ApiError::unknown_command())
        }
    })
}

async fn permissions(State(discord): State<Discord>, scope: Scope) -> Answer {
    discord.with(|world| scope.check(world))?;
    ok(Value::Array(Vec::new()))
}

/// Nobody but the guild's people sets them, and here nobody has.
async fn no_permissions(
    State(discord): State<Discord>,
    scope: Scope,
    Last(command): Last,
) -> Answer {
    discord.with(|world| {
        scope.check(world)?;
        let is_known = [None, scope.guild]
            .into_iter()
            .flat_map(|place| world.commands(scope.caller, place))
            .any(|found| found["id"] == command.json());
        Err(if is_known {
            ApiError::unknown_command_permissions()
        } else {
            ApiError::unknown_command()
        })
    })
}
