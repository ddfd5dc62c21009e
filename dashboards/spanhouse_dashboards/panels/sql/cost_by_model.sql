-- Cost of model calls with a known price, by model.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, model, cost_usd (US dollars).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    model,
    toFloat64(sum(spans_minute.cost_usd)) AS cost_usd
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind IN ('llm', 'embedding')
GROUP BY time, model
HAVING sum(priced_spans) > 0
ORDER BY time, model
