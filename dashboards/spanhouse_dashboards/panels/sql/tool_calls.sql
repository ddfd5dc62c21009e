-- Calls of each tool: how many, how many failed, how long they took.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: tool, calls (count), error_rate (0 to 1), p50, p95 (milliseconds).
-- Leans on the orders of spans (project, minute), steps_hour and steps_quarter (project, time), and on their days and months.
WITH quantilesTDigestMerge(0.5, 0.95)(duration_ns) AS quantiles_ns
SELECT
    step AS tool,
    sum(spans) AS calls,
    sum(errors) / calls AS error_rate,
    quantiles_ns[1] / 1e6 AS p50,
    quantiles_ns[2] / 1e6 AS p95
FROM (
    -- @include rolled_steps
) AS rolled
WHERE kind = 'tool'
GROUP BY tool
HAVING calls > 0
ORDER BY calls DESC, tool
LIMIT 50
