-- How many LLM calls took how long; each bucket is named by its upper bound, padded so that names sort like bounds.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, bucket (seconds as text), calls (count).
-- Leans on the order of spans (project, minute) and its days.
WITH arrayFirst(bound_s -> duration_ns <= bound_s * 1e9, [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]) AS upper_s
SELECT
    $__timeInterval(start_time) AS time,
    if(upper_s = 0, 'over 100 s', printf('%5.1f s', upper_s)) AS bucket,
    count() AS calls
FROM spans FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind = 'llm'
GROUP BY time, bucket
ORDER BY time, bucket
