-- Why models stopped writing: answers cut short show as length.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, reason, calls (count).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    $__timeInterval(start_time) AS time,
    arrayJoin(finish_reasons) AS reason,
    count() AS calls
FROM spans FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind = 'llm'
GROUP BY time, reason
ORDER BY time, reason
