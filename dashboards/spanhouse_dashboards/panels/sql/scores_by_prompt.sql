-- Mean of each score by prompt and its version, with coverage.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: name, prompt, version, mean (none without values), coverage (0 to 1).
-- Leans on scores' order by project and its months.
SELECT
    name,
    prompt_name AS prompt,
    prompt_version AS version,
    avgIf(value, status = 'scored') AS mean,
    countIf(status = 'scored' AND value IS NOT NULL) / count() AS coverage
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND prompt_name != ''
GROUP BY name, prompt, version
ORDER BY name, prompt, version
