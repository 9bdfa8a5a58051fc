//! Keeps the message with the radio's buttons true: it is edited when what it says has changed.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serenity::all::{ChannelId, CreateActionRow, CreateEmbed, CreateMessage, EditMessage, GuildId};
use time::OffsetDateTime;
use tokio::{
    select,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::{Data, RestError, cards, changes::Tuning};
use crate::{
    language::Language,
    radio::{Ended, Ending, Report},
    store::{Panel, StoreError},
};

/// Between two edits of one message. What changes meanwhile is in the next one.
const APART: Duration = Duration::from_secs(3);
/// After an edit that Discord did not answer.
const RETRY: Duration = Duration::from_secs(10);
/// Edits under way at once.
const AT_ONCE: usize = 8;

/// What the message with the buttons shows. `already` is for who asks for what is so.
pub(super) fn face(
    data: &Data,
    guild: GuildId,
    report: &Report,
    already: bool,
    language: Language,
) -> (CreateEmbed, Vec<CreateActionRow>) {
    let before = data.changes.before(guild, Tuning::of(report));
    (
        cards::panel::card(report, before, already, language),
        cards::panel::buttons(report, language),
    )
}

/// Takes a message for the one with the buttons; the one before loses them.
pub(super) async fn adopt(data: &Data, guild: GuildId, panel: Panel) -> Result<(), StoreError> {
    let before = data.store.panel(guild).await?;
    data.store.set_panel(guild, panel).await?;
    if let Some(before) = before.filter(|before| before.message != panel.message) {
        retire(data, before).await;
    }
    Ok(())
}

/// Takes the buttons away from a message that another has replaced.
async fn retire(data: &Data, panel: Panel) {
    let edit = EditMessage::new().components(Vec::new());
    let turn = data.rest.turn().await;
    let edited = data.rest.edit(turn, panel.channel, panel.message, &edit);
    if let Err(error) = edited.await {
        debug!(channel = %panel.channel, "old buttons stay where they are: {error}");
    }
}

/// Follows the calls until the token is cancelled.
pub async fn run(data: Data, token: CancellationToken) {
    let mut keeper = Keeper {
        data,
        due: HashMap::new(),
        edited: HashMap::new(),
        told: HashMap::new(),
        work: JoinSet::new(),
    };
    token.run_until_cancelled(keeper.follow()).await;
}

struct Keeper {
    data: Data,
    /// When each message is to be edited.
    due: HashMap<GuildId, Instant>,
    /// When each was edited last.
    edited: HashMap<GuildId, Instant>,
    /// Which ending each server was told of.
    told: HashMap<GuildId, OffsetDateTime>,
    /// Ends with the server whose message has to be tried again.
    work: JoinSet<Option<GuildId>>,
}

impl Keeper {
    async fn follow(&mut self) {
        loop {
            let next = self.due.values().min().copied();
            select! {
                changed = self.data.radio.changed() => self.schedule(changed),
                () = at(next), if self.work.len() < AT_ONCE => self.edit().await,
                Some(done) = self.work.join_next() => {
                    if let Ok(Some(guild)) = done {
                        self.due.entry(guild).or_insert(Instant::now() + RETRY);
                    }
                }
            }
        }
    }

    fn schedule(&mut self, changed: HashSet<GuildId>) {
        let now = Instant::now();
        self.edited.retain(|_, edited| *edited + APART > now);
        for guild in changed {
            let earliest = self
                .edited
                .get(&guild)
                .map_or(now, |edited| *edited + APART);
            self.due.entry(guild).or_insert(earliest);
        }
    }

    /// Edits the message that is due first.
    async fn edit(&mut self) {
        let Some((guild, _)) = self.due.iter().min_by_key(|(_, due)| **due) else {
            return;
        };
        let guild = *guild;
        self.due.remove(&guild);
        self.edited.insert(guild, Instant::now());
        let Ok(report) = self.data.radio.report(guild).await else {
            return;
        };
        if report.target.is_some() {
            self.told.remove(&guild);
        } else if let Some(ended) = report.ended
            && matches!(ended.why, Ending::Hopeless(_))
            && self.told.insert(guild, ended.at) != Some(ended.at)
        {
            self.work
                .spawn(say_goodbye(self.data.clone(), guild, ended));
        }
        self.work.spawn(keep_true(self.data.clone(), guild, report));
    }
}

async fn keep_true(data: Data, guild: GuildId, report: Report) -> Option<GuildId> {
    let panel = match data.store.panel(guild).await {
        Ok(Some(panel)) => panel,
        Ok(None) => return None,
        Err(error) => {
            warn!(%guild, "cannot read where the radio's buttons are: {error}");
            return None;
        }
    };
    let language = data.servers.wording(guild).language;
    let (card, buttons) = face(&data, guild, &report, false, language);
    let edit = EditMessage::new().embed(card).components(buttons);
    let turn = data.rest.turn().await;
    let edited = data.rest.edit(turn, panel.channel, panel.message, &edit);
    let over = match edited.await {
        Ok(()) => report.target.is_none(),
        // Deleted, or out of reach.
        Err(RestError::Refused { .. }) => true,
        Err(error) => {
            debug!(%guild, "the radio's buttons are not up to date: {error}");
            return Some(guild);
        }
    };
    if over && let Err(error) = data.store.clear_panel(guild, panel).await {
        warn!(%guild, "where the radio's buttons are cannot be forgotten: {error}");
    }
    None
}

/// Says once why the bot does not come back: in the voice channel's own chat, or where it was asked.
async fn say_goodbye(data: Data, guild: GuildId, ended: Ended) -> Option<GuildId> {
    let language = data.servers.wording(guild).language;
    let text = cards::panel::goodbye(ended.why, ended.channel, language);
    let panel = data.store.panel(guild).await.ok().flatten();
    let places: [Option<ChannelId>; 2] = [Some(ended.channel), panel.map(|panel| panel.channel)];
    for channel in places.into_iter().flatten() {
        let turn = data.rest.turn().await;
        let message = CreateMessage::new().content(text.clone());
        match data.rest.create(turn, channel, &message).await {
            Ok(_) => {
                info!(%guild, %channel, "said why the radio does not come back");
                return None;
            }
            Err(error) => debug!(%guild, %channel, "could not say goodbye there: {error}"),
        }
    }
    None
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}
