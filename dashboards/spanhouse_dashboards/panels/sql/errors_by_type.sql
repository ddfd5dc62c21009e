-- Failed spans by type of error.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, error, spans (count).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    $__timeInterval(start_time) AS time,
    if(error_type = '', 'unknown', error_type) AS error,
    count() AS spans
FROM spans FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND status_code = 'Error'
GROUP BY time, error
ORDER BY time, error
