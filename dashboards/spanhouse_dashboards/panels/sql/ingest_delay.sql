-- How long spans took from their end to the door, and from the door to the table.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, p95_arrival, p95_storing (seconds).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    $__timeInterval(start_time) AS time,
    quantileTDigest(0.95)(greatest(0, dateDiff('millisecond', start_time, received_at) - duration_ns / 1e6)) / 1000 AS p95_arrival,
    quantileTDigest(0.95)(greatest(0, dateDiff('millisecond', received_at, stored_at))) / 1000 AS p95_storing
FROM spans
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
GROUP BY time
ORDER BY time
