-- What the variable release offers: the values seen in the range.
-- Parameters: the range, project.
-- Columns: release.
-- Leans on spans_minute's order (project, minute).
SELECT DISTINCT release
FROM spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND release != ''
ORDER BY release
