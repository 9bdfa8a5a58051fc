//! The record of what was heard, for `/history`.

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{listen_moe::Plays, store::Store};

/// Writes down each song of either station until the token is cancelled and no song is left.
pub async fn record(mut jpop: Plays, mut kpop: Plays, store: Store, token: CancellationToken) {
    loop {
        let song = tokio::select! {
            // What was heard before the end is written down.
            biased;
            Some(song) = jpop.recv() => song,
            Some(song) = kpop.recv() => song,
            () = token.cancelled() => return,
        };
        if let Err(error) = store.record_play(&song, OffsetDateTime::now_utc()).await {
            warn!(station = %song.station, "a song is missing in the record: {error}");
        }
    }
}
