-- Servers of the Model Context Protocol that coding agents use: their tools are named mcp__SERVER__TOOL.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: agent, server, calls (count), tools (count of different ones), error_rate (0 to 1), p95 (milliseconds).
-- Leans on the order of logs (project, minute) and its days.
SELECT
    agent,
    splitByString('__', tool)[2] AS server,
    count() AS calls,
    uniqExact(tool) AS tools,
    countIf(is_failed) / calls AS error_rate,
    quantileTDigest(0.95)(lasted_ms) AS p95
FROM (
    -- @include coding_logs
)
WHERE event_kind = 'tool_result' AND startsWith(tool, 'mcp__')
GROUP BY agent, server
ORDER BY calls DESC, agent, server
LIMIT 50
