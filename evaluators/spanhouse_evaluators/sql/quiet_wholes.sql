-- Traces or sessions that nothing was stored of for a while, in the order in which they became quiet.
-- Parameters: project; by_session; after_ms and after_id: the last one read, exclusive (ms of the newest span's stored_at, id);
-- until_ms: newest stored_at that counts as quiet; reach_s: how far before and after a span just stored others of its whole
-- may have started; most (wholes at most); only (an id; '': all).
-- Columns: id, traces, spans, last_ms (newest stored_at), first_ns and last_ns (start of its spans), sampled (its place, 0 to 1).
-- Index: stored_range finds what is new; the rest lies within the days around it, by the primary key of spans.
WITH
    touched AS (
        SELECT if({by_session:Bool}, session_id, trace_id) AS whole, start_time
        FROM spans
        WHERE project = {project:String}
            AND stored_at >= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
            AND stored_at <= fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
            AND whole != ''
            AND whole = if({only:String} = '', whole, {only:String})),
    (SELECT (min(start_time), max(start_time)) FROM touched) AS met
SELECT
    if({by_session:Bool}, session_id, trace_id) AS id,
    groupUniqArray(trace_id) AS traces,
    uniqExact(trace_id, span_id) AS spans,
    toUnixTimestamp64Milli(max(stored_at)) AS last_ms,
    toUnixTimestamp64Nano(min(start_time)) AS first_ns,
    toUnixTimestamp64Nano(max(start_time)) AS last_ns,
    xxHash32(id) / 4294967296 AS sampled
FROM spans
WHERE project = {project:String}
    AND start_time >= met.1 - toIntervalSecond({reach_s:UInt32})
    AND start_time <= met.2 + toIntervalSecond({reach_s:UInt32})
    AND id IN (SELECT whole FROM touched)
GROUP BY id
HAVING last_ms <= {until_ms:Int64} AND (last_ms, id) > ({after_ms:Int64}, {after_id:String})
ORDER BY last_ms, id
LIMIT {most:UInt32}
