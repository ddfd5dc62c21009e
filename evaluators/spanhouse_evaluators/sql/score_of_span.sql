-- The scores an evaluator gave a span, the newest first.
-- Parameters: project, evaluator, span, time_ns (start of the span).
-- Columns: name, evaluator_version, status, value, label, reason, explanation, input_hash, scored_at.
-- Index: project and the span's start minute in scores' order, its month partition.
SELECT name, evaluator_version, toString(status) AS status, value, label, reason, explanation, input_hash, scored_at
FROM scores FINAL
WHERE project = {project:String}
    AND time = fromUnixTimestamp64Nano({time_ns:Int64}, 'UTC')
    AND evaluator = {evaluator:String}
    AND span_id = {span:String}
    AND source = 'evaluator'
ORDER BY scored_at DESC, name
