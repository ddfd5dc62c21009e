-- Minutes that each evaluator lies behind the newest LLM call, if it judged any in the range.
-- Parameters: the range, project, minimum_sample (scores in the range).
-- Columns: evaluator, value (minutes).
-- Leans on scores' order by project, and on spans_minute's order (project, minute).
WITH (
    SELECT max(minute)
    FROM spans_minute FINAL
    WHERE project = ${project:singlequote}
        AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
        AND kind = 'llm'
        AND spans > 0
) AS newest_call
SELECT
    evaluator,
    toFloat64(greatest(0, dateDiff('minute', max(scores.time), newest_call))) AS value
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND source = 'evaluator'
GROUP BY evaluator
HAVING count() >= ${minimum_sample}
ORDER BY evaluator
