-- The same means for each service, model and release, this week and the week before.
-- Parameters: project; before, from, to (UTC; the week before begins at `before`).
-- Columns: name, service, model, release, mean, scored, mean_before, scored_before (means are 0 where nothing was scored).
-- Index: scores by month and project; the 500 most scored parts.
WITH time >= {from:DateTime64(3, 'UTC')} AS is_now
SELECT
    name,
    service,
    model,
    release,
    countIf(is_now) AS scored,
    countIf(NOT is_now) AS scored_before,
    if(scored = 0, 0, avgIf(scores.value, is_now)) AS mean,
    if(scored_before = 0, 0, avgIf(scores.value, NOT is_now)) AS mean_before
FROM scores FINAL
WHERE project = {project:String}
    AND time >= {before:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
    AND source = 'evaluator'
    AND status = 'scored'
    AND scores.value IS NOT NULL
GROUP BY name, service, model, release
ORDER BY scored + scored_before DESC, name, service, model, release
LIMIT 500
