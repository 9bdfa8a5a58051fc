-- A channel may have its songs posted as the station, through a webhook of the bot's own. It belongs
-- to a channel and serves that channel's threads as well.

CREATE TABLE webhook (
    channel_id INTEGER NOT NULL,
    station    TEXT    NOT NULL CHECK (station IN ('jpop', 'kpop')),
    guild_id   INTEGER NOT NULL,
    -- Both are there, or neither. Whoever has the token can post.
    webhook_id INTEGER,
    token      TEXT,
    -- Why there is none although it is wanted; refusals in a row, and until when (seconds since
    -- 1970) no other is provoked.
    trouble    TEXT CHECK (trouble IN ('forbidden', 'full', 'deleted', 'refused')),
    refusals   INTEGER NOT NULL DEFAULT 0,
    retry_at   INTEGER,
    PRIMARY KEY (channel_id, station),
    CHECK ((webhook_id IS NULL) = (token IS NULL))
) STRICT;

CREATE INDEX webhook_by_guild ON webhook (guild_id);
CREATE INDEX webhook_by_id ON webhook (webhook_id);

-- The channel whose webhook posts to the target: itself, or the one that its thread is in. NULL: the
-- bot posts as itself.
ALTER TABLE announce_target ADD COLUMN webhook_channel_id INTEGER;
-- The webhook that wrote the newest message, which only it can change. NULL: the bot itself.
ALTER TABLE announce_target ADD COLUMN message_webhook_id INTEGER;
