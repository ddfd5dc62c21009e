-- Mean of each score and the share of what should be scored that has a value.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, name, mean (none without values), coverage (0 to 1).
-- Leans on scores' order by project and its months.
SELECT
    $__timeInterval(scores.time) AS time,
    name,
    avgIf(value, status = 'scored') AS mean,
    countIf(status = 'scored' AND value IS NOT NULL) / count() AS coverage
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND source = 'evaluator'
GROUP BY time, name
ORDER BY time, name
