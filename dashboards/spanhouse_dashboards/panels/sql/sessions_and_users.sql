-- Sessions and users seen in each interval (estimates within 2 %).
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, sessions, users (counts).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    $__timeInterval(start_time) AS time,
    uniqIf(session_id, session_id != '') AS sessions,
    uniqIf(user_id, user_id != '') AS users
FROM spans
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
GROUP BY time
ORDER BY time
