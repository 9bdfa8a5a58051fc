-- Commands are registered only when they have changed: for everybody's client a registration is a
-- change, and Discord limits how many there are in a day.
CREATE TABLE registration (
    application_id INTEGER NOT NULL PRIMARY KEY,
    -- Of the commands as they were sent, and of what Discord answered.
    fingerprint    TEXT    NOT NULL
) STRICT;
