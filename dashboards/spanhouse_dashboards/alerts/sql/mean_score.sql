-- Mean of one evaluator's scores, by service and release.
-- Parameters: the range, project, score (its name), minimum_sample (values).
-- Columns: service, release, value (the mean).
-- Leans on scores' order (project, name, minute).
SELECT
    /*+ moment, */
    service,
    release,
    avg(scores.value) AS value
FROM scores FINAL
/*+ ARRAY JOIN $__moments(time) AS moment */
WHERE project = ${project:singlequote}
    /*+ AND $__replayed(time) */
    AND name = ${score:singlequote}
    AND $__timeFilter(time)
    AND source = 'evaluator'
    AND status = 'scored'
    AND scores.value IS NOT NULL
GROUP BY /*+ moment, */ service, release
HAVING count() >= ${minimum_sample}
ORDER BY service, release
