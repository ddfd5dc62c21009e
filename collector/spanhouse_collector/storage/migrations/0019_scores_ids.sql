-- Finds the scores of one trace or session among those of all later days. Both ids are of the sorting key, so a score and what
-- replaces it are skipped together. 2.3 MiB for 8 million scores of a million traces.
ALTER TABLE scores
    ADD INDEX IF NOT EXISTS traces trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS sessions session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    MATERIALIZE INDEX traces,
    MATERIALIZE INDEX sessions
