-- What a server reads where it does not want what Discord says of it: the language of everything that
-- is public, and the script of song titles.
CREATE TABLE server_settings (
    guild_id INTEGER NOT NULL PRIMARY KEY,
    -- A BCP 47 tag; NULL is the server's language on Discord.
    language TEXT,
    titles   TEXT    NOT NULL DEFAULT 'native' CHECK (titles IN ('native', 'romaji'))
) STRICT;

-- A channel may have its announcements in a language of its own; NULL is the server's.
ALTER TABLE announce_target ADD COLUMN language TEXT;
