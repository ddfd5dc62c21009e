-- The next spans to look at, in the order in which they were stored.
-- Parameters: project; kinds (empty for all); after_ms, after_trace, after_span: the last span read, exclusive (stored_at in ms);
-- until_ms: stored_at of the first span not to read; most: spans at most; only_span: the one span to read ('' for all).
-- Columns: stored_ms, trace_id, span_id, start_ns; a span that was stored twice may be there twice.
-- Index: stored_range finds the new parts; only narrow columns are read.
SELECT
    toUnixTimestamp64Milli(stored_at) AS stored_ms,
    trace_id,
    span_id,
    toUnixTimestamp64Nano(start_time) AS start_ns
FROM spans
WHERE project = {project:String}
    AND stored_at >= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
    AND stored_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
    AND (stored_ms, trace_id, span_id) > ({after_ms:Int64}, {after_trace:String}, {after_span:String})
    AND ({only_span:String} = '' OR span_id = {only_span:String})
    AND (empty({kinds:Array(String)}) OR kind IN {kinds:Array(String)})
ORDER BY stored_ms, trace_id, span_id
LIMIT {most:UInt32}
