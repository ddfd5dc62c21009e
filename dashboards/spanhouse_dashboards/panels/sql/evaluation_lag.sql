-- How long after a span began it was scored, by evaluator.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, evaluator, p50, p95 (seconds).
-- Leans on scores' order by project and its months.
WITH quantiles(0.5, 0.95)(dateDiff('millisecond', scores.time, scored_at)) AS quantiles_ms
SELECT
    $__timeInterval(scores.time) AS time,
    evaluator,
    quantiles_ms[1] / 1000 AS p50,
    quantiles_ms[2] / 1000 AS p95
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND source = 'evaluator'
GROUP BY time, evaluator
ORDER BY time, evaluator
