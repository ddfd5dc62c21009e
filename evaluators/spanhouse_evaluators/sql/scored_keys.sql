-- What evaluators have already scored among spans of a stretch of time; failures that may pass do not count.
-- Parameters: project, evaluators, from_ns and to_ns (start of the spans, both included), passing (reasons of such
-- failures).
-- Columns: trace_id, span_id, evaluator, evaluator_version, input_hash.
-- Index: project and the start minute in scores' order, its month partition.
SELECT DISTINCT trace_id, span_id, evaluator, evaluator_version, input_hash
FROM scores
WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Nano({to_ns:Int64}, 'UTC')
    AND source = 'evaluator'
    AND target = 'span'
    AND evaluator IN {evaluators:Array(String)}
    AND NOT (status = 'failed' AND reason IN {passing:Array(String)})
