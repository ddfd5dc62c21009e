-- How many spans an evaluator has still to look at.
-- Parameters: project; kinds (empty for all); after_ms (its watermark, stored_at in ms, exclusive).
-- Columns: spans.
-- Index: stored_range skips what it has read.
SELECT uniqExact(trace_id, span_id) AS spans
FROM spans
WHERE project = {project:String}
    AND stored_at > fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
    AND (empty({kinds:Array(String)}) OR kind IN {kinds:Array(String)})
