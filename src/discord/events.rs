//! What the gateway tells besides commands.
//!
//! serenity runs each handler in a task of its own, so two events may be handled in either order:
//! nothing here depends on it.

use serenity::{
    all::{
        ChannelId, Context, EventHandler, Guild, GuildChannel, GuildId, GuildMemberUpdateEvent,
        Interaction, Member, Message, PartialGuild, PartialGuildChannel, Ready, Role,
        UnavailableGuild, VoiceState,
    },
    async_trait,
};
use tracing::{info, warn};

use super::{Data, components, farewell, presence};
use crate::{announcer::dismiss_unused, radio::room};

/// The handler of events.
pub(super) struct Events(pub(super) Data);

#[async_trait]
impl EventHandler for Events {
    async fn ready(&self, ctx: Context, ready: Ready) {
        self.0.radio.session_replaced(ctx.shard_id);
        ctx.set_activity(presence::current(&self.0));
        info!(user = %ready.user.id, servers = ready.guilds.len(), "ready");
        for guild in farewell::left(&ctx, &self.0, &ready).await {
            self.forget_guild(guild).await;
        }
    }

    /// Every server is known, after the start and after each new session.
    async fn cache_ready(&self, ctx: Context, _: Vec<GuildId>) {
        self.0.radio.rejoin(&ctx.cache).await;
    }

    async fn guild_create(&self, ctx: Context, guild: Guild, _: Option<bool>) {
        self.0.servers.learn(guild.id, &guild.preferred_locale);
        let channel = room::channel_of(&guild, ctx.cache.current_user().id);
        self.0.radio.server_available(guild.id, channel).await;
    }

    async fn guild_update(&self, _: Context, _: Option<Guild>, guild: PartialGuild) {
        if self.0.servers.learn(guild.id, &guild.preferred_locale) {
            self.0.reworded(guild.id);
        }
    }

    async fn guild_delete(&self, _: Context, guild: UnavailableGuild, _: Option<Guild>) {
        // An outage is not a farewell.
        if guild.unavailable {
            self.0.radio.outage(guild.id);
        } else {
            self.forget_guild(guild.id).await;
        }
    }

    async fn voice_state_update(&self, _: Context, old: Option<VoiceState>, new: VoiceState) {
        if let Some(guild) = new.guild_id {
            let before = old.and_then(|old| old.channel_id);
            self.0
                .radio
                .audience_changed(guild, [before, new.channel_id]);
        }
    }

    async fn interaction_create(&self, ctx: Context, interaction: Interaction) {
        // Commands are the framework's.
        if let Interaction::Component(interaction) = interaction {
            components::handle(&ctx, &self.0, &interaction).await;
        }
    }

    async fn channel_delete(&self, _: Context, channel: GuildChannel, _: Option<Vec<Message>>) {
        self.forget_channel(channel.guild_id, channel.id).await;
    }

    async fn thread_delete(
        &self,
        _: Context,
        thread: PartialGuildChannel,
        _: Option<GuildChannel>,
    ) {
        self.forget_channel(thread.guild_id, thread.id).await;
    }

    async fn channel_update(&self, _: Context, _: Option<GuildChannel>, channel: GuildChannel) {
        self.permissions_changed(channel.guild_id).await;
    }

    async fn guild_role_update(&self, _: Context, _: Option<Role>, role: Role) {
        self.permissions_changed(role.guild_id).await;
    }

    async fn guild_member_update(
        &self,
        ctx: Context,
        _: Option<Member>,
        _: Option<Member>,
        event: GuildMemberUpdateEvent,
    ) {
        // Without the intent for members Discord tells of the bot itself only.
        if event.user.id == ctx.cache.current_user().id {
            self.permissions_changed(event.guild_id).await;
        }
    }
}

impl Events {
    async fn permissions_changed(&self, guild: GuildId) {
        if let Err(error) = self.0.store.retry_targets_of(guild).await {
            warn!(%guild, "its announcements go on being paused: {error}");
        }
    }

    async fn forget_guild(&self, guild: GuildId) {
        info!(%guild, "removed from a server");
        self.0.radio.forget(guild).await;
        self.0.live.forget(guild);
        self.0.servers.forget(guild);
        if let Err(error) = self.0.store.forget_guild(guild).await {
            warn!(%guild, "its settings could not be deleted: {error}");
        }
    }

    async fn forget_channel(&self, guild: GuildId, channel: ChannelId) {
        self.0.radio.channel_deleted(guild, channel);
        match self.0.store.remove_target(guild, channel).await {
            Ok(true) => info!(%guild, %channel, "an announcement channel was deleted"),
            Ok(false) => {}
            Err(error) => warn!(%guild, %channel, "its settings could not be deleted: {error}"),
        }
        dismiss_unused(&self.0.store, &self.0.rest, Some(guild)).await;
    }
}
