-- Tools called through the Model Context Protocol.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: server, tool, side (client, server), calls (count), error_rate (0 to 1), p50, p95 (milliseconds).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    server,
    tool,
    side,
    count() AS calls,
    countIf(is_failed) / calls AS error_rate,
    quantileTDigest(0.5)(duration_ns) / 1e6 AS p50,
    quantileTDigest(0.95)(duration_ns) / 1e6 AS p95
FROM (
    -- @include mcp_calls
)
WHERE method = 'tools/call'
GROUP BY server, tool, side
ORDER BY calls DESC, server, tool, side
LIMIT 50
