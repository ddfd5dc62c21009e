-- How often scores fall into each tenth of the scale from 0 to 1; scores beyond it are left out.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: range, name, scores (count).
-- Leans on scores' order by project and its months.
SELECT
    concat(toString(least(floor(assumeNotNull(value) * 10), 9) / 10), ' to ', toString((least(floor(assumeNotNull(value) * 10), 9) + 1) / 10)) AS range,
    name,
    count() AS scores
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND status = 'scored'
    AND value BETWEEN 0 AND 1
GROUP BY range, name
ORDER BY range, name
