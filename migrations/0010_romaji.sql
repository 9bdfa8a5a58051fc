-- The record has what songs and artists are called in Latin letters as well, for servers that read
-- them so. What was recorded before has only the one name that was kept.
ALTER TABLE play ADD COLUMN title_romaji TEXT;
ALTER TABLE play ADD COLUMN artists_romaji TEXT;
