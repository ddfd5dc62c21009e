-- Share of LLM calls that failed, by service and model.
-- Parameters: the range, project, minimum_sample (calls), minimum_errors (failed calls).
-- Columns: service, model, value (0 to 1).
-- Leans on spans_minute's order (project, minute).
SELECT
    service,
    model,
    sum(errors) / sum(spans) AS value
FROM spans_minute FINAL
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND kind = 'llm'
GROUP BY service, model
HAVING sum(spans) >= ${minimum_sample} AND sum(errors) >= ${minimum_errors}
ORDER BY service, model
