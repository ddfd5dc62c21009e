-- The scores of some traces and their spans, by name, for lists.
-- Parameters: project; start_ns (Unix nanoseconds, no trace begins earlier); traces (ids).
-- Columns: trace_id, name, value (mean, NULL where scores are labels), label, scored (how many).
-- Index: scores by month and project; at most 1,000 rows.
SELECT trace_id, name, avg(value) AS value, anyIf(label, label != '') AS label, count() AS scored
FROM scores FINAL
WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC') - INTERVAL 1 HOUR
    AND trace_id IN {traces:Array(String)}
    AND status = 'scored'
GROUP BY trace_id, name
ORDER BY trace_id, name
LIMIT 1000
