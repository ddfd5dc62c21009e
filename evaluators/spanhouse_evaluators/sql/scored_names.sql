-- The names under which evaluators, and people, scored anything.
-- Parameters: project; from_ns (inclusive) and until_ns (exclusive), start of what was scored.
-- Columns: source (evaluator or person), name, in that order; at most 50 rows.
-- Index: project in scores' order.
SELECT toString(source) AS source, name
FROM scores
WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
    AND source IN ('evaluator', 'person')
GROUP BY source, name
ORDER BY source, name
LIMIT 50
