-- Traces that call one tool again and again: the likeliest loops, 20 at most.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: trace_id, tool, calls (count, at least 3).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    trace_id,
    if(tool_name = '', name, tool_name) AS tool,
    count() AS calls
FROM spans FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind = 'tool'
GROUP BY trace_id, tool
HAVING calls >= 3
ORDER BY calls DESC, trace_id, tool
LIMIT 20
