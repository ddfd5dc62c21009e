-- Projects that have spans.
-- Parameters: none. Columns: project.
-- Index: project leads the primary key.
SELECT DISTINCT project
FROM spans
ORDER BY project
