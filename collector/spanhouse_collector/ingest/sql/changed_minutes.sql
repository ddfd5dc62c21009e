-- Minutes with spans stored since the rollup was last recomputed, for a collector that has just started.
-- Parameters: none. Columns: project, minute.
-- Ten minutes before that are taken again: a minute may wait that long while others, which carry the newer version, go first.
-- Index: stored_range skips the parts that have not changed.
SELECT DISTINCT project, toDateTime(toStartOfMinute(start_time), 'UTC') AS minute
FROM spans
WHERE stored_at >= (SELECT fromUnixTimestamp64Milli(toInt64(max(version)), 'UTC') - INTERVAL 10 MINUTE FROM spans_minute)
ORDER BY minute
