//! Tells of which servers there is something new to say. However often that happens before anybody
//! listens, a server is told of once: what counts is how things are by then.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use serenity::all::GuildId;
use tokio::sync::Notify;

/// A set of servers, which one listener empties.
#[derive(Debug, Default)]
pub(crate) struct Marked {
    servers: Mutex<HashSet<GuildId>>,
    marked: Notify,
}

impl Marked {
    /// There is something new of this server.
    pub(crate) fn mark(&self, guild: GuildId) {
        self.servers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(guild);
        self.marked.notify_one();
    }

    /// Waits until there is something new, and takes it all.
    pub(crate) async fn take(&self) -> HashSet<GuildId> {
        loop {
            let marked = self.marked.notified();
            let servers =
                std::mem::take(&mut *self.servers.lock().unwrap_or_else(PoisonError::into_inner));
            if !servers.is_empty() {
                return servers;
            }
            marked.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_server_is_told_of_once_however_often_it_changed() {
        let marked = Marked::default();
        for _ in 0..3 {
            marked.mark(GuildId::new(1));
            marked.mark(GuildId::new(2));
        }
        assert_eq!(marked.take().await.len(), 2);
        let (taken, ()) = tokio::join!(marked.take(), async {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            marked.mark(GuildId::new(3));
        });
        assert_eq!(taken, HashSet::from([GuildId::new(3)]));
    }
}
