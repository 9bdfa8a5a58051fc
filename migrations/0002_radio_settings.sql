-- How a server wants its radio must outlive the call: it is the same at the next `/radio join`,
-- and after a restart. `radio` has a row only while the bot is to be in a channel, so these have
-- tables of their own.

CREATE TABLE radio_settings (
    guild_id      INTEGER NOT NULL PRIMARY KEY,
    -- In percent, in steps of 5: each level in use costs one encoder for all servers.
    volume        INTEGER NOT NULL DEFAULT 100 CHECK (volume BETWEEN 5 AND 200 AND volume % 5 = 0),
    -- Whether the bot stays where nobody is.
    stay          INTEGER NOT NULL DEFAULT 0 CHECK (stay IN (0, 1)),
    -- How long it stays alone otherwise.
    alone_minutes INTEGER NOT NULL DEFAULT 5 CHECK (alone_minutes BETWEEN 1 AND 1440),
    -- Whose members may control the radio from anywhere; NULL is nobody.
    dj_role_id    INTEGER,
    -- Whether the status of the voice channel, and the topic of a stage, say what plays.
    voice_status  INTEGER NOT NULL DEFAULT 1 CHECK (voice_status IN (0, 1)),
    stage_topic   INTEGER NOT NULL DEFAULT 0 CHECK (stage_topic IN (0, 1)),
    -- What played last.
    station       TEXT    NOT NULL DEFAULT 'jpop' CHECK (station IN ('jpop', 'kpop'))
) STRICT;

-- What plays now is what played last.
INSERT INTO radio_settings (guild_id, station) SELECT guild_id, station FROM radio;

-- The message with the buttons, which is to say what is true after a restart, too.
CREATE TABLE radio_panel (
    guild_id   INTEGER NOT NULL PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL
) STRICT;
