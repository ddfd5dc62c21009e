-- What evaluators found in a week: each score's mean, spread and coverage, and what judging cost.
-- Parameters: project; from, to (UTC, whole hours).
-- Columns: name, mean, spread (standard deviation of the sample), scored, coverage (share that got a value), cost_usd.
-- Index: scores_hour by project and hour, scores by month and project.
SELECT
    name,
    sum(value_sum) / sum(valued) AS mean,
    -- The squares' sum less that of the mean, as rounding may leave it, by n - 1: the sample's variance.
    sqrt(greatest(0, sum(value_squares) - sum(valued) * mean * mean) / (sum(valued) - 1)) AS spread,
    sum(valued) AS scored,
    scored / sum(scores) AS coverage,
    toFloat64(sum(rolled.cost_usd)) AS cost_usd
FROM (
    -- @include rolled_scores
) AS rolled
WHERE time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
GROUP BY name
HAVING scored > 1
ORDER BY name
LIMIT 200
