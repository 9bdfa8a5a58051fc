//! The song that is written beside a voice channel: its status, or the topic of a stage.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde_json::json;
use serenity::{
    all::{ChannelId, ChannelType, Permissions},
    http::{Http, HttpError},
};
use tokio::time::{Instant, sleep_until, timeout};

use crate::discord::Rest;

/// Between two changes of one channel's caption: songs that are skipped are not worth a request
/// each, and Discord's limit for this is tight.
const APART: Duration = Duration::from_secs(5);
/// Between the requests of all servers. A song begins everywhere at once; these are the least
/// important of the 50 requests a second that Discord allows the bot.
const INTERVAL: Duration = Duration::from_millis(125);
/// How long one request may take, the waiting for its turn included.
const REQUEST: Duration = Duration::from_secs(10);
/// The longest that Discord takes, in characters: 500 for a status, 120 for a topic. A status is
/// one line, and short.
pub(super) const LONGEST: usize = 120;
/// What editing a stage takes.
/// <https://docs.discord.com/developers/resources/stage-instance#modify-stage-instance>
const STAGE: Permissions = Permissions::MANAGE_CHANNELS
    .union(Permissions::MUTE_MEMBERS)
    .union(Permissions::MOVE_MEMBERS);

/// Where a caption is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// The status of a voice channel.
    Voice(ChannelId),
    /// The topic of a stage that is live.
    Stage(ChannelId),
}

/// A caption to be written; without a text the status is cleared.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Caption {
    pub(super) place: Place,
    pub(super) text: Option<String>,
}

/// How Discord took it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Written {
    /// It did.
    Yes,
    /// The bot may not, until its permissions change; or there is no such place.
    Refused,
    /// It did not answer, or has too much to do.
    Later,
}

/// What one server's caption is, and when it may change.
#[derive(Debug, Default)]
pub(super) struct Captions {
    /// What was written last.
    shown: Option<Caption>,
    /// Where and with which permissions Discord refused it.
    refused: Option<(Place, Option<Permissions>)>,
    /// No change before.
    next: Option<Instant>,
    /// A request is under way.
    busy: bool,
}

impl Place {
    pub(super) const fn of(kind: ChannelType, channel: ChannelId) -> Option<Self> {
        match kind {
            ChannelType::Voice => Some(Self::Voice(channel)),
            ChannelType::Stage => Some(Self::Stage(channel)),
            _ => None,
        }
    }

    const fn needs(self) -> Permissions {
        match self {
            Self::Voice(_) => Permissions::SET_VOICE_CHANNEL_STATUS,
            Self::Stage(_) => STAGE,
        }
    }
}

impl Captions {
    /// What to write now that this is wanted, with these permissions. Whoever asks does it, and
    /// says how it went.
    pub(super) fn due(
        &mut self,
        now: Instant,
        wanted: Option<&Caption>,
        held: Option<Permissions>,
    ) -> Option<Caption> {
        if self.busy || self.next.is_some_and(|next| now < next) {
            return None;
        }
        let caption = self.change(wanted, held)?;
        self.busy = true;
        Some(caption)
    }

    /// When it is worth asking again, if a change has to wait for no other reason than the time.
    pub(super) fn next(
        &self,
        wanted: Option<&Caption>,
        held: Option<Permissions>,
    ) -> Option<Instant> {
        if self.busy {
            return None;
        }
        self.change(wanted, held).and(self.next)
    }

    /// What would have to be written, and may be.
    fn change(&self, wanted: Option<&Caption>, held: Option<Permissions>) -> Option<Caption> {
        let caption = match (wanted, &self.shown) {
            (Some(wanted), shown) if shown.as_ref() != Some(wanted) => wanted.clone(),
            (None, Some(shown)) => shown.cleared()?,
            _ => return None,
        };
        let place = caption.place;
        let permitted =
            held.is_none_or(|held| held.administrator() || held.contains(place.needs()));
        (permitted && self.refused != Some((place, held))).then_some(caption)
    }

    /// The bot has come into the channel: what was refused before may have been so because it was
    /// outside.
    pub(super) const fn arrived(&mut self) {
        self.refused = None;
    }

    /// What is to be written before the bot goes, so that nothing false stays behind.
    pub(super) fn farewell(&mut self) -> Option<Caption> {
        self.shown.take()?.cleared()
    }

    /// How it went.
    pub(super) fn written(
        &mut self,
        now: Instant,
        caption: Caption,
        held: Option<Permissions>,
        written: Written,
    ) {
        self.busy = false;
        self.next = Some(now + APART);
        match written {
            Written::Yes => {
                self.refused = None;
                self.shown = caption.text.is_some().then_some(caption);
            }
            Written::Refused => self.refused = Some((caption.place, held)),
            Written::Later => {}
        }
    }
}

