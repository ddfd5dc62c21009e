-- Traces that may have a text in a name or preview, those whose match is newest first. Copies of a span are not told apart, so whoever
-- asks looks again at what the newest of them says.
-- Parameters: project; from, to (UTC); text; limit (rows). Columns: trace_id, matched_ns (Unix nanoseconds, start of the newest span
-- that matches).
-- Index: spans by project and minute; of each span only what is searched is read.
SELECT trace_id, toUnixTimestamp64Nano(max(start_time)) AS matched_ns
FROM spans
PREWHERE positionCaseInsensitiveUTF8(input_preview, {text:String}) > 0
    OR positionCaseInsensitiveUTF8(output_preview, {text:String}) > 0
    OR positionCaseInsensitiveUTF8(name, {text:String}) > 0
WHERE project = {project:String}
    AND start_time >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR
    AND start_time < {to:DateTime64(3, 'UTC')} + INTERVAL 1 HOUR
GROUP BY trace_id
ORDER BY matched_ns DESC, trace_id
LIMIT {limit:UInt32}
