-- How many scores were given, by who gave them and what they are of.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, source (evaluator, client, person), target (span, trace, session), scores (count with a value or a label).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT $__timeInterval(time) AS time, source, target, sum(rolled.scores) AS scores
FROM (
    -- @include rolled_scores
) AS rolled
WHERE status = 'scored'
GROUP BY time, source, target
HAVING scores > 0
ORDER BY time, source, target
