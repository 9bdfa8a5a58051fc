//! Where the gateway is: <https://discord.com/developers/docs/events/gateway#get-gateway>.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::json;

use super::rate_limit::SESSIONS;
use super::{Answer, Caller, ok};
use crate::discord::Discord;

pub(super) fn routes() -> Router<Discord> {
    Router::new()
        .route("/gateway", get(address))
        .route("/gateway/bot", get(address_for_bot))
        .route("/voice/regions", get(regions))
}

async fn address(State(discord): State<Discord>) -> Answer {
    ok(json!({"url": format!("{}/gateway", discord.context().ws())}))
}

async fn address_for_bot(State(discord): State<Discord>, Caller(application): Caller) -> Answer {
    let guilds = discord.with(|world| {
        let guilds = world.guilds.values();
        guilds
            .filter(|guild| guild.bots.contains(&application))
            .count()
    });
    let options = &discord.context().options;
    let (remaining, reset_after) = discord.limits().session_starts(application);
    ok(json!({
        "url": format!("{}/gateway", discord.context().ws()),
        "shards": guilds.div_ceil(options.guilds_per_shard.max(1)).max(1),
        "session_start_limit": {
            "total": SESSIONS,
            "remaining": remaining,
            "reset_after": u64::try_from(reset_after.as_millis()).unwrap_or(u64::MAX),
            "max_concurrency": options.max_concurrency.max(1),
        },
    }))
}

/// Where voice servers are; all of them are this machine.
pub(super) const REGIONS: [&str; 12] = [
    "rotterdam",
    "brazil",
    "hongkong",
    "india",
    "japan",
    "singapore",
    "southafrica",
    "sydney",
    "us-central",
    "us-east",
    "us-south",
    "us-west",
];

pub(super) async fn regions(Caller(_): Caller) -> Answer {
    let regions = REGIONS.map(|region| {
        let (first, rest) = region.split_at(1);
        json!({
            "id": region, "name": format!("{}{rest}", first.to_uppercase()), "custom": false,
            "deprecated": false, "optimal": region == REGIONS[0],
        })
    });
    ok(json!(regions))
}
