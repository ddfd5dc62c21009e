-- What the variable model offers: the values seen in the range.
-- Parameters: the range, project.
-- Columns: model.
-- Leans on spans_minute's order (project, minute).
SELECT DISTINCT model
FROM spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND model != ''
ORDER BY model
