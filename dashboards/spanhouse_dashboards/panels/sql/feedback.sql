-- Scores given by users and reviewers: how many and their mean.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, name, mean (none without values), answers (count).
-- Leans on scores' order by project and its months.
SELECT
    $__timeInterval(scores.time) AS time,
    name,
    avg(value) AS mean,
    count() AS answers
FROM scores FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(scores.time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND source IN ('client', 'person')
GROUP BY time, name
ORDER BY time, name
