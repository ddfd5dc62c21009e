-- Windows that have evaluators' scores written since a job last looked, by the start of what was scored.
-- Parameters: project, after_ms and until_ms (scored_at, Unix time in ms, the first included), window_s (length in seconds).
-- Columns: window_start, in order.
-- Index: none fits; of the project's scores only narrow columns are read.
SELECT DISTINCT toStartOfInterval(time, toIntervalSecond({window_s:UInt32}), 'UTC') AS window_start
FROM scores
WHERE project = {project:String}
    AND source = 'evaluator'
    AND status = 'scored'
    AND scored_at >= fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC')
    AND scored_at < fromUnixTimestamp64Milli({until_ms:Int64}, 'UTC')
ORDER BY window_start
