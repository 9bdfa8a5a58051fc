//! What an operator sees of the streams.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{MetricType, TypedMetric, counter::ConstCounter, gauge::ConstGauge},
};

use super::{Feeds, feed::Feed, opus::Unfit};
use crate::station::Station;

/// Counts of both feeds, taken when asked for.
#[derive(Debug)]
pub(super) struct Numbers(pub(super) Feeds);

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Stream {
    station: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Dropped {
    station: &'static str,
    reason: &'static str,
}

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        self.per_station(
            &mut encoder,
            "stream_connections",
            "Connections to the station's stream that were answered",
            |feed| ConstCounter::new(feed.stats().connections),
        )?;
        self.per_station(
            &mut encoder,
            "stream_packets",
            "Packets of 20 ms that could be relayed, those heard before a reconnect included",
            |feed| ConstCounter::new(feed.stats().counts.packets),
        )?;
        self.per_station(
            &mut encoder,
            "stream_lost_pages",
            "Holes in the stream and pages with a wrong checksum; one for each connection is normal",
            |feed| {
                let counts = feed.stats().counts;
                ConstCounter::new(counts.lost_pages + counts.damaged_pages)
            },
        )?;
        self.per_station(
            &mut encoder,
            "volume_levels",
            "Volumes other than 100% in use, each of which costs a transcode",
            |feed| ConstGauge::new(i64::try_from(feed.levels().count()).unwrap_or(i64::MAX)),
        )?;
        self.per_station(
            &mut encoder,
            "volume_skipped_packets",
            "Packets that were left out at some volume because the machine could not keep up",
            |feed| ConstCounter::new(feed.levels().skipped()),
        )?;
        let mut dropped = encoder.encode_descriptor(
            "stream_dropped_packets",
            "Packets that were left out because Discord would not play them",
            None,
            MetricType::Counter,
        )?;
        for station in Station::ALL {
            let counts = self.0.get(station).stats().counts;
            for (reason, count) in Unfit::ALL.into_iter().zip(counts.unfit) {
                let label = Dropped {
                    station: station.key(),
                    reason: reason.key(),
                };
                ConstCounter::new(count).encode(dropped.encode_family(&label)?)?;
            }
        }
        Ok(())
    }
}

impl Numbers {
    fn per_station<M: EncodeMetric + TypedMetric>(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        value: impl Fn(&Feed) -> M,
    ) -> Result<(), fmt::Error> {
        let mut metric = encoder.encode_descriptor(name, help, None, M::TYPE)?;
        for station in Station::ALL {
            let label = Stream {
                station: station.key(),
            };
            value(self.0.get(station)).encode(metric.encode_family(&label)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Address, telemetry::Metrics};

    #[test]
    fn each_number_has_its_line() {
        let feed = |station| {
            let address = Address::http("http://localhost/").unwrap();
            Feed::new(station, address, reqwest::Client::new()).0
        };
        let metrics = Metrics::new();
        metrics.watch_streams(Numbers(Feeds {
            jpop: feed(Station::Jpop),
            kpop: feed(Station::Kpop),
        }));
        let page = metrics.encode().unwrap();
        for line in [
            r#"uguisu_stream_connections_total{station="jpop"} 0"#,
            r#"uguisu_stream_packets_total{station="kpop"} 0"#,
            r#"uguisu_stream_lost_pages_total{station="jpop"} 0"#,
            r#"uguisu_volume_levels{station="jpop"} 0"#,
            r#"uguisu_volume_skipped_packets_total{station="jpop"} 0"#,
            r#"uguisu_stream_dropped_packets_total{station="kpop",reason="not_20ms"} 0"#,
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
    }
}
