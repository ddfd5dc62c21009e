-- Calls of each tool: how many, how many failed, how long they took.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: tool, calls (count), error_rate (0 to 1), p50, p95 (milliseconds).
-- Leans on the order of spans (project, minute) and its days.
WITH quantilesTDigest(0.5, 0.95)(duration_ns) AS quantiles_ns
SELECT
    if(tool_name = '', name, tool_name) AS tool,
    count() AS calls,
    countIf(status_code = 'Error') / calls AS error_rate,
    quantiles_ns[1] / 1e6 AS p50,
    quantiles_ns[2] / 1e6 AS p95
FROM spans FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind = 'tool'
GROUP BY tool
ORDER BY calls DESC, tool
LIMIT 50
