-- The newest score an evaluator gave a trace or a session, whatever it knew of it then; no row where it gave none.
-- Parameters: project, target ('trace' or 'session'), id, evaluator, version, from_ns and to_ns (around the start of its spans).
-- Columns: judged (hash of what was judged), status, value, label, reason, explanation, scored_at.
-- Index: project and the start minute in scores' order, its month partition.
SELECT attributes['spanhouse.input_hash'] AS judged, toString(status) AS status, value, label, reason, explanation, scored_at
FROM scores FINAL
WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Nano({from_ns:Int64}, 'UTC')
    AND time <= fromUnixTimestamp64Nano({to_ns:Int64}, 'UTC')
    AND source = 'evaluator'
    AND target = {target:String}
    AND if(target = 'trace', trace_id, session_id) = {id:String}
    AND evaluator = {evaluator:String}
    AND evaluator_version = {version:String}
ORDER BY scored_at DESC, name
LIMIT 1
