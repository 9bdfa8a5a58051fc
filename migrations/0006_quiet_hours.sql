-- Hours in which a channel wants no new message: minutes after midnight in a time zone of the IANA
-- database. The first may be later than the second: over midnight. All three are there, or none.
ALTER TABLE announce_target ADD COLUMN quiet_from INTEGER CHECK (quiet_from BETWEEN 0 AND 1439);
ALTER TABLE announce_target ADD COLUMN quiet_to INTEGER CHECK (quiet_to BETWEEN 0 AND 1439);
ALTER TABLE announce_target ADD COLUMN time_zone TEXT;
