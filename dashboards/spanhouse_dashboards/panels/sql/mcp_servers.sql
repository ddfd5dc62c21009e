-- Servers of the Model Context Protocol, as those who ask and as they themselves see it.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: server, side (client, server), service (whose spans they are), requests (count), tools (count of different ones), error_rate (0 to 1), p50, p95 (milliseconds).
-- Leans on the order of spans (project, minute) and its days.
SELECT
    server,
    side,
    service,
    count() AS requests,
    uniqExactIf(tool, tool != '') AS tools,
    countIf(is_failed) / requests AS error_rate,
    quantileTDigest(0.5)(duration_ns) / 1e6 AS p50,
    quantileTDigest(0.95)(duration_ns) / 1e6 AS p95
FROM (
    -- @include mcp_calls
)
GROUP BY server, side, service
ORDER BY requests DESC, server, side, service
LIMIT 50
