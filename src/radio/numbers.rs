//! What an operator sees of the streams.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric},
    metrics::{MetricType, TypedMetric, counter::ConstCounter, gauge::ConstGauge},
};

use super::{
    Feeds,
    demux::{Codec, Dropped as Reason},
    feed::Feed,
};
use crate::station::Station;

/// Counts of both feeds, taken when asked for.
#[derive(Debug)]
pub(super) struct Numbers(pub(super) Feeds);

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Stream {
    station: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Encoding {
    station: &'static str,
    codec: &'static str,
}

#[derive(Clone, Debug, EncodeLabelSet, Eq, Hash, PartialEq)]
struct Correction {
    station: &'static str,
    kind: &'static str,
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
            "Packets and frames that can be played, those heard before a reconnect included",
            |feed| ConstCounter::new(feed.stats().counts.frames),
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
        self.per_station(
            &mut encoder,
            "stream_transcoded_packets",
            "Packets of 20 ms made of frames that Discord does not take as they are",
            |feed| ConstCounter::new(feed.stats().transcoded),
        )?;
        self.per_station(
            &mut encoder,
            "stream_address",
            "Which of the configured addresses gives the sound, from 1; 0 while none does",
            |feed| {
                let report = feed.report();
                let address = report.since.map_or(0, |_| report.address);
                ConstGauge::new(i64::try_from(address).unwrap_or(i64::MAX))
            },
        )?;
        self.codecs(&mut encoder)?;
        self.corrections(&mut encoder)?;
        let mut dropped = encoder.encode_descriptor(
            "stream_dropped_packets",
            "Packets and frames that were left out because they cannot be played",
            None,
            MetricType::Counter,
        )?;
        for station in Station::ALL {
            let counts = self.0.get(station).stats().counts;
            for (reason, count) in Reason::ALL.into_iter().zip(counts.dropped) {
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
    fn codecs(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut metric = encoder.encode_descriptor(
            "stream_codec",
            "1 for the codec of the station's stream",
            None,
            MetricType::Gauge,
        )?;
        for station in Station::ALL {
            let report = self.0.get(station).report();
            for codec in Codec::ALL {
                let label = Encoding {
                    station: station.key(),
                    codec: codec.key(),
                };
                let is_this = ConstGauge::new(i64::from(report.codec == Some(codec)));
                is_this.encode(metric.encode_family(&label)?)?;
            }
        }
        Ok(())
    }

    fn corrections(&self, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut metric = encoder.encode_descriptor(
            "stream_corrections",
            "Packets left out or played twice because the station's clock and ours differ",
            None,
            MetricType::Counter,
        )?;
        for station in Station::ALL {
            let corrections = self.0.get(station).stats().corrections;
            for (kind, count) in [
                ("dropped", corrections.dropped),
                ("repeated", corrections.repeated),
            ] {
                let label = Correction {
                    station: station.key(),
                    kind,
                };
                ConstCounter::new(count).encode(metric.encode_family(&label)?)?;
            }
        }
        Ok(())
    }

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
            Feed::new(station, address.into(), reqwest::Client::new()).0
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
            r#"uguisu_stream_transcoded_packets_total{station="jpop"} 0"#,
            r#"uguisu_stream_address{station="jpop"} 0"#,
            r#"uguisu_stream_codec{station="jpop",codec="vorbis"} 0"#,
            r#"uguisu_stream_corrections_total{station="kpop",kind="dropped"} 0"#,
            r#"uguisu_volume_levels{station="jpop"} 0"#,
            r#"uguisu_volume_skipped_packets_total{station="jpop"} 0"#,
            r#"uguisu_stream_dropped_packets_total{station="kpop",reason="malformed"} 0"#,
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
    }
}
