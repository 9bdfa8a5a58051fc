-- What servers have chosen must survive a restart: which channels get each new song, and which
-- voice channel the radio plays in. Nothing about people is stored here.
--
-- Discord's ids are unsigned 64-bit numbers that fit into SQLite's signed ones until 2084
-- (https://discord.com/developers/docs/reference#snowflakes).

-- A channel that gets each new song of a station. A channel may follow both stations.
CREATE TABLE announce_target (
    guild_id   INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    station    TEXT    NOT NULL CHECK (station IN ('jpop', 'kpop')),
    -- The play that was announced last (`station/song/milliseconds`), written before posting: a
    -- crash in between loses one announcement, the other order would repeat it.
    last_play  TEXT,
    -- Why posting fails, for `/announce show`; NULL while it works.
    trouble    TEXT,
    PRIMARY KEY (channel_id, station)
) STRICT;

CREATE INDEX announce_target_by_guild ON announce_target (guild_id);
CREATE INDEX announce_target_by_station ON announce_target (station);

-- The voice channel that a server's radio is in, to be rejoined at start.
CREATE TABLE radio (
    guild_id   INTEGER NOT NULL PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    station    TEXT    NOT NULL CHECK (station IN ('jpop', 'kpop'))
) STRICT;
