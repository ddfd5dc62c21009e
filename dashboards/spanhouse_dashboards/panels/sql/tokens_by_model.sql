-- Tokens of model calls, by model.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, model, input, output (tokens).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    model,
    sum(input_tokens) AS input,
    sum(output_tokens) AS output
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
HAVING sum(usage_spans) > 0
ORDER BY time, model
