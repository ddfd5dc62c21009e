-- Marks the minute in which a release was first seen, if that lies in the range.
-- Parameters: the range, project, service.
-- Columns: time, text.
-- Leans on spans_minute's order (project, minute); a week before the range tells new releases from old ones.
SELECT
    min(minute) AS time,
    concat(service, ': release ', release) AS text
FROM spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) - INTERVAL 7 DAY AND minute <= $__toTime
    AND release != ''
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
GROUP BY service, release
HAVING time >= $__fromTime
ORDER BY time
