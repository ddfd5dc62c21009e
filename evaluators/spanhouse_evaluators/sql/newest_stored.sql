-- How far the store has come, before a job reads.
-- Parameters: project. Columns: stored_ms (Unix time in ms; 0 without spans).
-- Index: the minmax index of stored_at is not needed; the column is narrow.
SELECT toUnixTimestamp64Milli(max(stored_at)) AS stored_ms
FROM spans
WHERE project = {project:String}
