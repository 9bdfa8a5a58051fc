//! Back to the stored channels, and out of those in which nobody wants the bot.

use serenity::{
    all::{ChannelId, GuildId},
    cache::Cache,
};
use tracing::{info, warn};

use super::{Calls, Target, message::Message, shared::Owner};
use crate::radio::room;

impl Calls {
    /// Goes back to the stored channels, and leaves those in which a former process left the bot.
    pub(crate) async fn restore(&self, cache: &Cache) {
        let me = cache.current_user().id;
        for guild in cache.guilds() {
            let channel = cache
                .guild(guild)
                .and_then(|guild| room::channel_of(&guild, me));
            if let Some(channel) = channel
                && !self.0.handles().contains_key(&guild)
            {
                self.0.gateway.set_voice(guild, Some(channel));
            }
        }
        let settings = match self.0.store.radios().await {
            Ok(settings) => settings,
            Err(error) => {
                // Nothing is left either: which channels are meant to be left is not known.
                warn!("cannot read which channels the radio was in: {error}");
                return;
            }
        };
        for setting in &settings {
            // One that is not there now has an outage, and is told of when that is over.
            if cache.guild(setting.guild).is_some() {
                self.go_back(
                    setting.guild,
                    Target {
                        channel: setting.channel,
                        station: setting.station,
                    },
                );
            }
        }
        self.sweep();
        match self.0.store.panel_guilds().await {
            Ok(guilds) => guilds
                .into_iter()
                .for_each(|guild| self.0.changes.mark(guild)),
            Err(error) => warn!("cannot read where the radio's buttons are: {error}"),
        }
    }

    /// A server is there, for the first time or after an outage, and this is where the bot is.
    pub(crate) async fn server_available(&self, guild: GuildId, channel: Option<ChannelId>) {
        if self.0.handles().contains_key(&guild) {
            self.tell(guild, Message::OutageOver { channel });
            return;
        }
        match self.0.store.radio(guild).await {
            Ok(Some(setting)) => self.go_back(
                guild,
                Target {
                    channel: setting.channel,
                    station: setting.station,
                },
            ),
            Ok(None) => {}
            Err(error) => {
                warn!(%guild, "cannot read which channel the radio was in: {error}");
            }
        }
    }

    /// Leaves the channels that the bot is in, says Discord, but that nobody wants it to be in:
    /// left behind by a crash, or by a leaving that got lost with the gateway's connection.
    pub(crate) fn sweep(&self) {
        for guild in self.0.gateway.voice_guilds() {
            if !self.0.handles().contains_key(&guild) {
                info!(%guild, "in a voice channel without a reason: leaving it");
                self.begin(guild, Message::Vacate, None);
            }
        }
    }

    /// Unless people have said meanwhile what they want.
    fn go_back(&self, guild: GuildId, target: Target) {
        if self.target(guild).is_none() {
            self.begin(guild, Message::Restore(target), Some(target));
        }
    }

    /// Tells the owner, or a new one.
    pub(super) fn begin(&self, guild: GuildId, message: Message, stored: Option<Target>) {
        if let Err(error) = self.0.deliver(guild, message, Owner::OrNew { stored }) {
            warn!(%guild, "cannot go back to the voice channel: {error}");
        }
    }
}
