//! Messages that are kept current are drawn anew when they are to look otherwise: their server reads
//! another language, or their channel wants another card, or another writer.

use std::{collections::HashSet, sync::Arc};

use serenity::all::GuildId;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Announcer, job::Job, post::Poster};
use crate::{marked::Marked, station::Station};

/// The servers whose messages are to be drawn anew. A cheap handle: clone it.
#[derive(Clone, Debug, Default)]
pub struct Redraws(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    jpop: Marked,
    kpop: Marked,
}

impl Redraws {
    /// What this server reads, or how a channel of it wants its announcements, has changed.
    pub(crate) fn mark(&self, guild: GuildId) {
        for station in Station::ALL {
            self.of(station).mark(guild);
        }
    }

    /// Waits until there are servers, and takes them.
    pub(super) async fn take(&self, station: Station) -> HashSet<GuildId> {
        self.of(station).take().await
    }

    fn of(&self, station: Station) -> &Marked {
        match station {
            Station::Jpop => &self.0.jpop,
            Station::Kpop => &self.0.kpop,
        }
    }
}

impl Announcer {
    /// Draws anew what these servers' channels show of the song on air. It is not worth waiting for:
    /// the next song is drawn as it should be. So nothing is tried twice, and what Discord holds back
    /// or does not answer ends it, and so does the token, between two servers.
    pub(super) async fn redraw(
        &self,
        station: Station,
        guilds: HashSet<GuildId>,
        token: &CancellationToken,
    ) {
        let Some(on_air) = self.stations.get(station).borrow().clone() else {
            return;
        };
        let poster = Poster::new(self, &on_air);
        for guild in guilds {
            if token.is_cancelled() {
                return;
            }
            let targets = match self.store.targets_of(guild).await {
                Ok(targets) => targets,
                Err(error) => {
                    warn!(%guild, "its messages are not drawn anew: {error}");
                    return;
                }
            };
            let now = OffsetDateTime::now_utc();
            let targets = targets.into_iter().filter(|it| it.station == station);
            for job in targets.filter_map(|target| Job::again(target, &on_air, now)) {
                if !poster.finish(job).await {
                    return;
                }
            }
        }
    }
}
