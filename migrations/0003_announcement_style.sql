-- Channels differ in how much they want to see of the radio: a message a song, one message that is
-- kept current, only live events, little or much of each. And a channel that the bot may not post
-- to is left alone for a growing while: Discord blocks bots that keep making requests it refuses
-- (https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans).

ALTER TABLE announce_target ADD COLUMN mode TEXT NOT NULL DEFAULT 'post'
    CHECK (mode IN ('post', 'edit', 'replace', 'events'));
ALTER TABLE announce_target ADD COLUMN card TEXT NOT NULL DEFAULT 'full'
    CHECK (card IN ('full', 'compact'));
-- Mentioned when a live event begins, and nobody else ever is.
ALTER TABLE announce_target ADD COLUMN role_id INTEGER;
-- Minutes that pass at least between two messages.
ALTER TABLE announce_target ADD COLUMN pause_minutes INTEGER NOT NULL DEFAULT 0
    CHECK (pause_minutes BETWEEN 0 AND 1440);
-- The newest message, to be edited or replaced.
ALTER TABLE announce_target ADD COLUMN message_id INTEGER;
-- Refusals since the last message that arrived, and until when (seconds since 1970) no other is
-- provoked; NULL means now.
ALTER TABLE announce_target ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE announce_target ADD COLUMN retry_at INTEGER;
