-- Why scores have no value: the evaluator failed or found nothing to judge.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, outcome (failed or unscored), reason, scores (count).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT
    name,
    status AS outcome,
    reason,
    sum(rolled.scores) AS scores
FROM (
    -- @include rolled_scores
) AS rolled
WHERE status != 'scored'
GROUP BY name, outcome, reason
HAVING scores > 0
ORDER BY scores DESC, name, outcome, reason
LIMIT 50
