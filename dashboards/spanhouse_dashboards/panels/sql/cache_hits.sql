-- Share of input tokens that providers read from their cache, by model.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, model, hit_ratio (0 to 1).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    model,
    sum(cache_read_tokens) / sum(input_tokens) AS hit_ratio
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
HAVING sum(input_tokens) > 0
ORDER BY time, model
