-- 95th percentile of the duration of LLM calls, by service and model.
-- Parameters: the range, project, minimum_sample (calls).
-- Columns: service, model, value (milliseconds).
-- Leans on spans_minute's order (project, minute).
SELECT
    service,
    model,
    quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns)[3] / 1e6 AS value
FROM spans_minute FINAL
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND kind = 'llm'
GROUP BY service, model
HAVING sum(spans) >= ${minimum_sample}
ORDER BY service, model
