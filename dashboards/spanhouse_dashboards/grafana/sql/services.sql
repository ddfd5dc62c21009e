-- What the variable service offers: the values seen in the range.
-- Parameters: the range, project.
-- Columns: service.
-- Leans on spans_minute's order (project, minute).
SELECT DISTINCT service
FROM spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND service != ''
ORDER BY service
