//! The bot's settings, while it is not running.

use uguisu::store::Store;

use super::{Guild, Lab};

impl Lab {
    /// Writes into the bot's settings, before it is started, that it plays in these servers.
    pub async fn plays_in(&self, servers: &[Guild], station: &str) {
        let store = Store::open(&self.database()).await.expect("a database");
        for server in servers {
            let (guild, channel) = (number(server.id()), number(server.voice()));
            let station = station.parse().expect("a station");
            store
                .set_radio(guild.into(), channel.into(), station)
                .await
                .expect("a setting");
        }
        store.close().await;
    }

    /// Takes out of the bot's settings, while it is not running, that it plays in this server.
    pub async fn plays_no_more_in(&self, server: &Guild) {
        let store = Store::open(&self.database()).await.expect("a database");
        let guild = number(server.id()).into();
        store.clear_radio(guild).await.expect("no setting");
        store.close().await;
    }

    /// How many channels of a server get announcements, by the settings of a bot that has stopped.
    pub async fn targets_of(&self, server: &Guild) -> usize {
        let store = Store::open(&self.database()).await.expect("a database");
        let targets = store.targets_of(number(server.id()).into()).await;
        store.close().await;
        targets.expect("the settings").len()
    }
}

fn number(id: &str) -> u64 {
    id.parse().expect("an id")
}
