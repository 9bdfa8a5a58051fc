//! The numbers an operator watches, in the format of Prometheus.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text},
    metrics::{MetricType, counter::Counter, family::Family, gauge::ConstGauge, gauge::Gauge},
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
    malformed: Family<Upstream, Counter>,
    ignored: Family<Upstream, Counter>,
    calls: Gauge,
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
        let malformed = Family::<Upstream, Counter>::default();
        registry.register(
            "malformed_frames",
            "Frames that could not be understood and were dropped",
            malformed.clone(),
        );
        let ignored = Family::<Upstream, Counter>::default();
        registry.register(
            "ignored_frames",
            "Well-formed frames of a kind this version does not know",
            ignored.clone(),
        );
        let calls = Gauge::default();
        registry.register("calls", "Voice calls the radio is in", calls.clone());
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
            malformed,
            ignored,
            calls,
            scraped,
            discord,
        }))
    }

    /// An announcement ended like this.
    pub fn announcement(&self, result: AnnouncementResult) {
        self.0.announcements.get_or_create(&result.label()).inc();
    }

    /// A frame of `upstream` could not be understood.
    pub fn malformed_frame(&self, upstream: &'static str) {
        self.0.malformed.get_or_create(&Upstream { upstream }).inc();
    }

    /// A frame of `upstream` was of an unknown kind.
    pub fn ignored_frame(&self, upstream: &'static str) {
        self.0.ignored.get_or_create(&Upstream { upstream }).inc();
    }

    /// The radio is in so many calls now.
    pub fn set_calls(&self, calls: usize) {
        self.0.calls.set(i64::try_from(calls).unwrap_or(i64::MAX));
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
        drop(self.0.malformed.get_or_create(&Upstream { upstream: name }));
        self.0.scraped.lock().upstreams.push((name, status));
    }

    /// From now on the number of presences is part of the metrics and of health.
    pub fn watch_presences(&self, presences: Presences) {
        self.0.scraped.lock().presences = Some(presences);
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
        let upstream = |name: &'static str| Upstream { upstream: name };

        let mut up = encoder.encode_descriptor(
            "upstream_up",
            "1 while the connection to the upstream works, 0 otherwise",
            None,
            MetricType::Gauge,
        )?;
        for (name, status) in &sources.upstreams {
            let value = ConstGauge::new(i64::from(status.state().is_up()));
            value.encode(up.encode_family(&upstream(name))?)?;
        }

        let mut age = encoder.encode_descriptor(
            "upstream_last_frame",
            "Time since the last frame of the upstream, or since the start when there was none",
            Some(&Unit::Seconds),
            MetricType::Gauge,
        )?;
        for (name, status) in &sources.upstreams {
            let value = ConstGauge::new(seconds(status.since_last_frame()));
            value.encode(age.encode_family(&upstream(name))?)?;
        }

        let presences = sources.presences.as_ref().map_or(0, Presences::len);
        gauge(
            &mut encoder,
            "presences",
            "Presences held in memory",
            i64::try_from(presences).unwrap_or(i64::MAX),
        )?;
        gauge(
            &mut encoder,
            "discord_ready",
            "1 while the session with Discord is ready, 0 otherwise",
            i64::from(*self.discord.borrow() == DiscordState::Ready),
        )
    }
}

fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: i64,
) -> Result<(), fmt::Error> {
    ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
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
        metrics.malformed_frame("lanyard");
        metrics.set_calls(3);
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
