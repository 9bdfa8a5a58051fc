//! Every card, in every language and whatever is on it.

use proptest::prelude::*;
use serenity::all::{ChannelId, GuildId, Permissions, RoleId};
use time::OffsetDateTime;

use super::{
    super::{
        about, history, panel, queue, radio_settings, radio_status,
        settings::{self, Settings},
        status, targets,
    },
    *,
};
use crate::{
    radio::{Ended, Ending, Obstacle, Report, Standing},
    store::{
        Mode, PastPlay, PastPlays, Quiet, RadioSettings, Reason, ServerSettings, Style, Target,
        Trouble, Zone,
    },
};

#[test]
fn every_card_fits_in_every_language() {
    let call = panel::tests::report();
    let off = Report {
        target: None,
        standing: Standing::Off,
        ended: Some(Ended {
            why: Ending::Hopeless(Obstacle::Missing(Permissions::all())),
            at: NOW,
            channel: ChannelId::new(u64::MAX - 1),
        }),
        ..panel::tests::report()
    };
    let target = Target {
        guild: GuildId::new(1),
        channel: ChannelId::new(u64::MAX - 1),
        station: Station::Jpop,
        style: Style {
            mode: Mode::Replace,
            role: Some(RoleId::new(u64::MAX - 1)),
            pause_minutes: 1440,
            quiet: Quiet::read("22-7", Zone::UTC),
            language: Some(Language::Portuguese),
            ..Style::default()
        },
        last: None,
        message: None,
        author: None,
        webhook: None,
        no_webhook: None,
        trouble: Some(Trouble {
            why: Reason::Permissions,
            refusals: 1,
            retry_at: Some(NOW),
        }),
    };
    let page = Settings {
        radio: RadioSettings::default(),
        targets: vec![target.clone(); 30],
        texts: ServerSettings::default(),
        on_discord: Language::Portuguese,
    };
    let waiting = OnAir {
        queue: Some(crate::listen_moe::Queue {
            songs: Some(u64::MAX),
            own: Some(u64::MAX),
            before_own: Some(u64::MAX),
        }),
        ..on_air()
    };
    for language in Language::ALL {
        for card in [
            panel::card(&call, None, false, language),
            panel::card(&off, None, false, language),
            radio_status::card(&call, None, NOW, language),
            radio_status::card(&off, None, NOW, language),
            radio_settings::card(&page.radio, None, language),
            targets::card(&[], language),
            targets::card(&page.targets, language),
            settings::card(&page, None, language),
            settings::channel::card(&target, None, language),
            settings::radio::card(&page, Some("changed"), language),
            queue::card(&waiting, language),
            about::invitation(language),
            status::hidden(true, language),
            status::nothing_known(language),
            status::not_on_lanyard("", true, language),
        ] {
            hostile::assert_fits(&card);
        }
        for rows in [
            panel::buttons(&call, language),
            settings::rows(&page, language),
            settings::channel::rows(&target, language),
            settings::radio::rows(&page, language),
            settings::quiet::rows(&target, language),
            history::buttons(Station::Jpop, &PastPlays::default(), language),
            about::invitation_links(1, language),
        ] {
            hostile::assert_valid_buttons(&rows);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_song_breaks_a_card(on_air in hostile::on_air(), wording in hostile::wording()) {
        hostile::assert_valid(&now_playing::card(&on_air, NOW, wording));
        hostile::assert_valid(&announcement::card(&on_air, wording));
        hostile::assert_valid(&announcement::compact(&on_air, wording));
        hostile::assert_valid(&announcement::event(&on_air, wording));
        hostile::assert_valid_buttons(&now_playing::buttons(&on_air, wording.language));
        hostile::assert_valid_buttons(&now_playing::live_buttons(&on_air, wording.language));
    }

    #[test]
    fn no_record_breaks_a_card(
        plays in proptest::collection::vec(
            (
                0_i64..i64::MAX,
                any::<u64>(),
                proptest::array::uniform4(proptest::option::of(hostile::text())),
                -62_135_596_800_i64..253_402_300_799,
            ),
            0..usize::from(history::SONGS),
        ),
        wording in hostile::wording(),
    ) {
        let station = Station::Jpop;
        let plays = plays.into_iter().map(|(id, song, texts, at)| PastPlay {
            id,
            station,
            song,
            title: texts[0].clone(),
            title_romaji: texts[1].clone(),
            artists: texts[2].clone(),
            artists_romaji: texts[3].clone(),
            at: OffsetDateTime::from_unix_timestamp(at).unwrap(),
        });
        let page = PastPlays { plays: plays.collect(), newer: true, older: true };
        hostile::assert_valid(&history::card(station, &page, NOW, wording));
    }
}
