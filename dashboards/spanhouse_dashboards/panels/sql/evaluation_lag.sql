-- How long after a span began it was scored, by evaluator.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, evaluator, p50, p95 (seconds).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
WITH quantilesTDigestMerge(0.5, 0.95)(lag_ms) AS quantiles_ms
SELECT
    $__timeInterval(time) AS time,
    evaluator,
    quantiles_ms[1] / 1000 AS p50,
    quantiles_ms[2] / 1000 AS p95
FROM (
    -- @include rolled_scores
)
WHERE source = 'evaluator'
GROUP BY time, evaluator
HAVING sum(scores) > 0
ORDER BY time, evaluator
