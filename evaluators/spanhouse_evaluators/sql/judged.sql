-- What a version of an evaluator said, counted: how many items are good by its numbers, and how many have which label.
-- Parameters: project; evaluator (name of the score), version; evaluator_at (numbers from there on are good); from_ns (inclusive) and
-- until_ns (exclusive), start of what was scored.
-- Columns: evaluator_is_good (1 or 0, NULL where there is no number), evaluator_text (its label, '' for none); items, how many.
-- Index: project, name and minute in scores' order.
SELECT value >= {evaluator_at:Float64} AS evaluator_is_good, toString(label) AS evaluator_text, count() AS items
FROM scores FINAL
WHERE project = {project:String}
    AND name = {evaluator:String}
    AND time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
    AND source = 'evaluator'
    AND evaluator_version = {version:String}
    AND status = 'scored'
GROUP BY ALL
