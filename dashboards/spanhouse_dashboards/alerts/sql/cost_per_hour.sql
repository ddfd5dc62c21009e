-- What the last hour's model calls cost, as far as prices are known, by service.
-- Parameters: the range, project, minimum_sample (calls with a price).
-- Columns: service, value (US dollars).
-- Leans on spans_minute's order (project, minute).
SELECT
    service,
    toFloat64(sum(cost_usd)) AS value
FROM spans_minute FINAL
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND kind IN ('llm', 'embedding')
GROUP BY service
HAVING sum(priced_spans) >= ${minimum_sample}
ORDER BY service
