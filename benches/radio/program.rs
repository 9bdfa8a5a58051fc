//! The programs that play: our bot, and those of others. Each is a process of its own.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use serenity::all::{ChannelId, GuildId};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::timeout,
};
use uguisu::{
    station::Station,
    store::{RadioSettings, Store},
};

use crate::{
    sandbox::{Place, Sandbox},
    usage::{Threads, Usage},
};

/// How long a program may take to end when asked to.
const END: Duration = Duration::from_secs(20);

/// A running program.
pub(crate) struct Program {
    child: Child,
    _directory: Option<TempDir>,
}

/// As servers have it that never said anything.
pub(crate) fn defaults(_: usize, _: &mut RadioSettings) {}

impl Program {
    /// Our bot, whose settings say that it is to play in these places, as `want` has it for each.
    pub(crate) async fn bot(
        sandbox: &Sandbox,
        places: &[Place],
        want: impl Fn(usize, &mut RadioSettings) + Sync,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let database = format!("sqlite://{}/uguisu.db", directory.path().display());
        let store = Store::open(&database).await?;
        for (index, place) in places.iter().enumerate() {
            let (guild, channel) = (GuildId::new(place.guild), ChannelId::new(place.channel));
            store.set_radio(guild, channel, Station::Jpop).await?;
            store
                .change_radio_settings(guild, |settings| want(index, settings))
                .await?;
        }
        store.close().await;
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_uguisu"));
        command
            .current_dir(directory.path())
            .env("HTTP_LISTEN", "127.0.0.1:0")
            .env("DATABASE_URL", &database)
            .env("LOG", "warn");
        Self::start(command, Some(directory))
    }

    /// songbird with an input per call: this very program, started with other arguments.
    pub(crate) fn songbird(
        sandbox: &Sandbox,
        places: &[Place],
        source: &str,
    ) -> anyhow::Result<Self> {
        let mut command = sandbox.command(std::env::current_exe()?);
        command
            .arg("songbird")
            .arg(source)
            .args(places.iter().map(argument));
        Self::start(command, None)
    }

    /// discord.js with one player for all calls.
    pub(crate) fn discordjs(
        sandbox: &Sandbox,
        places: &[Place],
        source: &str,
        node: &Path,
        program: &Path,
    ) -> anyhow::Result<Self> {
        let mut command = sandbox.command(node);
        command
            .arg(program)
            .arg(source)
            .args(places.iter().map(argument));
        Self::start(command, None)
    }

    fn start(mut command: Command, directory: Option<TempDir>) -> anyhow::Result<Self> {
        let child = command.spawn().with_context(|| format!("{command:?}"))?;
        Ok(Self {
            child,
            _directory: directory,
        })
    }

    pub(crate) fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the program has ended")
    }

    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.id()?)
    }

    pub(crate) fn threads(&self) -> anyhow::Result<Threads> {
        Threads::of(self.id()?)
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks it to end, as an operator does.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(id) = self.child.id() {
            let id = id.to_string();
            Command::new("kill").args(["-TERM", &id]).status().await?;
        }
        if timeout(END, self.child.wait()).await.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

fn argument(place: &Place) -> String {
    format!("{}:{}", place.guild, place.channel)
}
