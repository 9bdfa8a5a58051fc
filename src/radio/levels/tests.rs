#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "of counts of samples, for decibels"
)]

use bytes::Bytes;

use super::*;
use crate::radio::{
    encode::{
        CHANNELS,
        tests::{decode, tone},
    },
    opus::{self, FRAME_SAMPLES},
    ring::CUSHION,
};

struct Station1 {
    writer: Writer,
    levels: Levels,
    bench: Vec<Bench>,
    now: Instant,
}

impl Station1 {
    fn new() -> Self {
        let writer = Writer::new();
        let levels = Levels::new(Arc::clone(writer.ring()));
        Self {
            writer,
            levels,
            bench: Vec::new(),
            now: Instant::now(),
        }
    }

    fn send(&mut self, packets: &[Bytes]) {
        for packet in packets {
            self.writer.push(packet.clone());
        }
    }

    /// Works until there is nothing left to do.
    fn work(&mut self) {
        while self.levels.0.round(&mut self.bench, self.now) {}
    }

    fn volume(&self, percent: u8) -> LevelUse {
        self.levels.at(percent.try_into().unwrap(), u64::MAX)
    }
}

fn all(ring: &Ring) -> Vec<Bytes> {
    (ring.floor()..ring.head())
        .map(|position| ring.get(position).unwrap())
        .collect()
}

/// Level in dB of full scale, but for the first 200 ms.
fn level(pcm: &[f32]) -> f32 {
    let pcm = &pcm[10 * CHANNELS * usize::from(FRAME_SAMPLES)..];
    let power: f32 = pcm.iter().map(|value| value * value).sum();
    10.0 * (power / pcm.len() as f32).log10()
}

/// How much of the sound is not the tone, in dB of the whole; but for the first 200 ms.
fn beside_tone(pcm: &[f32], hertz: f32) -> f32 {
    let left: Vec<f32> = pcm[10 * CHANNELS * usize::from(FRAME_SAMPLES)..]
        .iter()
        .step_by(CHANNELS)
        .copied()
        .take(4800 * 3)
        .collect();
    let (mut re, mut im, mut power) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (at, value) in left.iter().enumerate() {
        let (angle, value) = (
            std::f64::consts::TAU * f64::from(hertz) * at as f64 / 48_000.0,
            f64::from(*value),
        );
        re += value * angle.cos();
        im += value * angle.sin();
        power += value * value;
    }
    let tone = 2.0 * (re * re + im * im) / left.len() as f64;
    (10.0 * ((power - tone).max(0.0) / power).log10()) as f32
}

#[test]
fn each_volume_is_as_loud_as_it_says() {
    let mut station = Station1::new();
    let packets = tone(440.0, 0.2, 40);
    station.send(&packets);
    let before = level(&decode(&packets));
    let volumes: Vec<u8> = vec![5, 10, 50, 75, 95, 105, 150, 200];
    let used: Vec<_> = volumes
        .iter()
        .map(|volume| station.volume(*volume))
        .collect();
    station.work();
    for (volume, used) in volumes.into_iter().zip(&used) {
        let after = level(&decode(&all(used.ring())));
        let expected = 20.0 * (f32::from(volume) / 100.0).log10();
        let measured = after - before;
        assert!(
            (measured - expected).abs() < 0.3,
            "{volume}%: {measured} dB"
        );
    }
}

#[test]
fn twice_as_loud_as_there_is_room_for_is_loud_and_not_bent() {
    let mut station = Station1::new();
    station.send(&tone(440.0, 0.9, 60));
    let used = station.volume(200);
    station.work();
    let pcm = decode(&all(used.ring()));
    let peak = pcm
        .iter()
        .fold(0.0_f32, |peak, value| peak.max(value.abs()));
    assert!((0.9..1.0).contains(&peak), "{peak}");
    // Cut off at full scale, a tone of 180% has a third of its level beside it: -12 dB.
    let beside = beside_tone(&pcm, 440.0);
    assert!(beside < -30.0, "{beside} dB");
}

