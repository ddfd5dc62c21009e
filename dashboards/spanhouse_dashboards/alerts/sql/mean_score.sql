-- Mean of one evaluator's scores, by service and release.
-- Parameters: the range, project, score (its name), minimum_sample (values).
-- Columns: service, release, value (the mean).
-- Leans on scores' order (project, name, minute).
SELECT
    service,
    release,
    avg(scores.value) AS value
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND name = ${score:singlequote}
    AND $__timeFilter(time)
    AND source = 'evaluator'
    AND status = 'scored'
    AND scores.value IS NOT NULL
GROUP BY service, release
HAVING count() >= ${minimum_sample}
ORDER BY service, release
