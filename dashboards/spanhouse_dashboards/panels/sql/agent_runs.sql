-- Runs of each agent and workflow: how many, how many failed, how long they took.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: agent, runs (count), error_rate (0 to 1), p50, p95 (milliseconds).
-- Leans on the order of spans (project, minute) and its days.
WITH quantilesTDigest(0.5, 0.95)(duration_ns) AS quantiles_ns
SELECT
    multiIf(agent_name != '', agent_name, workflow_name != '', workflow_name, name) AS agent,
    count() AS runs,
    countIf(status_code = 'Error') / runs AS error_rate,
    quantiles_ns[1] / 1e6 AS p50,
    quantiles_ns[2] / 1e6 AS p95
FROM spans FINAL
WHERE project = ${project:singlequote}
    AND $__timeFilter(start_time)
    AND $__conditionalAll(environment IN (${environment:singlequote}), $environment)
    AND $__conditionalAll(service IN (${service:singlequote}), $service)
    AND $__conditionalAll(model IN (${model:singlequote}), $model)
    AND $__conditionalAll(release IN (${release:singlequote}), $release)
    AND kind IN ('agent', 'workflow')
GROUP BY agent
ORDER BY runs DESC, agent
LIMIT 50
