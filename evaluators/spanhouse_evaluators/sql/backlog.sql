-- How many spans an evaluator has still to look at in a stretch of what was stored.
-- Parameters: project; kinds (empty for all); from_ms and until_ms (stored_at in ms, both included).
-- Columns: spans.
-- Index: stored_range skips what it has read.
SELECT uniqExact(trace_id, span_id) AS spans
FROM spans
WHERE project = {project:String}
    AND stored_at >= fromUnixTimestamp64Milli({from_ms:Int64}, 'UTC')
    AND stored_at <= fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
    AND (empty({kinds:Array(String)}) OR kind IN {kinds:Array(String)})
