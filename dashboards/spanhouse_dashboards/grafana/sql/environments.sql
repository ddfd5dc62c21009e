-- What the variable environment offers: the values seen in the range.
-- Parameters: the range, project.
-- Columns: environment.
-- Leans on spans_minute's order (project, minute).
SELECT DISTINCT environment
FROM spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND environment != ''
ORDER BY environment
