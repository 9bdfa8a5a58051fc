//! Nothing is claimed that cannot be proven.

use std::time::Duration;

use super::{super::panel::tests::report, *};
use crate::radio::{Audience, Ended, Ending, Hushed, Obstacle};

fn sending(packets: u64, silence: u64) -> Report {
    Report {
        sent: Some(Sent {
            during: Duration::from_secs(5),
            packets,
            silence,
        }),
        audience: Some(Audience {
            people: 3,
            listeners: 2,
        }),
        ..report()
    }
}

fn shown(report: &Report) -> String {
    let card = card(report, None, OffsetDateTime::UNIX_EPOCH, Language::English);
    serde_json::to_value(card).unwrap().to_string()
}

#[test]
fn playing_is_claimed_only_where_packets_prove_it() {
    let health = |report: &Report| verdict(report, None, Language::English).0;
    assert_eq!(health(&sending(250, 0)), Health::Well);
    assert_eq!(health(&sending(250, 20)), Health::Troubled);
    assert_eq!(health(&sending(200, 0)), Health::Troubled);
    assert_eq!(health(&sending(250, 250)), Health::Broken);
    assert_eq!(health(&sending(0, 0)), Health::Broken);
    for report in [
        Report {
            hushed: Some(Hushed::Muted),
            ..sending(250, 0)
        },
        Report {
            hushed: Some(Hushed::MayNotSpeak),
            ..sending(250, 0)
        },
        Report {
            standing: Standing::Connecting,
            ..sending(250, 0)
        },
        Report {
            standing: Standing::Blocked(Obstacle::Full),
            ..sending(250, 0)
        },
    ] {
        assert_eq!(health(&report), Health::Broken, "{report:?}");
        assert!(!shown(&report).contains("▶️"), "{report:?}");
    }
    let silent = Report {
        silent: true,
        sent: None,
        ..report()
    };
    assert_eq!(health(&silent), Health::Quiet);
    assert!(shown(&sending(250, 0)).contains("50 packets a second\\n-# 250 in 5.0 s"));
    assert!(shown(&sending(250, 0)).contains("and 1 deafened"));
}

#[test]
fn a_radio_that_is_off_says_why() {
    let off = Report {
        target: None,
        standing: Standing::Off,
        ended: Some(Ended {
            why: Ending::Disconnected,
            at: OffsetDateTime::UNIX_EPOCH,
            channel: serenity::all::ChannelId::new(5),
        }),
        trouble: Some((Trouble::Lost, OffsetDateTime::UNIX_EPOCH)),
        ..report()
    };
    let shown = shown(&off);
    for text in [
        "disconnected me",
        "<#5>",
        "/radio join",
        "connection was lost · <t:0:R>",
    ] {
        assert!(shown.contains(text), "{text} is not in {shown}");
    }
    assert!(!shown.contains("Encryption"));
}
