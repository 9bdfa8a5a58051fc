//! What was heard.

use time::OffsetDateTime;

use super::{Result, Store, station, to_sql};
use crate::{
    language::Titles,
    listen_moe::{Named, OnAir},
    station::Station,
};

/// Songs that are kept, a station: about a month.
const KEPT: i64 = 10_000;
/// The longest text that is kept, in characters.
const TEXT: usize = 300;

/// A song that was heard.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PastPlay {
    /// Its place in the record: a later song has a greater one.
    pub id: i64,
    /// The station.
    pub station: Station,
    /// The song's id.
    pub song: u64,
    /// Its title in its native script. Not escaped.
    pub title: Option<String>,
    /// The same in Latin letters.
    pub title_romaji: Option<String>,
    /// Its artists, with commas between them, in their native script where they have one. Not
    /// escaped.
    pub artists: Option<String>,
    /// The same in Latin letters, where any of them has a name in these.
    pub artists_romaji: Option<String>,
    /// When it began.
    pub at: OffsetDateTime,
}

/// Which part of the record is meant.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Page {
    /// Its end.
    Newest,
    /// What came right before this place.
    Before(i64),
    /// What came right after this place.
    After(i64),
}

/// A part of the record.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PastPlays {
    /// The newest first.
    pub plays: Vec<PastPlay>,
    /// There are newer ones.
    pub newer: bool,
    /// There are older ones.
    pub older: bool,
}

/// A row as SQLite has it.
struct Row {
    id: i64,
    station: String,
    song_id: i64,
    title: Option<String>,
    title_romaji: Option<String>,
    artists: Option<String>,
    artists_romaji: Option<String>,
    played_at: i64,
}

impl From<Row> for PastPlay {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            station: station(&row.station),
            song: row.song_id.cast_unsigned(),
            title: row.title,
            title_romaji: row.title_romaji,
            artists: row.artists,
            artists_romaji: row.artists_romaji,
            at: OffsetDateTime::from_unix_timestamp(row.played_at)
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        }
    }
}

impl Store {
    /// Records that a song is heard, unless it is the one that was recorded last, and forgets the
    /// oldest of those that are too many.
    pub async fn record_play(&self, on_air: &OnAir, now: OffsetDateTime) -> Result<()> {
        self.record(on_air, now, KEPT).await
    }

    async fn record(&self, on_air: &OnAir, now: OffsetDateTime, kept: i64) -> Result<()> {
        let station = on_air.station.key();
        let play = on_air.play_id().to_string();
        let song = to_sql(on_air.song.id);
        let title = on_air.song.title.as_deref().map(short);
        let title_romaji = on_air.song.title_romaji.as_deref().map(short);
        let singers = &on_air.song.artists;
        let artists = named(singers, Titles::Native);
        // Where nobody has one, nothing is kept twice.
        let in_latin = singers.iter().any(|artist| artist.name_romaji.is_some());
        let artists_romaji = in_latin.then(|| named(singers, Titles::Romaji)).flatten();
        let at = on_air.timing.start.unwrap_or(now).unix_timestamp();
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query!(
            "INSERT INTO play (station, play, song_id, title, title_romaji, artists,
                 artists_romaji, played_at)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
             WHERE ?2 IS NOT (SELECT play FROM play WHERE station = ?1 ORDER BY id DESC LIMIT 1)",
            station,
            play,
            song,
            title,
            title_romaji,
            artists,
            artists_romaji,
            at
        )
        .execute(&mut *transaction)
        .await?;
        sqlx::query!(
            "DELETE FROM play WHERE station = ?1 AND id <=
                 (SELECT id FROM play WHERE station = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            station,
            kept
        )
        .execute(&mut *transaction)
        .await?;
        Ok(transaction.commit().await?)
    }

    /// A part of the record of a station, of at most `limit` songs.
    pub async fn past_plays(&self, station: Station, page: Page, limit: u16) -> Result<PastPlays> {
        match page {
            Page::Newest => self.before(station, i64::MAX, limit, false).await,
            Page::Before(id) => self.before(station, id, limit, true).await,
            Page::After(id) => {
                let key = station.key();
                let one_more = i64::from(limit) + 1;
                let rows = sqlx::query_as!(
                    Row,
                    "SELECT id, station, song_id, title, title_romaji, artists, artists_romaji,
                         played_at
                     FROM play WHERE station = ? AND id > ? ORDER BY id LIMIT ?",
                    key,
                    id,
                    one_more
                )
                .fetch_all(&self.pool)
                .await?;
                if rows.len() <= usize::from(limit) {
                    return self.before(station, i64::MAX, limit, false).await;
                }
                let mut plays: Vec<PastPlay> = rows.into_iter().map(PastPlay::from).collect();
                plays.truncate(limit.into());
                plays.reverse();
                Ok(PastPlays {
                    plays,
                    newer: true,
                    older: true,
                })
            }
        }
    }

