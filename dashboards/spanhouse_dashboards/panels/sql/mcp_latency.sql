-- How long requests of the Model Context Protocol take, by method.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, method, p50, p95 (milliseconds).
-- Leans on the order of spans (project, minute) and its days.
WITH quantilesTDigest(0.5, 0.95)(duration_ns) AS quantiles_ns
SELECT $__timeInterval(start_time) AS time, method, quantiles_ns[1] / 1e6 AS p50, quantiles_ns[2] / 1e6 AS p95
FROM (
    -- @include mcp_calls
)
GROUP BY time, method
ORDER BY time, method
