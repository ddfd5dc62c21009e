-- Minutes since the last span of each service that is usually busy.
-- Parameters: the range, project, minimum_sample (minutes with spans in the range).
-- Columns: service, value (minutes).
-- Leans on spans_minute's order (project, minute).
SELECT
    service,
    toFloat64(dateDiff('minute', max(minute), $__toTime)) AS value
FROM spans_minute FINAL
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND spans > 0
GROUP BY service
HAVING uniqExact(minute) >= ${minimum_sample}
ORDER BY service
