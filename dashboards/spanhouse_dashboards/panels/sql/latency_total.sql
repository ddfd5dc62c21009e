-- How long the range's LLM calls took at the 95th percentile.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: p95 (milliseconds, none without calls).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT if(sum(spans) = 0, NULL, quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns)[3] / 1e6) AS p95
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind = 'llm'
