//! Somebody's page with the settings of a server, and what changes on it.

use serenity::all::{Cache, CreateInteractionResponseMessage, GuildId};

use super::{Place, of};
use crate::{
    discord::{
        CommandError, Data,
        cards::{
            settings::{self, switch},
            targets,
        },
        commands::quiet_hours,
        permissions,
    },
    language::{Language, Text},
    store::{RadioSettings, ServerSettings, Style, Target},
};

/// Somebody's page with the settings of a server.
pub(super) struct Page<'a> {
    pub(super) data: &'a Data,
    pub(super) cache: &'a Cache,
    pub(super) guild: GuildId,
    pub(super) language: Language,
}

pub(super) type Message = CreateInteractionResponseMessage;

impl Page<'_> {
    pub(super) async fn home(&self, changed: Option<&str>) -> Result<Message, CommandError> {
        let settings = of(self.data, self.guild).await?;
        Ok(Message::new()
            .embed(settings::card(&settings, changed, self.language))
            .components(settings::rows(&settings, self.language)))
    }

    pub(super) async fn radio(&self, changed: Option<&str>) -> Result<Message, CommandError> {
        let settings = of(self.data, self.guild).await?;
        Ok(Message::new()
            .embed(settings::radio::card(&settings, changed, self.language))
            .components(settings::radio::rows(&settings, self.language)))
    }

    pub(super) fn night(&self, target: &Target, changed: Option<&str>) -> Message {
        Message::new()
            .embed(settings::channel::card(target, changed, self.language))
            .components(settings::quiet::rows(target, self.language))
    }

    pub(super) fn target(&self, target: &Target, changed: Option<&str>) -> Message {
        Message::new()
            .embed(settings::channel::card(target, changed, self.language))
            .components(settings::channel::rows(target, self.language))
    }

    pub(super) fn tongue(&self, target: &Target, changed: Option<&str>) -> Message {
        Message::new()
            .embed(settings::channel::card(target, changed, self.language))
            .components(settings::tongue::rows(target, self.language))
    }

    /// Everything, and what of it was changed.
    pub(super) async fn changed(
        &self,
        what: Text<'static>,
        now: String,
        before: String,
    ) -> Result<Message, CommandError> {
        let changed = settings::changed(what, now, before, self.language);
        self.home(Some(&changed)).await
    }

    /// `change` gives what was set before.
    pub(super) async fn toggle(
        &self,
        what: Text<'static>,
        on: bool,
        change: impl FnOnce(&mut RadioSettings) -> bool + Send,
    ) -> Result<Message, CommandError> {
        let mut before = on;
        let radio = &self.data.radio;
        radio
            .configure(self.guild, |radio| before = change(radio))
            .await?;
        let (now, before) = (switch(on, self.language), switch(before, self.language));
        self.changed(what, now, before).await
    }

    /// `change` gives what was set before, and `name` is how both are called.
    pub(super) async fn choose<T: Copy + Send>(
        &self,
        what: Text<'static>,
        now: T,
        change: impl FnOnce(&mut RadioSettings) -> T + Send,
        name: impl Fn(T, Language) -> String,
    ) -> Result<Message, CommandError> {
        let mut before = now;
        let radio = &self.data.radio;
        radio
            .configure(self.guild, |radio| before = change(radio))
            .await?;
        let said = |value| name(value, self.language);
        let changed = settings::changed(what, said(now), said(before), self.language);
        self.radio(Some(&changed)).await
    }

    pub(super) async fn requiet(
        &self,
        place: Place,
        hours: Option<&str>,
        zone: Option<&str>,
    ) -> Result<Message, CommandError> {
        let before = self.find(place).await?.style;
        let quiet = quiet_hours(before.quiet, hours, zone)?;
        let (after, changed) = self.set(place, |style| style.quiet = quiet).await?;
        Ok(self.night(&after, Some(&changed)))
    }

    pub(super) async fn retongue(
        &self,
        place: Place,
        chosen: Option<Language>,
    ) -> Result<Message, CommandError> {
        let (after, changed) = self.set(place, |style| style.language = chosen).await?;
        Ok(self.tongue(&after, Some(&changed)))
    }

    pub(super) async fn reword(
        &self,
        what: Text<'static>,
        change: impl FnOnce(&mut ServerSettings) + Send,
        name: impl Fn(ServerSettings, &Self) -> String,
    ) -> Result<Message, CommandError> {
        let (servers, store) = (&self.data.servers, &self.data.store);
        let (before, now) = servers.choose(store, self.guild, change).await?;
        self.changed(what, name(now, self), name(before, self))
            .await
    }

    pub(super) async fn restyle(
        &self,
        place: Place,
        change: impl FnOnce(&mut Style) + Send,
    ) -> Result<Message, CommandError> {
        let (after, changed) = self.set(place, change).await?;
        Ok(self.target(&after, Some(&changed)))
    }

    /// Gives the channel as it is now, and in words how it was, and whether a role is named in vain.
    async fn set(
        &self,
        place: Place,
        change: impl FnOnce(&mut Style) + Send,
    ) -> Result<(Target, String), CommandError> {
        let before = self.find(place).await?;
        let mut style = before.style;
        change(&mut style);
        let store = &self.data.store;
        store
            .set_target(self.guild, place.channel, place.station, &style)
            .await?;
        let after = self.find(place).await?;
        let style = targets::style(&before.style, self.language).into();
        let changed = self.language.say(Text::ChangedBefore { style });
        let silent = permissions::silent_role(self.cache, self.guild, place.channel, &after.style);
        let changed = targets::with_silent_role(changed, silent, self.language);
        Ok((after, changed))
    }

    pub(super) async fn find(&self, place: Place) -> Result<Target, CommandError> {
        let targets = self.data.store.targets_of(self.guild).await?;
        targets
            .into_iter()
            .find(|target| Place::of(target) == place)
            .ok_or_else(|| CommandError::refused(Text::NoSuchTarget))
    }
}
