-- Mean of each score by release, with coverage.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, release, mean (none without values), coverage (0 to 1).
-- Leans on scores' order by project and its months.
SELECT
    name,
    release,
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
GROUP BY name, release
ORDER BY name, release
