-- The scores of a project, each once.
-- Parameters: project. Columns: as named below.
-- Index: the primary key, by project.
SELECT
    name, toString(target) AS target, trace_id, span_id, session_id, toString(source) AS source, evaluator, toString(status) AS status,
    value, label, explanation, reason, model, attributes, toUnixTimestamp64Nano(time) AS time_ns
FROM scores FINAL
WHERE project = {project:String}
ORDER BY name, target, value, label
