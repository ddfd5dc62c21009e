-- Requests of the Model Context Protocol by method.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, method, requests (count).
-- Leans on the order of spans (project, minute) and its days.
SELECT $__timeInterval(start_time) AS time, method, count() AS requests
FROM (
    -- @include mcp_calls
)
GROUP BY time, method
ORDER BY time, method
