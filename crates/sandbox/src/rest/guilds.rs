//! Guilds as a whole: <https://discord.com/developers/docs/resources/guild>.

use axum::Router;
use axum::extract::{Query as AxumQuery, State};
use axum::routing::get;
use serde_json::{Map, Value, json};

use super::form::Fields;
use super::users::image;
use super::validate::command::LOCALES;
use super::{Answer, ApiError, Caller, Ids, Payload, Query, access, is_on, ok};
use crate::discord::Discord;
use crate::world::{ChannelKind, GuildEdit, Id, Permissions as P, World};

/// Settings that are numbers, what they may be, and what null means.
const NUMBERS: [(&str, &[i64], i64); 4] = [
    ("verification_level", &[0, 1, 2, 3, 4], 0),
    ("default_message_notifications", &[0, 1], 0),
    ("explicit_content_filter", &[0, 1, 2], 0),
    ("afk_timeout", &[60, 300, 900, 1_800, 3_600], 300),
];
/// Settings that are channels, and of which kind.
const CHANNELS: [(&str, ChannelKind); 5] = [
    ("afk_channel_id", ChannelKind::Voice),
    ("system_channel_id", ChannelKind::Text),
    ("rules_channel_id", ChannelKind::Text),
    ("public_updates_channel_id", ChannelKind::Text),
    ("safety_alerts_channel_id", ChannelKind::Text),
];

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/guilds/{guild}", get(fetch).patch(edit))
        .route("/guilds/{guild}/preview", get(preview))
        .route("/guilds/{guild}/regions", get(super::gateway::regions))
}

async fn fetch(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    AxumQuery(query): Query,
) -> Answer {
    let with_counts = is_on(query.get("with_counts"));
    discord.with(|world| {
        // This route does not tell a guild that the bot is not in from one that does not exist.
        let guild = access::guild(world, guild, me).map_err(|_| ApiError::unknown_guild())?;
        ok(world.guild_json(guild, with_counts))
    })
}

/// Pictures and features are checked and not kept.
fn read(fields: &Fields<'_>) -> GuildEdit {
    let mut settings = Map::new();
    for (name, choices, default) in NUMBERS {
        if fields.has(name) {
            let number = fields.choice(name, choices).unwrap_or(default);
            settings.insert(name.to_owned(), number.into());
        }
    }
    for (name, _) in CHANNELS {
        if fields.has(name) {
            settings.insert(name.to_owned(), json!(fields.snowflake(name)));
        }
    }
    if let Some(flags) = fields.integer("system_channel_flags", 0..=i64::from(i32::MAX)) {
        settings.insert("system_channel_flags".to_owned(), flags.into());
    }
    if let Some(shown) = fields.boolean("premium_progress_bar_enabled") {
        settings.insert("premium_progress_bar_enabled".to_owned(), shown.into());
    }
    for picture in ["icon", "splash", "discovery_splash", "banner"] {
        image(fields, picture);
    }
    let features = fields.list("features", 0..=1521).unwrap_or_default();
    for (index, _) in features
        .iter()
        .enumerate()
        .filter(|(_, name)| !name.is_string())
    {
        fields.fail(
            &format!("features/{index}"),
            "STRING_TYPE_CONVERT",
            "Could not interpret it as string.",
        );
    }
    GuildEdit {
        name: fields
            .text("name", 2..=100)
            .map(|name| name.trim().to_owned()),
        description: fields.has("description").then(|| {
            let text = fields.text("description", 0..=300);
            text.filter(|text| !text.is_empty()).map(str::to_owned)
        }),
        locale: locale(fields),
        settings,
    }
}

fn locale(fields: &Fields<'_>) -> Option<&'static str> {
    let text = fields.text("preferred_locale", 0..=10)?;
    let known = LOCALES.iter().copied().find(|known| *known == text);
    if known.is_none() {
        fields.fail(
            "preferred_locale",
            "ENUM_TYPE_COERCE",
            format!("Value {text:?} is not a valid enum value."),
        );
    }
    known
}

async fn edit(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
    payload: Payload,
) -> Answer {
    let edit = payload.read(read)?;
    discord.with(|world| {
        access::guild_with(world, guild, me, P::MANAGE_GUILD)?;
        for (name, kind) in CHANNELS {
            check_channel(world, guild, name, kind, edit.settings.get(name))?;
        }
        let edited = world.edit_guild(guild, edit);
        ok(edited.ok_or_else(ApiError::unknown_guild)?)
    })
}

/// What a setting names is a channel of the guild, and of the right kind.
fn check_channel(
    world: &World,
    guild: Id,
    name: &str,
    kind: ChannelKind,
    given: Option<&Value>,
) -> Result<(), ApiError> {
    let Some(id) = given.and_then(Id::from_json) else {
        return Ok(());
    };
    let found = world.channels.get(&id);
    let found = found.filter(|found| found.guild == Some(guild));
    let found = found.ok_or_else(ApiError::unknown_channel)?;
    if found.kind != kind {
        return Err(ApiError::field(
            name,
            "CHANNEL_TYPE_INVALID",
            "Invalid channel type",
        ));
    }
    Ok(())
}

/// What anybody may see of a guild that wants to be found; a bot sees it of its own.
async fn preview(
    State(discord): State<Discord>,
    Caller(me): Caller,
    Ids([guild]): Ids<1>,
) -> Answer {
    discord.with(|world| {
        let found = access::guild(world, guild, me).map_err(|_| ApiError::unknown_guild())?;
        let whole = world.guild_json(found, true);
        let mut out = json!({});
        for field in [
            "id",
            "name",
            "icon",
            "description",
            "home_header",
            "splash",
            "discovery_splash",
            "features",
            "approximate_member_count",
            "approximate_presence_count",
            "emojis",
            "stickers",
        ] {
            out[field] = whole[field].clone();
        }
        ok(out)
    })
}
