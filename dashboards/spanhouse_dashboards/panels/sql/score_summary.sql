-- Each score: how many were wanted, how many have a value, their mean and its 95% interval.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, wanted (count), coverage (0 to 1), mean, low, high (none without values).
-- Leans on the orders of scores (project, name, minute), scores_hour and scores_quarter (project, time) and on their months.
WITH
    sum(valued) AS scored,
    sum(value_sum) / nullIf(scored, 0) AS average,
    -- The squares' sum less that of the mean, as rounding may leave it, by n - 1: the sample's variance.
    1.96 * sqrt(greatest(0, sum(value_squares) - scored * average * average) / (scored - 1)) / sqrt(scored) AS margin
SELECT
    name,
    sum(scores) AS wanted,
    scored / wanted AS coverage,
    average AS mean,
    if(scored < 2, NULL, average - margin) AS low,
    if(scored < 2, NULL, average + margin) AS high
FROM (
    -- @include rolled_scores
)
GROUP BY name
HAVING wanted > 0
ORDER BY name
