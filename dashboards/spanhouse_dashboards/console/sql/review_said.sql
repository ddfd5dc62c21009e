-- What an evaluator said of one span, the newest of it. Texts of all spans would not fit into memory beside the queue.
-- Parameters: project; from, to (UTC); name (of the score); trace; span. Columns: value (NULL where it is a label), label, explanation,
-- version. Index: scores by project, name and minute, their bloom filter on traces.
SELECT value, toString(label) AS label, explanation, toString(evaluator_version) AS version
FROM scores
WHERE project = {project:String}
    AND name = {name:String}
    AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
    AND trace_id = {trace:String}
    AND span_id = {span:String}
    AND source = 'evaluator'
    AND status = 'scored'
ORDER BY scored_at DESC
LIMIT 1
-- A row: a second thread costs more than it saves.
SETTINGS max_threads = 1
