-- How long LLM calls took, by provider.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, provider, p50, p95, p99 (milliseconds).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
WITH quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns) AS quantiles_ns
SELECT
    $__timeInterval(minute) AS time,
    provider,
    quantiles_ns[1] / 1e6 AS p50,
    quantiles_ns[3] / 1e6 AS p95,
    quantiles_ns[4] / 1e6 AS p99
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
GROUP BY time, provider
HAVING sum(spans) > 0
ORDER BY time, provider
