-- Share of spans that failed, by service.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, service, error_rate (0 to 1).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    service,
    sum(errors) / sum(spans) AS error_rate
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE project = ${project:singlequote}
    AND minute >= toStartOfMinute($__fromTime) AND minute <= $__toTime
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
GROUP BY time, service
HAVING sum(spans) > 0
ORDER BY time, service
