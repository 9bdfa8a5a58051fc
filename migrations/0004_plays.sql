-- What was heard, for `/history`: the stations tell of two songs back, and only while one listens.
-- Pruned to the newest songs of each station, so it does not grow.
CREATE TABLE play (
    id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    station   TEXT    NOT NULL CHECK (station IN ('jpop', 'kpop')),
    -- Which play it is (`station/song/milliseconds`): a restart in the middle of a song does not
    -- record it again.
    play      TEXT    NOT NULL,
    song_id   INTEGER NOT NULL,
    title     TEXT,
    artists   TEXT,
    -- When it began, in seconds since 1970.
    played_at INTEGER NOT NULL
) STRICT;

CREATE INDEX play_by_station ON play (station, id);
