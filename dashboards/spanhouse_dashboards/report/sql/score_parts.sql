-- Scores by service, by model, by release and by all that these make together, this week and the week before.
-- Parameters: project; before, from, to (UTC, whole hours; the week before begins at `before`).
-- Columns: name, by_service, by_model, by_release (1 where the row is of one of them, 0 where of all), service, model, release, scored,
-- scored_before, mean, mean_before (means are 0 where nothing was scored).
-- Index: scores_hour by project and hour, scores by month and project; the 2,000 most scored parts.
WITH time >= {from:DateTime64(3, 'UTC')} AS is_now
SELECT
    name,
    1 - grouping(service) AS by_service,
    1 - grouping(model) AS by_model,
    1 - grouping(release) AS by_release,
    service,
    model,
    release,
    sumIf(valued, is_now) AS scored,
    sumIf(valued, NOT is_now) AS scored_before,
    if(scored = 0, 0, sumIf(value_sum, is_now) / scored) AS mean,
    if(scored_before = 0, 0, sumIf(value_sum, NOT is_now) / scored_before) AS mean_before
FROM (
    -- @include rolled_scores
) AS rolled
WHERE time >= {before:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')} AND valued > 0
GROUP BY name, service, model, release WITH CUBE
HAVING grouping(name) = 0
ORDER BY scored + scored_before DESC, name, by_service, by_model, by_release, service, model, release
LIMIT 2000
