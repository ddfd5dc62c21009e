-- How far evaluators have come, before a job reads their scores.
-- Parameters: project. Columns: stored_ms (Unix time in ms; 0 without scores).
-- Index: none fits; only narrow columns are read.
SELECT toUnixTimestamp64Milli(max(scored_at)) AS stored_ms
FROM scores
WHERE project = {project:String} AND source = 'evaluator'
