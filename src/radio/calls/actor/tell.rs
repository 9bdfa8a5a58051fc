//! What others may know of a call, and the song that is written beside its channel.

use std::sync::Arc;

use serenity::all::{ChannelType, Permissions};
use time::OffsetDateTime;
use tokio::{task::JoinError, time::Instant};

use super::{Actor, Aside};
use crate::radio::{
    Audience, Hushed, Report, Standing,
    calls::{
        caption::{self, Caption, Place},
        shared::CallState,
        voice::Voice,
    },
    room,
};

impl Actor {
    pub(super) fn publish(&self) {
        let state = CallState {
            target: self.plan.wanted(),
            standing: self.plan.standing().is_some(),
            playing: self.plan.playing(),
            obstacle: self.plan.obstacle(),
            muted: self.muted,
            suppressed: self.suppressed,
            settings: self.settings,
            ended: self.past.ended,
        };
        let before = self.state.send_replace(state);
        self.shared.count(before.standing, state.standing);
        if before != state && !self.shared.closing.is_cancelled() {
            self.shared.changes.mark(self.guild);
        }
    }

    pub(super) fn report(&self, now: Instant) -> Report {
        let wanted = self.plan.wanted();
        let playing = self.plan.playing();
        let heard = self.voice.as_ref().and_then(Voice::heard);
        let wall = |at| wall(now, at);
        let stage = self.kind() == Some(ChannelType::Stage);
        Report {
            target: wanted.map(|wanted| (wanted.channel, wanted.station)),
            standing: match (self.plan.since(), self.plan.obstacle(), wanted) {
                (Some(since), ..) => Standing::Up { since: wall(since) },
                (None, Some(obstacle), Some(_)) => Standing::Blocked(obstacle),
                (None, None, Some(_)) => Standing::Connecting,
                (None, _, None) => Standing::Off,
            },
            playing: self.voice.as_ref().and_then(Voice::playing),
            sent: heard.and_then(|heard| self.evidence.sent(now, heard)),
            cushion: self.voice.as_ref().and_then(Voice::cushion),
            audience: self
                .plan
                .place()
                .and_then(|channel| Audience::look(self.shared.cache.get()?, self.guild, channel)),
            silent: playing.is_some_and(|sound| sound.silent),
            hushed: match (self.muted, self.suppressed) {
                (true, _) => Some(Hushed::Muted),
                (false, true) if stage => Some(Hushed::InAudience),
                (false, true) => Some(Hushed::MayNotSpeak),
                (false, false) => None,
            },
            stage,
            leaves_at: self.plan.leaves_at().map(wall),
            trouble: self.past.trouble,
            ended: self.past.ended,
            settings: self.settings,
        }
    }

    fn kind(&self) -> Option<ChannelType> {
        room::kind(self.shared.cache.get()?, self.guild, self.plan.place()?)
    }

    fn permissions(&self) -> Option<Permissions> {
        room::permissions(self.shared.cache.get()?, self.guild, self.plan.place()?)
    }

    /// Writes the song beside the channel, if it has changed and may be written now; says when to
    /// ask again.
    pub(super) fn caption(&mut self, now: Instant) -> Option<Instant> {
        let wanted = self.wanted_caption();
        let held = self.permissions();
        if let Some(caption) = self.captions.due(now, wanted.as_ref(), held) {
            let shared = Arc::clone(&self.shared);
            self.asides.spawn(async move {
                shared.captions.turn().await;
                let written = caption.write(&shared.rest, &shared.http).await;
                Aside::Captioned(caption, held, written)
            });
        }
        self.captions.next(wanted.as_ref(), held)
    }

    /// Nothing, where nobody hears the song.
    fn wanted_caption(&mut self) -> Option<Caption> {
        let sound = self.plan.playing().filter(|sound| !sound.silent)?;
        self.plan.since()?;
        if self.songs.0 != sound.station {
            self.songs = (sound.station, self.shared.songs.watch(sound.station));
        }
        let place = Place::of(self.kind()?, self.plan.place()?)?;
        let wanted = match place {
            Place::Voice(_) => self.settings.voice_status,
            Place::Stage(_) => self.settings.stage_topic,
        };
        let songs = &self.shared.songs;
        let text = songs.line(self.guild, sound.station, caption::LONGEST)?;
        wanted.then_some(Caption {
            place,
            text: Some(text),
        })
    }

    pub(super) fn aside(&mut self, aside: Result<Aside, JoinError>) {
        if let Ok(Aside::Captioned(caption, held, written)) = aside {
            self.captions
                .written(Instant::now(), caption, held, written);
        }
    }
}

/// A moment that is known by the clock that never jumps, as the calendar has it.
fn wall(now: Instant, at: Instant) -> OffsetDateTime {
    let wall = OffsetDateTime::now_utc();
    if at >= now {
        wall + (at - now)
    } else {
        wall - (now - at)
    }
}
