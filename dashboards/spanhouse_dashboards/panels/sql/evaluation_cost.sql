-- What evaluators spent on models of their own.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: evaluator, evaluations (count), cost_usd (US dollars, none where none was reported).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT
    evaluator,
    sum(scores) AS evaluations,
    if(sum(priced_scores) = 0, NULL, toFloat64(sum(rolled.cost_usd))) AS cost_usd
FROM (
    -- @include rolled_scores
) AS rolled
WHERE source = 'evaluator'
GROUP BY evaluator
HAVING evaluations > 0
ORDER BY cost_usd DESC, evaluator
