//! What people do to a server's radio, by a command or a button: who may, and what is said when not.

use serenity::all::{Cache, ChannelId, GuildId, Member, Mentionable, Permissions, UserId};

use super::{
    CommandError, Data, permissions,
    voice::{Caller, Snapshot},
};
use crate::{
    language::{Language, Text},
    radio::{Joined, Obstacle, Volume},
    station::Station,
    store::RadioSettings,
};

/// Somebody who wants to control a server's radio.
#[derive(Clone, Copy)]
pub(super) struct Control<'a> {
    pub(super) cache: &'a Cache,
    pub(super) data: &'a Data,
    pub(super) guild: GuildId,
    pub(super) user: UserId,
    pub(super) caller: Caller<'a>,
}

/// A server's radio as somebody finds it who wants to control it.
pub(super) struct Found {
    pub(super) voice: Snapshot,
    pub(super) settings: RadioSettings,
    /// Where the radio is meant to be, and what it plays.
    pub(super) current: Option<(ChannelId, Station)>,
}

impl<'a> Control<'a> {
    /// `member` is the caller, as Discord sends them with an interaction.
    pub(super) fn new(
        cache: &'a Cache,
        data: &'a Data,
        guild: GuildId,
        member: &'a Member,
    ) -> Self {
        Self {
            cache,
            data,
            guild,
            user: member.user.id,
            caller: Caller {
                permissions: member.permissions.unwrap_or_default(),
                roles: &member.roles,
            },
        }
    }

    /// The radio, whoever asks.
    pub(super) async fn find(&self) -> Result<Found, CommandError> {
        let settings = self.data.store.radio_settings(self.guild).await?;
        let current = self.data.radio.current(self.guild);
        let meant = current.map(|(channel, _)| channel);
        let voice = Snapshot::take(self.cache, self.guild, self.user, meant)
            .ok_or_else(|| CommandError::refused(Text::ServerUnknown))?;
        Ok(Found {
            voice,
            settings,
            current,
        })
    }

    /// The radio that is on, for those who may control it.
    pub(super) async fn playing(&self) -> Result<Found, CommandError> {
        let found = self.find().await?;
        if found.current.is_none() && found.voice.bot.is_none() {
            return Err(silent());
        }
        self.check(&found)?;
        Ok(found)
    }

    /// The settings, for those who may change them: like the radio's while it is on, and otherwise
    /// for those who are in charge.
    pub(super) async fn settings(&self) -> Result<RadioSettings, CommandError> {
        let found = self.find().await?;
        if found.voice.bot.is_some() {
            self.check(&found)?;
        } else if !self.caller.is_in_charge(&found.settings) {
            return Err(silent());
        }
        Ok(found.settings)
    }

    /// Refuses those who may not control the radio.
    pub(super) fn check(&self, found: &Found) -> Result<(), CommandError> {
        if found.voice.may_direct(self.caller, &found.settings) {
            Ok(())
        } else {
            Err(in_use(found))
        }
    }

    /// Plays another station.
    pub(super) async fn switch(&self, station: Station) -> Result<Joined, CommandError> {
        Ok(self.data.radio.switch(self.guild, station).await?)
    }

    /// Sets the volume.
    pub(super) async fn set_volume(&self, volume: Volume) -> Result<RadioSettings, CommandError> {
        let change = |settings: &mut RadioSettings| settings.volume = volume;
        Ok(self.data.radio.configure(self.guild, change).await?)
    }

    /// Turns the volume up or down, as far as it goes.
    pub(super) async fn turn_volume(&self, by: i16) -> Result<RadioSettings, CommandError> {
        let change = |settings: &mut RadioSettings| {
            let percent = i16::from(settings.volume.percent()).saturating_add(by);
            settings.volume = Volume::nearest(u64::try_from(percent).unwrap_or(0));
        };
        Ok(self.data.radio.configure(self.guild, change).await?)
    }

    /// Leaves; whether there was anything to leave.
    pub(super) async fn stop(&self) -> Result<bool, CommandError> {
        Ok(self.data.radio.leave(self.guild).await?)
    }
}

/// There is nothing to control.
pub(super) fn silent() -> CommandError {
    CommandError::refused(Text::RadioSilent)
}

fn in_use(found: &Found) -> CommandError {
    let Some(channel) = found.voice.bot else {
        return silent();
    };
    let channel = channel.mention().to_string().into();
    let dj = found.settings.dj_role;
    let dj = dj.map(|role| role.mention().to_string().into());
    CommandError::refused(match (found.voice.others > 0, dj) {
        (true, None) => Text::InUse { channel },
        (true, Some(role)) => Text::InUseDj { channel, role },
        (false, None) => Text::JoinMe { channel },
        (false, Some(role)) => Text::JoinMeDj { channel, role },
    })
}

/// What is in the way of joining a channel, and what to do about it.
pub(super) fn explain(obstacle: Obstacle, channel: ChannelId, language: Language) -> String {
    const PLAYING: Permissions = Permissions::VIEW_CHANNEL
        .union(Permissions::CONNECT)
        .union(Permissions::SPEAK);
    let channel = channel.mention().to_string().into();
    language.say(match obstacle {
        Obstacle::Gone => Text::ObstacleGone {
            channel,
            permissions: permissions::names(PLAYING, language).into(),
        },
        Obstacle::NotVoice => Text::ObstacleNotVoice { channel },
        Obstacle::Missing(missing) => Text::ObstacleMissing {
            channel,
            permissions: permissions::names(missing, language).into(),
        },
        Obstacle::Full => Text::ObstacleFull { channel },
    })
}