#[test]
fn a_listener_who_changes_over_hears_no_gap_and_no_jump() {
    let mut station = Station1::new();
    let packets = tone(440.0, 0.4, 90);
    station.send(&packets);
    let used = station.volume(95);
    station.work();
    // All but the last, which is still in the transcode.
    assert_eq!((used.ring().floor(), used.ring().head()), (0, 89));
    for packet in all(used.ring()) {
        assert!(opus::is_relayable(&packet));
    }
    // There and back.
    let mixed: Vec<Bytes> = (0..89)
        .map(|position| match position {
            30..60 => used.ring().get(position).unwrap(),
            _ => station.writer.ring().get(position).unwrap(),
        })
        .collect();
    let (plain, mixed) = (decode(&packets[..89]), decode(&mixed));
    let worst = |from: usize, to: usize| {
        let range = from * 1920..to * 1920;
        plain[range.clone()]
            .iter()
            .zip(&mixed[range])
            .map(|(plain, mixed)| (plain - mixed).abs())
            .fold(0.0, f32::max)
    };
    // 5% of 0.4 is the difference that is wanted. Sound that were late by 1 ms would be off by 0.4.
    assert!(worst(10, 29) < 0.001);
    assert!(worst(35, 59) < 0.06, "{}", worst(35, 59));
    assert!(worst(29, 65) < 0.1, "{}", worst(29, 65));
}

#[test]
fn a_new_level_begins_at_the_cushion_or_where_its_reader_is() {
    let mut station = Station1::new();
    station.send(&tone(440.0, 0.4, 400));
    let cushion = station.volume(50);
    assert_eq!(cushion.ring().floor(), 400 - CUSHION);
    let behind = station.levels.at(60_u8.try_into().unwrap(), 150);
    assert_eq!(behind.ring().floor(), 150);
    station.send(&tone(440.0, 0.4, 200));
    let far_behind = station.levels.at(70_u8.try_into().unwrap(), 3);
    assert_eq!(far_behind.ring().floor(), 600 - MAX_LAG);
    let shared = station.volume(60);
    assert!(Arc::ptr_eq(shared.ring(), behind.ring()));
    assert_eq!(station.levels.count(), 3);
}

#[test]
fn ten_levels_at_once_keep_up_with_the_station() {
    let mut station = Station1::new();
    let used: Vec<_> = (1..=10).map(|step| station.volume(step * 10 - 5)).collect();
    let packets = tone(440.0, 0.4, 100);
    for piece in packets.chunks(7) {
        station.send(piece);
        station.work();
    }
    assert_eq!(station.levels.count(), 10);
    assert_eq!(station.levels.skipped(), 0);
    for used in &used {
        assert_eq!((used.ring().floor(), used.ring().head()), (0, 99));
    }
}

#[test]
fn a_level_is_dropped_a_while_after_its_last_listener() {
    let mut station = Station1::new();
    station.send(&tone(440.0, 0.4, 20));
    let used = station.volume(50);
    station.work();
    drop(used);
    station.work();
    station.now += LINGER / 2;
    let again = station.volume(50);
    station.work();
    station.now += LINGER;
    station.work();
    assert_eq!(station.levels.count(), 1, "somebody came back");
    drop(again);
    station.work();
    station.now += LINGER;
    station.work();
    assert_eq!((station.levels.count(), station.bench.len()), (0, 0));
}

#[test]
fn a_machine_that_is_too_slow_leaves_packets_out() {
    let mut station = Station1::new();
    let used = station.volume(50);
    station.work();
    let packets = tone(440.0, 0.4, 100);
    for _ in 0..5 {
        station.send(&packets);
    }
    station.work();
    assert_eq!(station.levels.skipped(), 500 - CUSHION);
    assert_eq!(
        (used.ring().floor(), used.ring().head()),
        (500 - CUSHION, 499)
    );
}

#[test]
fn a_level_begins_anew_with_the_station() {
    let mut station = Station1::new();
    let packets = tone(440.0, 0.4, 50);
    station.send(&packets);
    let used = station.volume(50);
    station.work();
    station.writer.close();
    station.work();
    assert_eq!(
        used.ring().floor(),
        50,
        "what was before is of another time"
    );
    station.send(&packets);
    station.work();
    assert_eq!((used.ring().floor(), used.ring().head()), (50, 99));
    assert_eq!(station.levels.skipped(), 0);
}

#[test]
fn damaged_packets_cost_their_own_time_only() {
    let mut station = Station1::new();
    let mut packets = tone(440.0, 0.4, 50);
    packets[20] = Bytes::from_static(&[0xff, 0]);
    packets[21] = Bytes::from_static(&[0xfd, 1, 2]);
    station.send(&packets);
    let used = station.volume(50);
    station.work();
    assert_eq!(all(used.ring()).len(), 49);
}
