//! What the bot itself is seen doing: listening to the song on air.

use std::{sync::Arc, time::Duration};

use serenity::all::{ActivityData, ShardManager};
use tokio::time::sleep;

use super::{Data, cards};
use crate::{language::Titles, station::Station};

/// Between two changes. Discord takes five in 20 s on a shard, of which each new session is one.
/// <https://discord.com/developers/docs/events/gateway-events#update-presence>
const APART: Duration = Duration::from_secs(15);
/// The longest name of an activity, in UTF-16 code units.
const NAME: usize = 128;

/// Shows each new song. Never ends.
pub(super) async fn run(shards: &ShardManager, data: &Data) {
    let mut jpop = data.stations.jpop.clone();
    let mut kpop = data.stations.kpop.clone();
    let mut shown = None;
    loop {
        jpop.mark_unchanged();
        kpop.mark_unchanged();
        let song = song(data);
        if song != shown {
            for runner in shards.runners.lock().await.values() {
                runner.runner_tx.set_activity(activity(song.as_deref()));
            }
            shown = song;
            sleep(APART).await;
        }
        // Neither ends before the bot does.
        tokio::select! {
            Ok(()) = jpop.changed() => {}
            Ok(()) = kpop.changed() => {}
            else => return std::future::pending().await,
        }
    }
}

/// What a new session is to show.
pub(super) fn current(data: &Data) -> Option<ActivityData> {
    activity(song(data).as_deref())
}

fn activity(song: Option<&str>) -> Option<ActivityData> {
    song.map(ActivityData::listening)
}

/// The song of the station that plays in more calls.
fn song(data: &Data) -> Option<String> {
    let calls = |station| data.radio.readers(station);
    let station = if calls(Station::Kpop) > calls(Station::Jpop) {
        Station::Kpop
    } else {
        Station::Jpop
    };
    let on_air = data
        .stations
        .get(station)
        .borrow()
        .as_ref()
        .map(Arc::clone)?;
    // Every server sees the same: the names are those of the songs themselves.
    Some(cards::caption(&on_air, Titles::Native, NAME)).filter(|song| !song.is_empty())
}
