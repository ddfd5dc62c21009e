-- Failed requests of the Model Context Protocol, by method and what was wrong.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, method, problem (error.type, else the JSON-RPC code), failed (count).
-- Leans on the order of spans (project, minute) and its days.
SELECT $__timeInterval(start_time) AS time, method, problem, count() AS failed
FROM (
    -- @include mcp_calls
)
WHERE is_failed
GROUP BY time, method, problem
ORDER BY time, method, problem
