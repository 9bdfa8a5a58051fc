//! The numbers an operator watches, in the format of Prometheus.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text},
    metrics::{
        TypedMetric,
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
    },
    registry::{Registry, Unit},
};
use tokio::sync::watch;

use crate::{lanyard::Presences, link::LinkStatus};

/// How an announcement ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnnouncementResult {
    /// The message is in the channel.
    Posted,
    /// Discord refused it, or could not be reached.
    Failed,
    /// Dropped on purpose: a newer song came before it could be posted.
    Skipped,
}

impl AnnouncementResult {
    const ALL: [Self; 3] = [Self::Posted, Self::Failed, Self::Skipped];

    /// The value of the label `result`.
    const fn label(self) -> Announcement {
        Announcement {
            result: match self {
                Self::Posted => "posted",
                Self::Failed => "failed",
                Self::Skipped => "skipped",
            },
        }
    }
}

/// The session with Discord's gateway, over all shards.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum DiscordState {
    /// Not ready yet, since the start of the process.
    #[default]
    Connecting,
    /// Commands are answered.
    Ready,
    /// It was ready and is not now.
    Lost,
}

impl DiscordState {
    /// One word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Ready => "ready",
            Self::Lost => "lost",
        }
    }
}

/// The metrics, and the state that health is judged by. A cheap handle: clone it.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    announcements: Family<Announcement, Counter>,
    calls: Gauge,
    live_cards: Gauge,
    scraped: Scraped,
    discord: watch::Sender<DiscordState>,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Announcement {
    result: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Upstream {
    upstream: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics that are all zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("uguisu");
        let announcements = Family::<Announcement, Counter>::default();
        registry.register(
            "announcements",
            "Announcements of songs, by how they ended",
            announcements.clone(),
        );
        let calls = Gauge::default();
        registry.register("calls", "Voice calls the radio is in", calls.clone());
        let live_cards = Gauge::default();
        registry.register(
            "live_cards",
            "Answers that are kept up to date",
            live_cards.clone(),
        );
        let discord = watch::Sender::new(DiscordState::default());
        let scraped = Scraped::new(discord.subscribe());
        registry.register_collector(Box::new(scraped.clone()));
        // A counter that exists from the start can be told from one that is missing.
        for result in AnnouncementResult::ALL {
            drop(announcements.get_or_create(&result.label()));
        }
        Self(Arc::new(Inner {
            registry,
            announcements,
            calls,
            live_cards,
            scraped,
            discord,
        }))
    }

    /// An announcement ended like this.
    pub fn announcement(&self, result: AnnouncementResult) {
        self.0.announcements.get_or_create(&result.label()).inc();
    }

    /// Announcements that arrived since the start.
    pub fn announced(&self) -> u64 {
        let posted = AnnouncementResult::Posted.label();
        self.0.announcements.get_or_create(&posted).get()
    }

    /// The radio is in so many calls now.
    pub fn set_calls(&self, calls: usize) {
        self.0.calls.set(i64::try_from(calls).unwrap_or(i64::MAX));
    }

    /// So many answers are kept up to date now.
    pub fn set_live_cards(&self, cards: usize) {
        let cards = i64::try_from(cards).unwrap_or(i64::MAX);
        self.0.live_cards.set(cards);
    }

    /// The session with Discord is in this state now.
    pub fn set_discord(&self, state: DiscordState) {
        self.0.discord.send_replace(state);
    }

    /// The state of the session with Discord, to read or to wait for.
    pub fn discord(&self) -> watch::Receiver<DiscordState> {
        self.0.discord.subscribe()
    }

    /// From now on the state of this link is part of the metrics and of health, as
    /// `upstream="name"`: `listen-moe-jpop`, `listen-moe-kpop`, `lanyard`, `stream-jpop`,
    /// `stream-kpop`.
    pub fn watch_upstream(&self, name: &'static str, status: LinkStatus) {
        self.0.scraped.lock().upstreams.push((name, status));
    }

    /// From now on the number of presences is part of the metrics and of health.
    pub fn watch_presences(&self, presences: Presences) {
        self.0.scraped.lock().presences = Some(presences);
    }

    /// From now on what `streams` collects is part of the metrics.
    pub fn watch_streams(&self, streams: impl Collector) {
        self.0.scraped.lock().streams = Some(Box::new(streams));
    }

    /// The links that are watched.
    pub fn upstreams(&self) -> Vec<(&'static str, LinkStatus)> {
        self.0.scraped.lock().upstreams.clone()
    }

    /// How many presences are held.
    pub fn presences(&self) -> usize {
        let presences = self.0.scraped.lock().presences.clone();
        presences.map_or(0, |presences| presences.len())
    }

    /// How many calls the radio is in.
    pub fn calls(&self) -> i64 {
        self.0.calls.get()
    }

    /// Everything, as text for Prometheus (`OpenMetrics` 1.0).
    ///
    /// # Errors
    /// Only when a metric cannot be written, which is a mistake in this program.
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut page = String::new();
        text::encode(&mut page, &self.0.registry)?;
        Ok(page)
    }
}

