-- How long retrievals took, by service.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, service, p50, p95 (milliseconds).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
WITH quantilesTDigestMerge(0.5, 0.9, 0.95, 0.99)(duration_ns) AS quantiles_ns
SELECT
    $__timeInterval(minute) AS time,
    service,
    quantiles_ns[1] / 1e6 AS p50,
    quantiles_ns[3] / 1e6 AS p95
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind = 'retriever'
GROUP BY time, service
HAVING sum(spans) > 0
ORDER BY time, service
