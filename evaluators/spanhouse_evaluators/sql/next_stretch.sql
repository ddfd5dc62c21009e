-- The next stretch of spans to look at, in the order in which they were stored: where it ends and when its spans began.
-- Parameters: project; kinds (empty for all); after_ms, after_trace, after_span: the last span read, exclusive (stored_at in ms);
-- until_ms: stored_at of the first span not to read; most: spans at most; only_span: the one span to read ('' for all).
-- Columns: spans (0 at the end), upto_ms, upto_trace, upto_span, first_ns and last_ns (start of its spans).
-- Index: stored_range finds the new parts; only narrow columns are read.
SELECT
    count() AS spans,
    max((stored_ms, trace_id, span_id)) AS upto,
    upto.1 AS upto_ms,
    upto.2 AS upto_trace,
    upto.3 AS upto_span,
    min(start_ns) AS first_ns,
    max(start_ns) AS last_ns
FROM (
    SELECT trace_id, span_id, toUnixTimestamp64Nano(start_time) AS start_ns, toUnixTimestamp64Milli(stored_at) AS stored_ms
    FROM spans
    WHERE project = {project:String}
        AND stored_at >= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
        AND stored_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
        AND (stored_ms, trace_id, span_id) > ({after_ms:Int64}, {after_trace:String}, {after_span:String})
        AND ({only_span:String} = '' OR span_id = {only_span:String})
        AND (empty({kinds:Array(String)}) OR kind IN {kinds:Array(String)})
    ORDER BY stored_ms, trace_id, span_id
    LIMIT {most:UInt32})