    async fn before(
        &self,
        station: Station,
        id: i64,
        limit: u16,
        newer: bool,
    ) -> Result<PastPlays> {
        let key = station.key();
        let one_more = i64::from(limit) + 1;
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, station, song_id, title, title_romaji, artists, artists_romaji,
                 played_at
             FROM play WHERE station = ? AND id < ? ORDER BY id DESC LIMIT ?",
            key,
            id,
            one_more
        )
        .fetch_all(&self.pool)
        .await?;
        let older = rows.len() > usize::from(limit);
        let mut plays: Vec<PastPlay> = rows.into_iter().map(PastPlay::from).collect();
        plays.truncate(limit.into());
        Ok(PastPlays {
            plays,
            newer,
            older,
        })
    }
}

/// What they are called, each in this script if they have a name in it.
fn named(artists: &[Named], titles: Titles) -> Option<String> {
    let names = artists.iter().filter_map(|artist| {
        let (native, romaji) = (artist.name.as_deref(), artist.name_romaji.as_deref());
        titles.order(native, romaji).0
    });
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| short(&names.join(", ")))
}

fn short(text: &str) -> String {
    text.chars().take(TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{announcer, listen_moe::Song};

    const LONG_AGO: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    async fn store() -> (Store, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("t.db").display());
        (Store::open(&url).await.unwrap(), directory)
    }

    fn songs(page: &PastPlays) -> Vec<u64> {
        page.plays.iter().map(|play| play.song).collect()
    }

    #[tokio::test]
    async fn the_record_is_read_page_by_page_in_both_directions() {
        let (store, _directory) = store().await;
        for song in 1..=7 {
            let on_air = announcer::tests::on_air(song);
            store.record_play(&on_air, LONG_AGO).await.unwrap();
            store.record_play(&on_air, LONG_AGO).await.unwrap();
        }
        let page = |page| store.past_plays(Station::Jpop, page, 3);
        let newest = page(Page::Newest).await.unwrap();
        assert_eq!(
            (songs(&newest), newest.newer, newest.older),
            (vec![7, 6, 5], false, true)
        );
        let older = page(Page::Before(newest.plays[2].id)).await.unwrap();
        assert_eq!(
            (songs(&older), older.newer, older.older),
            (vec![4, 3, 2], true, true)
        );
        let oldest = page(Page::Before(older.plays[2].id)).await.unwrap();
        assert_eq!(
            (songs(&oldest), oldest.newer, oldest.older),
            (vec![1], true, false)
        );
        let newer = page(Page::After(oldest.plays[0].id)).await.unwrap();
        assert_eq!(
            (songs(&newer), newer.newer, newer.older),
            (vec![4, 3, 2], true, true)
        );
        // Fewer than a page are left: the newest page.
        let end = page(Page::After(newer.plays[0].id)).await.unwrap();
        assert_eq!(end, newest);
        let other = store
            .past_plays(Station::Kpop, Page::Newest, 3)
            .await
            .unwrap();
        assert_eq!(other, PastPlays::default());
    }

    #[tokio::test]
    async fn it_keeps_the_newest_and_no_long_text() {
        let (store, _directory) = store().await;
        for song in 1..=9 {
            let mut on_air = announcer::tests::on_air(song);
            on_air.song = Song {
                id: song,
                title_romaji: Some("あ".repeat(10_000)),
                ..Song::default()
            };
            on_air.timing.start = Some(LONG_AGO + time::Duration::hours(1));
            store.record(&on_air, LONG_AGO, 4).await.unwrap();
        }
        let all = store
            .past_plays(Station::Jpop, Page::Newest, 20)
            .await
            .unwrap();
        assert_eq!(songs(&all), [9, 8, 7, 6]);
        let newest = &all.plays[0];
        let title = newest.title_romaji.as_deref().unwrap();
        assert_eq!(title.chars().count(), TEXT);
        assert_eq!((&newest.title, &newest.artists), (&None, &None));
        assert_eq!(all.plays[0].at.unix_timestamp(), 3600);
    }

    #[tokio::test]
    async fn names_are_kept_in_both_scripts() {
        let (store, _directory) = store().await;
        let named = |name: Option<&str>, romaji: Option<&str>| Named {
            name: name.map(str::to_owned),
            name_romaji: romaji.map(str::to_owned),
            ..Named::default()
        };
        let mut on_air = announcer::tests::on_air(1);
        on_air.song.title = Some("夜明け".to_owned());
        on_air.song.title_romaji = Some("Yoake".to_owned());
        on_air.song.artists = vec![
            named(Some("鶯"), Some("Uguisu")),
            named(Some("雀"), None),
            named(None, Some("Tori")),
        ];
        store.record_play(&on_air, LONG_AGO).await.unwrap();
        on_air.song.id = 2;
        on_air.song.artists = vec![named(Some("雀"), None)];
        store.record_play(&on_air, LONG_AGO).await.unwrap();
        let page = store.past_plays(Station::Jpop, Page::Newest, 9).await;
        let [latter, former] = &page.unwrap().plays[..] else {
            panic!("two songs");
        };
        assert_eq!(former.title.as_deref(), Some("夜明け"));
        assert_eq!(former.title_romaji.as_deref(), Some("Yoake"));
        assert_eq!(former.artists.as_deref(), Some("鶯, 雀, Tori"));
        assert_eq!(former.artists_romaji.as_deref(), Some("Uguisu, 雀, Tori"));
        assert_eq!(latter.artists.as_deref(), Some("雀"));
        assert_eq!(latter.artists_romaji, None);
    }
}
