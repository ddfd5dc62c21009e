-- Evaluations of the range's spans, by evaluator and outcome.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, evaluator, outcome, scores (count).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT
    $__timeInterval(time) AS time,
    evaluator,
    status AS outcome,
    sum(rolled.scores) AS scores
FROM (
    -- @include rolled_scores
) AS rolled
WHERE source = 'evaluator'
GROUP BY time, evaluator, outcome
HAVING scores > 0
ORDER BY time, evaluator, outcome
