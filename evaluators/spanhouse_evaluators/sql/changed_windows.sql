-- Windows that have spans of some kinds stored since a job last looked.
-- Parameters: project, after_ms and until_ms (stored_at, Unix time in ms, the first included), window_s (length in seconds),
-- kinds.
-- Columns: window_start, in order.
-- Index: stored_range skips the parts that have not changed.
SELECT DISTINCT toStartOfInterval(start_time, toIntervalSecond({window_s:UInt32}), 'UTC') AS window_start
FROM spans
WHERE project = {project:String}
    AND kind IN {kinds:Array(String)}
    AND stored_at >= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
    AND stored_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
ORDER BY window_start
