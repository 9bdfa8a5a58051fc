//! What an operator sees of the streams.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter},
};

use super::{Feeds, feed::FeedStats, opus::Unfit};
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
            |stats| stats.connections,
        )?;
        self.per_station(
            &mut encoder,
            "stream_packets",
            "Packets of 20 ms that could be relayed, those heard before a reconnect included",
            |stats| stats.counts.packets,
        )?;
        self.per_station(
            &mut encoder,
            "stream_lost_pages",
            "Holes in the stream and pages with a wrong checksum; one for each connection is normal",
            |stats| stats.counts.lost_pages + stats.counts.damaged_pages,
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
    fn per_station(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
        value: impl Fn(FeedStats) -> u64,
    ) -> Result<(), fmt::Error> {
        let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for station in Station::ALL {
            let label = Stream {
                station: station.key(),
            };
            let stats = self.0.get(station).stats();
            ConstCounter::new(value(stats)).encode(metric.encode_family(&label)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Address, radio::feed::Feed, telemetry::Metrics};

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
            r#"uguisu_stream_dropped_packets_total{station="kpop",reason="not_20ms"} 0"#,
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
    }
}
