-- What evaluators found in a week: each score's mean, spread and coverage, and what judging cost.
-- Parameters: project; from, to (UTC).
-- Columns: name, mean, spread (standard deviation of the sample), scored, coverage (share that got a value), cost_usd.
-- Index: scores by month and project.
SELECT
    name,
    avgIf(scores.value, status = 'scored') AS mean,
    stddevSampStableIf(scores.value, status = 'scored') AS spread,
    countIf(status = 'scored' AND scores.value IS NOT NULL) AS scored,
    scored / count() AS coverage,
    toFloat64(sum(ifNull(scores.cost_usd, 0))) AS cost_usd
FROM scores FINAL
WHERE project = {project:String}
    AND time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
    AND source = 'evaluator'
GROUP BY name
HAVING scored > 1
ORDER BY name
LIMIT 200
