use proptest::prelude::*;

use super::*;

fn packet(position: u64) -> Bytes {
    Bytes::copy_from_slice(&position.to_be_bytes())
}

fn write(writer: &mut Writer, count: u64) {
    for _ in 0..count {
        let head = writer.ring().head();
        writer.push(packet(head));
    }
}

fn number(packet: Option<Bytes>) -> Option<u64> {
    packet.map(|packet| u64::from_be_bytes(packet[..].try_into().unwrap()))
}

#[test]
fn a_reader_joins_behind_the_head_by_the_cushion() {
    let mut writer = Writer::new();
    write(&mut writer, 500);
    assert_eq!(
        number(writer.ring().join().next_packet()),
        Some(500 - CUSHION)
    );
}

#[test]
fn the_first_reader_begins_at_the_cushion_however_large_the_burst() {
    let mut writer = Writer::new();
    let mut reader = writer.ring().join();
    assert_eq!(reader.next_packet(), None);
    write(&mut writer, RESTART - 1);
    assert_eq!(reader.next_packet(), None, "too little to go on with");
    write(&mut writer, 200);
    let begin = RESTART - 1 + 200 - CUSHION;
    for position in begin..begin + CUSHION {
        assert_eq!(number(reader.next_packet()), Some(position));
    }
    assert_eq!(reader.pulse().look().jumps, 0);
}

#[test]
fn a_burst_that_comes_in_pieces_throws_nobody_about() {
    let mut writer = Writer::new();
    let mut reader = writer.ring().join();
    for position in 0..20 {
        write(&mut writer, RESTART);
        assert_eq!(number(reader.next_packet()), Some(position));
    }
    assert_eq!(reader.pulse().look().jumps, 0);
}

#[test]
fn a_reader_that_runs_dry_waits_for_enough() {
    let mut writer = Writer::new();
    write(&mut writer, RESTART);
    let mut reader = writer.ring().join();
    for position in 0..RESTART {
        assert_eq!(number(reader.next_packet()), Some(position));
    }
    assert_eq!(reader.next_packet(), None);
    write(&mut writer, RESTART - 1);
    assert_eq!(reader.next_packet(), None);
    write(&mut writer, 1);
    assert_eq!(number(reader.next_packet()), Some(RESTART));
    let heard = reader.pulse().look();
    assert_eq!(
        (heard.polls, heard.silence, heard.starvations),
        (RESTART + 3, 2, 1)
    );
    assert_eq!((heard.position, heard.cushion), (RESTART + 1, RESTART - 1));
}

#[test]
fn after_a_long_silence_a_reader_waits_for_more() {
    for (silence, enough) in [(1, RESTART), (30, 30), (1000, MAX_RESTART)] {
        let mut writer = Writer::new();
        let mut reader = writer.ring().join();
        for _ in 0..silence {
            assert_eq!(reader.next_packet(), None);
        }
        write(&mut writer, enough - 1);
        assert_eq!(reader.next_packet(), None, "after {silence}");
        // That was one more.
        write(&mut writer, 2);
        assert_eq!(number(reader.next_packet()), Some(0), "after {silence}");
    }
}

#[test]
fn a_reader_that_lags_returns_to_the_cushion() {
    let mut writer = Writer::new();
    write(&mut writer, CUSHION);
    let mut reader = writer.ring().join();
    assert_eq!(number(reader.next_packet()), Some(0));
    write(&mut writer, MAX_LAG + 1 - CUSHION);
    assert_eq!(number(reader.next_packet()), Some(1), "not yet too far");
    write(&mut writer, 2);
    assert_eq!(number(reader.next_packet()), Some(MAX_LAG + 3 - CUSHION));
    assert_eq!(reader.pulse().look().jumps, 1);
}