/// What is asked for at each scrape instead of being counted as it happens.
#[derive(Clone, Debug)]
struct Scraped {
    sources: Arc<Mutex<Sources>>,
    discord: watch::Receiver<DiscordState>,
}

#[derive(Debug, Default)]
struct Sources {
    upstreams: Vec<(&'static str, LinkStatus)>,
    presences: Option<Presences>,
    streams: Option<Box<dyn Collector>>,
}

impl Scraped {
    fn new(discord: watch::Receiver<DiscordState>) -> Self {
        Self {
            sources: Arc::default(),
            discord,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Sources> {
        self.sources.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Scraped {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let sources = self.lock();
        let links = sources.upstreams.as_slice();
        each(
            &mut encoder,
            (
                "upstream_up",
                "1 while the connection to the upstream works, 0 otherwise",
            ),
            None,
            links,
            |status| ConstGauge::new(i64::from(status.state().is_up())),
        )?;
        each(
            &mut encoder,
            (
                "upstream_last_frame",
                "Time since the upstream's last frame, or since the start",
            ),
            Some(&Unit::Seconds),
            links,
            |status| ConstGauge::new(seconds(status.since_last_frame())),
        )?;
        each(
            &mut encoder,
            (
                "malformed_frames",
                "Frames that could not be understood and were dropped",
            ),
            None,
            links,
            |status| ConstCounter::new(status.malformed()),
        )?;
        each(
            &mut encoder,
            (
                "ignored_frames",
                "Well-formed frames of a kind this version does not know",
            ),
            None,
            links,
            |status| ConstCounter::new(status.ignored()),
        )?;
        let presences = sources.presences.as_ref().map_or(0, Presences::len);
        let presences = i64::try_from(presences).unwrap_or(i64::MAX);
        one(
            &mut encoder,
            ("presences", "Presences held in memory"),
            presences,
        )?;
        let ready = i64::from(*self.discord.borrow() == DiscordState::Ready);
        one(
            &mut encoder,
            (
                "discord_ready",
                "1 while Discord's session is ready, 0 otherwise",
            ),
            ready,
        )?;
        match &sources.streams {
            Some(streams) => streams.encode(encoder),
            None => Ok(()),
        }
    }
}

/// Writes a metric that every upstream has.
fn each<M: EncodeMetric + TypedMetric>(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    unit: Option<&Unit>,
    links: &[(&'static str, LinkStatus)],
    value: impl Fn(&LinkStatus) -> M,
) -> Result<(), fmt::Error> {
    let mut family = encoder.encode_descriptor(name, help, unit, M::TYPE)?;
    for (upstream, status) in links {
        value(status).encode(family.encode_family(&Upstream { upstream })?)?;
    }
    Ok(())
}

/// Writes a metric of one value.
fn one(
    encoder: &mut DescriptorEncoder<'_>,
    (name, help): (&str, &str),
    value: i64,
) -> Result<(), fmt::Error> {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
}

/// To the millisecond: more digits tell nothing.
fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{LinkReporter, LinkState};

    #[tokio::test(start_paused = true)]
    async fn the_page_has_the_promised_names_and_values() {
        let metrics = Metrics::new();
        let (reporter, status) = LinkReporter::new();
        metrics.watch_upstream("lanyard", status);
        metrics.announcement(AnnouncementResult::Posted);
        reporter.malformed();
        metrics.set_calls(3);
        metrics.set_live_cards(2);
        metrics.set_discord(DiscordState::Ready);
        reporter.set(LinkState::Up {
            since: tokio::time::Instant::now(),
        });
        tokio::time::advance(Duration::from_millis(1500)).await;

        let page = metrics.encode().unwrap();
        for line in [
            r#"uguisu_upstream_up{upstream="lanyard"} 1"#,
            r#"uguisu_upstream_last_frame_seconds{upstream="lanyard"} 1.5"#,
            "uguisu_presences 0",
            "uguisu_calls 3",
            "uguisu_live_cards 2",
            "uguisu_discord_ready 1",
            r#"uguisu_announcements_total{result="posted"} 1"#,
            r#"uguisu_malformed_frames_total{upstream="lanyard"} 1"#,
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
    }
}