impl Caption {
    /// How a caption is taken away. A stage always has a topic: the next speaker changes it.
    fn cleared(&self) -> Option<Self> {
        match self.place {
            Place::Voice(_) => Some(Self {
                place: self.place,
                text: None,
            }),
            Place::Stage(_) => None,
        }
    }

    /// Writes it, when the bot may make one more request.
    pub(super) async fn write(&self, rest: &Rest, http: &Http) -> Written {
        let request = async {
            let turn = rest.turn().await;
            let written = match self.place {
                Place::Voice(channel) => {
                    let body = json!({ "status": self.text });
                    http.edit_voice_status(channel, &body, None).await
                }
                Place::Stage(channel) => {
                    let body = json!({ "topic": self.text });
                    let edited = http.edit_stage_instance(channel, &body, None).await;
                    edited.map(drop)
                }
            };
            drop(turn);
            written
        };
        match timeout(REQUEST, request).await {
            Ok(Ok(())) => Written::Yes,
            Ok(Err(serenity::Error::Http(HttpError::UnsuccessfulRequest(answer)))) if matches!(answer.status_code.as_u16(), 400..=428 | 430..=499) => {
                Written::Refused
            }
            _ => Written::Later,
        }
    }
}

/// Spreads the requests of all servers.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Option<Instant>>);

impl Pace {
    /// Waits for the next turn.
    pub(super) async fn turn(&self) {
        let at = {
            let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let at = last.map_or(now, |last| now.max(last + INTERVAL));
            *last = Some(at);
            at
        };
        sleep_until(at).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place::Voice(ChannelId::new(1));
    const HELD: Option<Permissions> = Some(Permissions::SET_VOICE_CHANNEL_STATUS);

    fn caption(text: &str) -> Caption {
        Caption {
            place: HERE,
            text: Some(text.to_owned()),
        }
    }

    #[test]
    fn it_follows_the_song_and_is_cleared_at_the_end() {
        let mut now = Instant::now();
        let mut captions = Captions::default();
        assert_eq!(captions.due(now, None, HELD), None);
        let one = caption("one");
        assert_eq!(captions.due(now, Some(&one), HELD), Some(one.clone()));
        assert_eq!(captions.due(now, Some(&one), HELD), None, "under way");
        captions.written(now, one.clone(), HELD, Written::Yes);
        assert_eq!(captions.next(Some(&one), HELD), None, "nothing to change");
        // Songs that are skipped: only the last is written.
        let (two, three) = (caption("two"), caption("three"));
        assert_eq!(captions.due(now, Some(&two), HELD), None, "too soon");
        let next = captions.next(Some(&three), HELD).unwrap();
        assert_eq!(next, now + APART);
        now = next;
        assert_eq!(captions.due(now, Some(&three), HELD), Some(three.clone()));
        captions.written(now, three, HELD, Written::Later);
        now += APART;
        let four = caption("four");
        assert_eq!(captions.due(now, Some(&four), HELD), Some(four.clone()));
        captions.written(now, four, HELD, Written::Yes);
        assert_eq!(captions.farewell().unwrap().text, None);
        assert_eq!(captions.farewell(), None, "once");
    }

    #[test]
    fn a_refusal_holds_until_the_permissions_change() {
        let mut now = Instant::now();
        let mut captions = Captions::default();
        let one = caption("one");
        assert_eq!(
            captions.due(now, Some(&one), Some(Permissions::SPEAK)),
            None,
            "known without asking"
        );
        captions.due(now, Some(&one), HELD).unwrap();
        captions.written(now, one.clone(), HELD, Written::Refused);
        now += APART * 100;
        assert_eq!(captions.due(now, Some(&one), HELD), None);
        // Whoever waits for a moment that has passed waits for nothing, over and over.
        assert_eq!(captions.next(Some(&one), HELD), None);
        let more = HELD.map(|held| held | Permissions::MANAGE_CHANNELS);
        assert_eq!(captions.due(now, Some(&one), more), Some(one.clone()));
        captions.written(now, one.clone(), more, Written::Refused);
        now += APART;
        assert_eq!(captions.due(now, Some(&one), more), None);
        captions.arrived();
        assert_eq!(captions.due(now, Some(&one), more), Some(one));
    }

    #[test]
    fn a_stage_keeps_its_topic() {
        let now = Instant::now();
        let mut captions = Captions::default();
        let topic = Caption {
            place: Place::Stage(ChannelId::new(2)),
            text: Some("song".to_owned()),
        };
        captions.due(now, Some(&topic), Some(STAGE)).unwrap();
        captions.written(now, topic, Some(STAGE), Written::Yes);
        assert_eq!(captions.due(now + APART, None, Some(STAGE)), None);
        assert_eq!(captions.farewell(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_servers_do_not_ask_at_once() {
        let pace = Pace::default();
        let begin = Instant::now();
        for _ in 0..80 {
            pace.turn().await;
        }
        assert!(begin.elapsed() >= Duration::from_secs(9));
    }
}
