-- Mean of each score of spans, traces and sessions.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, target (span, trace, session), scores (count with a value), mean, lowest, highest.
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
SELECT
    name,
    target,
    sum(valued) AS scores,
    sum(value_sum) / sum(valued) AS mean,
    min(value_min) AS lowest,
    max(value_max) AS highest
FROM (
    -- @include rolled_scores
) AS rolled
WHERE valued > 0
GROUP BY name, target
ORDER BY name, target
LIMIT 100
