//! What each server reads.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use serenity::all::GuildId;
use tokio::sync::Mutex;

use super::{Language, Wording};
use crate::store::{ServerSettings, Store, StoreError};

/// What each server reads: what it has chosen, and otherwise what Discord says of it. Kept in memory
/// beside the store, because nearly everything that is said needs it. A cheap handle: clone it.
#[derive(Clone, Debug, Default)]
pub struct Servers(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    known: RwLock<HashMap<GuildId, Server>>,
    /// One change after the other, so that the store ends with what is known here.
    choosing: Mutex<()>,
}

/// Servers of which there is nothing to remember have none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Server {
    /// Its language on Discord.
    discord: Language,
    chosen: ServerSettings,
}

impl Servers {
    /// With what every server has chosen.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let servers = Self::default();
        for (guild, chosen) in store.all_server_settings().await? {
            servers.change(guild, |server| server.chosen = chosen);
        }
        Ok(servers)
    }

    /// How public texts are written for a server.
    pub fn wording(&self, guild: GuildId) -> Wording {
        let server = self.get(guild);
        Wording {
            language: server.chosen.language.unwrap_or(server.discord),
            titles: server.chosen.titles,
        }
    }

    /// What it has chosen.
    pub(crate) fn chosen(&self, guild: GuildId) -> ServerSettings {
        self.get(guild).chosen
    }

    /// Its language on Discord.
    pub(crate) fn on_discord(&self, guild: GuildId) -> Language {
        self.get(guild).discord
    }

    /// Discord says what a server's language is there. Tells whether it reads another one now.
    pub(crate) fn learn(&self, guild: GuildId, locale: &str) -> bool {
        let before = self.wording(guild);
        let language = Language::from_discord(locale);
        self.change(guild, |server| server.discord = language);
        self.wording(guild) != before
    }

    /// Changes what it has chosen, also in the store. Gives what it had chosen before, and what it
    /// has now.
    ///
    /// # Errors
    /// When the store cannot be written: nothing has changed then.
    pub(crate) async fn choose(
        &self,
        store: &Store,
        guild: GuildId,
        change: impl FnOnce(&mut ServerSettings) + Send,
    ) -> Result<(ServerSettings, ServerSettings), StoreError> {
        let _alone = self.0.choosing.lock().await;
        let before = self.chosen(guild);
        let mut after = before;
        change(&mut after);
        store.set_server_settings(guild, after).await?;
        self.change(guild, |server| server.chosen = after);
        Ok((before, after))
    }

    /// The bot is not there any more.
    pub(crate) fn forget(&self, guild: GuildId) {
        self.change(guild, |server| *server = Server::default());
    }

    fn get(&self, guild: GuildId) -> Server {
        let servers = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        servers.get(&guild).copied().unwrap_or_default()
    }

    fn change(&self, guild: GuildId, change: impl FnOnce(&mut Server)) {
        let mut servers = self.0.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut server = servers.get(&guild).copied().unwrap_or_default();
        change(&mut server);
        if server == Server::default() {
            servers.remove(&guild);
        } else {
            servers.insert(guild, server);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Titles;

    #[tokio::test]
    async fn what_a_server_has_chosen_outlives_the_process_and_goes_with_the_server() {
        let (store, _directory) = crate::store::tests::store().await;
        let guild = GuildId::new(1);
        let servers = Servers::default();
        assert!(servers.learn(guild, "de"));
        assert_eq!(servers.wording(guild), Language::German.into());
        let choose = |chosen: &mut ServerSettings| {
            chosen.language = Some(Language::Korean);
            chosen.titles = Titles::Romaji;
        };
        let (before, after) = servers.choose(&store, guild, choose).await.unwrap();
        assert_eq!(before, ServerSettings::default());
        assert_eq!(servers.chosen(guild), after);

        let servers = Servers::load(&store).await.unwrap();
        let wording = Wording {
            language: Language::Korean,
            titles: Titles::Romaji,
        };
        assert_eq!(servers.wording(guild), wording);
        // Without one of its own it reads what Discord says.
        assert!(!servers.learn(guild, "fr"), "it has chosen another");
        let choose = |chosen: &mut ServerSettings| chosen.language = None;
        servers.choose(&store, guild, choose).await.unwrap();
        assert_eq!(servers.wording(guild).language, Language::French);

        assert_eq!(store.guilds().await.unwrap(), [guild]);
        store.forget_guild(guild).await.unwrap();
        servers.forget(guild);
        assert_eq!(servers.wording(guild), Wording::default());
        assert!(servers.0.known.read().unwrap().is_empty());
        assert!(store.all_server_settings().await.unwrap().is_empty());
    }
}
