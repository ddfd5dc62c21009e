-- The two newest releases, by their first call, the newest one first.
-- Parameters: project. Columns: release.
-- Index: project leads the primary key; only narrow columns are read.
SELECT release
FROM spans
WHERE project = {project:String} AND kind = 'llm' AND release != ''
GROUP BY release
ORDER BY min(start_time) DESC, release DESC
LIMIT 2
