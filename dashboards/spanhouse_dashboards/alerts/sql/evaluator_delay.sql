-- Minutes that each evaluator lies behind the newest LLM call, if it was asked in the range; what it failed at is not judged, and
-- where that is all, it lies behind since the range began.
-- Parameters: the range, project, minimum_sample (scores and failures in the range).
-- Columns: evaluator, value (minutes).
-- Leans on scores' order by project, and on spans_minute's order (project, minute).
WITH
    judged AS (
        SELECT
            $__toTime AS until,
            evaluator,
            greatest(maxIf(scores.time, status != 'failed'), toDateTime64($__fromTime, 9, 'UTC')) AS newest_score
        FROM scores FINAL
        /*+ ARRAY JOIN $__moments(scores.time) AS moment */
        WHERE project = ${project:singlequote}
            /*+ AND $__replayed(scores.time) */
            AND $__timeFilter(scores.time)
            AND source = 'evaluator'
        GROUP BY until, evaluator
        HAVING count() >= ${minimum_sample}
    ),
    called AS (
        SELECT $__toTime AS until, max(minute) AS newest_call
        FROM spans_minute FINAL
        /*+ ARRAY JOIN $__moments(minute) AS moment */
        WHERE project = ${project:singlequote}
            /*+ AND $__replayed(minute) */
            AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
            AND kind = 'llm'
            AND spans > 0
        GROUP BY until
    )
SELECT
    /*+ until AS moment, */
    evaluator,
    toFloat64(greatest(0, dateDiff('minute', newest_score, newest_call))) AS value
FROM judged
INNER JOIN called USING (until)
ORDER BY evaluator
