-- What evaluators have said about traces or sessions; failures that may pass do not count.
-- Parameters: project, target ('trace' or 'session'), ids, evaluators, from_ns and to_ns (start of their spans, both included),
-- passing (reasons of such failures).
-- Columns: id, evaluator, evaluator_version, time_ns (of the row, which a new one takes over), hash (of what was judged last).
-- Index: project and the start minute in scores' order, its month partition.
SELECT
    if(target = 'trace', trace_id, session_id) AS id,
    evaluator,
    evaluator_version,
    toUnixTimestamp64Nano(min(time)) AS time_ns,
    argMaxIf(attributes['spanhouse.input_hash'], scored_at, NOT (status = 'failed' AND reason IN {passing:Array(String)})) AS hash
FROM scores
WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Nano({to_ns:Int64}, 'UTC')
    AND source = 'evaluator'
    AND target = {target:String}
    AND id IN {ids:Array(String)}
    AND evaluator IN {evaluators:Array(String)}
GROUP BY id, evaluator, evaluator_version
