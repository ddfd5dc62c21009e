-- What the variable project offers: the projects seen in the range.
-- Parameters: the range.
-- Columns: project.
-- Leans on spans_minute's months; it has no project to narrow by.
SELECT DISTINCT project
FROM spans_minute
WHERE minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
ORDER BY project
