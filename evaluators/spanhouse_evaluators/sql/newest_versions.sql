-- The version of each of some evaluators' scores that scored last.
-- Parameters: project, names (of scores), from_ns (inclusive) and until_ns (exclusive), start of what was scored.
-- Columns: name, version.
-- Index: project, name and minute in scores' order.
SELECT name, argMax(evaluator_version, scored_at) AS version
FROM scores
WHERE project = {project:String}
    AND name IN {names:Array(String)}
    AND time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
    AND source = 'evaluator'
GROUP BY name