#[test]
fn what_was_written_before_closing_is_not_heard() {
    let mut writer = Writer::new();
    write(&mut writer, 300);
    writer.close();
    let mut reader = writer.ring().join();
    assert_eq!(reader.next_packet(), None);
    write(&mut writer, RESTART);
    assert_eq!(number(reader.next_packet()), Some(300));
}

#[derive(Clone, Debug)]
enum Step {
    Write(u64),
    Read(usize, u64),
    Join(usize),
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u64..1500).prop_map(Step::Write),
        8 => (0_usize..4, 1_u64..700).prop_map(|(reader, count)| Step::Read(reader, count)),
        1 => (0_usize..4).prop_map(Step::Join),
        1 => Just(Step::Close),
    ]
}

proptest! {
    #[test]
    fn readers_that_change_rings_lose_and_repeat_nothing(
        steps in proptest::collection::vec((1_u64..60, 1_u64..60, any::<bool>()), 1..60),
        begin in 0_u64..40,
    ) {
        // The second ring is a transcode of the first, which is a little behind.
        let mut station = Writer::new();
        let mut level = Writer::resume(Ring::alongside(begin));
        let rings = [Arc::clone(station.ring()), Arc::clone(level.ring())];
        let mut reader = station.ring().join();
        let mut last = None;
        for (written, read, changes) in steps {
            write(&mut station, written);
            while level.ring().head() + 1 < station.ring().head() {
                let head = level.ring().head();
                level.push(packet(head));
            }
            let other = &rings[usize::from(changes)];
            for _ in 0..read {
                if reader.can_go_on_in(other) {
                    reader.go_on_in(Arc::clone(other));
                }
                if let Some(position) = number(reader.next_packet()) {
                    let follows = last.is_none_or(|last| position == last + 1);
                    prop_assert!(follows || reader.pulse().look().jumps > 0);
                    last = Some(position);
                }
            }
        }
    }

    #[test]
    fn any_order_of_writes_reads_joins_and_lags(steps in proptest::collection::vec(step(), 1..60)) {
        let mut writer = Writer::new();
        let mut readers: Vec<_> = (0..4).map(|_| writer.ring().join()).collect();
        let mut last = [None; 4];
        let mut closed = 0;
        for step in steps {
            match step {
                Step::Write(count) => write(&mut writer, count),
                Step::Close => {
                    writer.close();
                    closed = writer.ring().head();
                }
                Step::Join(reader) => {
                    readers[reader] = writer.ring().join();
                    last[reader] = None;
                }
                Step::Read(reader, count) => {
                    for _ in 0..count {
                        let before = readers[reader].pulse().look().polls;
                        let head = writer.ring().head();
                        let packet = number(readers[reader].next_packet());
                        let after = readers[reader].pulse().look();
                        prop_assert_eq!(after.polls, before + 1);
                        let Some(position) = packet else {
                            prop_assert!(head.saturating_sub(after.position) < MAX_RESTART);
                            continue;
                        };
                        // Always forward, never twice; without a gap unless it says so.
                        if let Some((last, jumps)) = last[reader].filter(|(last, _)| *last >= closed) {
                            prop_assert!(position > last);
                            prop_assert!(position == last + 1 || after.jumps > jumps);
                        }
                        prop_assert!(position >= closed);
                        prop_assert!(position < head && head - position <= MAX_LAG);
                        last[reader] = Some((position, after.jumps));
                    }
                }
            }
        }
    }
}

#[test]
fn threads_never_see_a_packet_twice_or_out_of_order() {
    let mut writer = Writer::new();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let mut reader = writer.ring().join();
            scope.spawn(move || {
                let mut last = None;
                while last.is_none_or(|last| last < 20_000) {
                    if let Some(position) = number(reader.next_packet()) {
                        assert!(last.is_none_or(|last| position > last));
                        last = Some(position);
                    }
                }
            });
        }
        // More than the readers wait for, so that the last ones see the end.
        write(&mut writer, 20_001 + MAX_LAG);
    });
}
