-- Minutes since the last span of each service that is usually busy, once they are more than its usual pauses explain.
-- Parameters: the range, project, minimum_sample (minutes with spans in the range).
-- Columns: service, value (minutes; 0 while the pause is shorter than three times what 99 of 100 pauses in the range stay below).
-- Leans on spans_minute's order (project, minute).
WITH
    toUnixTimestamp($__toTime) AS until_s,
    arraySort(groupUniqArray(toUnixTimestamp(minute))) AS busy_s,
    arrayPopFront(arrayDifference(busy_s)) AS pauses_s,
    (until_s - busy_s[-1]) / 60 AS silent
SELECT
    /*+ moment, */
    service,
    if(silent * 60 > 3 * arrayReduce('quantile(0.99)', pauses_s), floor(silent), 0) AS value
FROM spans_minute FINAL
/*+ ARRAY JOIN $__moments(minute) AS moment */
WHERE project = ${project:singlequote}
    /*+ AND $__replayed(minute) */
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND spans > 0
GROUP BY /*+ moment, */ service
HAVING length(busy_s) >= greatest(2, ${minimum_sample})
ORDER BY service
