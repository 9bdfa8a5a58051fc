//! Servers that the bot was removed from while it was not there to be told.

use std::collections::HashSet;

use futures_util::{StreamExt as _, stream};
use reqwest::StatusCode;
use serenity::all::{Context, GuildId, Ready};
use tracing::warn;

use super::{Data, bot::status, error::describe};

/// Servers asked about at once: as many answers of 200 ms use up the bot's requests a second.
const AT_ONCE: usize = 8;

/// Servers with settings that a new session does not list, and of which Discord confirms that the
/// bot is not in them: settings are not lost to a list that is not whole.
pub(super) async fn left(ctx: &Context, data: &Data, ready: &Ready) -> Vec<GuildId> {
    let known = match data.store.guilds().await {
        Ok(known) => known,
        Err(error) => {
            warn!("servers that were left cannot be looked for: {error}");
            return Vec::new();
        }
    };
    let shard = ready
        .shard
        .map_or((0, 1), |shard| (shard.id.0, shard.total));
    let listed: HashSet<GuildId> = ready.guilds.iter().map(|guild| guild.id).collect();
    stream::iter(missing(known, &listed, shard))
        .map(|guild| async move { is_left(ctx, data, guild).await.then_some(guild) })
        .buffer_unordered(AT_ONCE)
        .filter_map(std::future::ready)
        .collect()
        .await
}

async fn is_left(ctx: &Context, data: &Data, guild: GuildId) -> bool {
    let turn = data.rest.turn().await;
    let found = ctx.http.get_guild(guild).await;
    drop(turn);
    match found {
        Ok(_) => false,
        Err(error) if is_gone(status(&error)) => true,
        Err(error) => {
            warn!(%guild, "unknown whether I am in it: {}", describe(&error));
            false
        }
    }
}

/// Those of a shard that its session does not list.
/// <https://discord.com/developers/docs/events/gateway#sharding>
fn missing(known: Vec<GuildId>, listed: &HashSet<GuildId>, shard: (u32, u32)) -> Vec<GuildId> {
    let (id, total) = shard;
    let its = |guild: &GuildId| (guild.get() >> 22) % u64::from(total.max(1)) == u64::from(id);
    known
        .into_iter()
        .filter(|guild| its(guild) && !listed.contains(guild))
        .collect()
}

fn is_gone(status: Option<StatusCode>) -> bool {
    matches!(status, Some(StatusCode::NOT_FOUND | StatusCode::FORBIDDEN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_misses_its_own_servers_only() {
        let guild = |number: u64| GuildId::new((number << 22) + 5);
        let known = || (1..=6).map(guild).collect::<Vec<_>>();
        let listed = HashSet::from([guild(1), guild(3)]);
        assert_eq!(missing(known(), &listed, (1, 2)), [guild(5)]);
        assert_eq!(
            missing(known(), &listed, (0, 2)),
            [guild(2), guild(4), guild(6)]
        );
        assert_eq!(missing(known(), &HashSet::new(), (0, 1)).len(), 6);
    }
}
