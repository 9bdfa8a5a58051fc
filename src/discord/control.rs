//! What people do to a server's radio, by a command or a button: who may, and what is said when not.

use serenity::all::{Cache, ChannelId, GuildId, Member, Mentionable, Permissions, UserId};

use super::{
    CommandError, Data,
    changes::Tuning,
    permissions,
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

/// A radio that somebody has tuned: how it was before, and how it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tuned {
    pub(super) before: Tuning,
    pub(super) after: Tuning,
}

impl Found {
    const fn tuning(&self) -> Tuning {
        Tuning {
            target: self.current,
            volume: self.settings.volume,
        }
    }
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

    /// Takes a turn of the caller's for what costs: a voice connection, or a volume to be encoded.
    /// Whoever wants silence needs none.
    pub(super) fn take_turn(&self) -> Result<(), CommandError> {
        self.data.cooldowns.take(self.user)
    }

    /// Refuses those who may not control the radio.
    pub(super) fn check(&self, found: &Found) -> Result<(), CommandError> {
        if found.voice.may_direct(self.caller, &found.settings) {
            Ok(())
        } else {
            Err(in_use(found))
        }
    }

    /// Plays in a channel, where the radio was `found`.
    pub(super) async fn join(
        &self,
        found: &Found,
        channel: ChannelId,
        station: Station,
    ) -> Result<(Joined, Tuned), CommandError> {
        let joined = self.data.radio.join(self.guild, channel, station).await?;
        Ok((joined, self.joined(found, joined)))
    }

    /// Plays another station.
    pub(super) async fn switch(
        &self,
        found: &Found,
        station: Station,
    ) -> Result<(Joined, Tuned), CommandError> {
        let joined = self.data.radio.switch(self.guild, station).await?;
        Ok((joined, self.joined(found, joined)))
    }

    fn joined(&self, found: &Found, joined: Joined) -> Tuned {
        let before = found.tuning();
        let target = Some((joined.channel, joined.station));
        self.tuned(before, Tuning { target, ..before })
    }

    /// Sets the volume.
    pub(super) async fn set_volume(&self, volume: Volume) -> Result<Tuned, CommandError> {
        self.turn(|_| volume).await
    }

    /// Turns the volume up or down, as far as it goes.
    pub(super) async fn turn_volume(&self, by: i16) -> Result<Tuned, CommandError> {
        self.turn(|before| {
            let percent = i16::from(before.percent()).saturating_add(by);
            Volume::nearest(u64::try_from(percent).unwrap_or(0))
        })
        .await
    }

    async fn turn(&self, to: impl FnOnce(Volume) -> Volume + Send) -> Result<Tuned, CommandError> {
        let mut before = Volume::UNTOUCHED;
        let change = |settings: &mut RadioSettings| {
            before = settings.volume;
            settings.volume = to(before);
        };
        let settings = self.data.radio.configure(self.guild, change).await?;
        let target = self.data.radio.current(self.guild);
        let tuning = |volume| Tuning { target, volume };
        Ok(self.tuned(tuning(before), tuning(settings.volume)))
    }

    /// Leaves, where the radio was `found`; whether there was anything to leave.
    pub(super) async fn stop(&self, found: &Found) -> Result<(bool, Tuned), CommandError> {
        let left = self.data.radio.leave(self.guild).await?;
        let before = found.tuning();
        let target = None;
        Ok((left, self.tuned(before, Tuning { target, ..before })))
    }

    /// The message with the buttons says how it was before.
    fn tuned(&self, before: Tuning, after: Tuning) -> Tuned {
        self.data.changes.note(self.guild, before, after);
        Tuned { before, after }
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
