-- The evaluators whose scores are in some windows, each with the version that scored last.
-- Parameters: project, windows (their starts), first and last (of them), window_s. Columns: name, version, by name.
-- Index: the minute in scores' order for each name of the project; the month partition.
SELECT toString(name) AS name, toString(argMax(evaluator_version, scored_at)) AS version
FROM scores
WHERE project = {project:String}
    AND source = 'evaluator'
    AND status = 'scored'
    AND time >= {first:DateTime('UTC')}
    AND time < {last:DateTime('UTC')} + toIntervalSecond({window_s:UInt32})
    AND toStartOfInterval(time, toIntervalSecond({window_s:UInt32}), 'UTC') IN {windows:Array(DateTime('UTC'))}
GROUP BY scores.name
ORDER BY name
