-- Share of LLM calls that failed, by service and model.
-- Parameters: the range, project, minimum_sample (calls), minimum_errors (failed calls), minimum_minutes (different minutes with failed
-- calls; a provider's hiccup fails many at once and is over before anybody looks).
-- Columns: service, model, value (0 to 1).
-- Leans on spans_minute's order (project, minute).
SELECT
    /*+ moment, */
    service,
    model,
    sum(errors) / sum(spans) AS value
FROM spans_minute FINAL
/*+ ARRAY JOIN $__moments(minute) AS moment */
WHERE project = ${project:singlequote}
    /*+ AND $__replayed(minute) */
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND kind = 'llm'
GROUP BY /*+ moment, */ service, model
HAVING sum(spans) >= ${minimum_sample}
    AND sum(errors) >= ${minimum_errors}
    AND uniqExactIf(minute, errors > 0) >= ${minimum_minutes}
ORDER BY service, model
