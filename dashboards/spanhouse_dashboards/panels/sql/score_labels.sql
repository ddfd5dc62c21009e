-- Scores that are words: how often each label was given.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, label, scores (count).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT name, label, sum(rolled.scores) AS scores
FROM (
    -- @include rolled_scores
) AS rolled
WHERE status = 'scored' AND label != ''
GROUP BY name, label
HAVING scores > 0
ORDER BY name, scores DESC, label
LIMIT 10 BY name
