-- How many of an hour's spans, copies included, name an experiment, so that the others are not searched for it; known of rows of kind 'all'.
-- Of hours that were counted before it is NULL: not known.
ALTER TABLE steps_hour
    ADD COLUMN IF NOT EXISTS experiments Nullable(UInt64) CODEC(ZSTD(1))
