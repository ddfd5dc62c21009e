-- The scores of some traces and their spans, by name, for lists.
-- Parameters: project; start_ns, end_ns (Unix nanoseconds between which these traces begin); traces (ids).
-- Columns: trace_id, name, value (mean, NULL where scores are labels), label, scored (how many).
-- Index: scores by month and project, and their traces; at most 1,000 rows.
SELECT trace_id, name, avg(value) AS value, anyIf(label, label != '') AS label, count() AS scored
FROM scores FINAL
-- What is said twice has the same ids, so they may be compared before FINAL; the other columns are then read for few rows.
PREWHERE trace_id IN {traces:Array(String)}
WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC') - INTERVAL 1 HOUR
    AND time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC') + INTERVAL 1 HOUR
    AND status = 'scored'
GROUP BY trace_id, name
ORDER BY trace_id, name
LIMIT 1000
-- A few rows: a second thread costs more than it saves.
SETTINGS max_threads = 1
