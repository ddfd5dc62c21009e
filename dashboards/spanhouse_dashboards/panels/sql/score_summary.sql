-- Each score: how many were wanted, how many have a value, their mean and its 95 % interval.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, wanted (count), coverage (0 to 1), mean, low, high (none without values).
-- Leans on scores' order by project and its months.
WITH
    countIf(status = 'scored' AND value IS NOT NULL) AS scored,
    avgIf(value, status = 'scored') AS average,
    1.96 * stddevSampIf(value, status = 'scored') / sqrt(scored) AS margin
SELECT
    name,
    count() AS wanted,
    scored / wanted AS coverage,
    average AS mean,
    if(scored < 2, NULL, average - margin) AS low,
    if(scored < 2, NULL, average + margin) AS high
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
GROUP BY name
ORDER BY name
