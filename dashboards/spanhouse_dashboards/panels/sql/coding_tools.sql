-- Tools of coding agents: how often they were used and failed, and how often they were allowed.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: agent, tool, calls (count), error_rate (0 to 1), p50, p95 (milliseconds), decisions (count), allowed_share (0 to 1); none where nothing was told.
-- Leans on the order of logs (project, minute) and its days.
SELECT
    agent,
    tool,
    countIf(event_kind = 'tool_result') AS calls,
    countIf(event_kind = 'tool_result' AND is_failed) / nullIf(calls, 0) AS error_rate,
    quantileTDigestIf(0.5)(lasted_ms, event_kind = 'tool_result') AS p50,
    quantileTDigestIf(0.95)(lasted_ms, event_kind = 'tool_result') AS p95,
    countIf(event_kind = 'tool_decision') AS decisions,
    countIf(event_kind = 'tool_decision' AND (decision = 'accept' OR startsWith(decision, 'approved'))) / nullIf(decisions, 0) AS allowed_share
FROM (
    -- @include coding_logs
)
WHERE tool != '' AND event_kind IN ('tool_result', 'tool_decision')
GROUP BY agent, tool
ORDER BY calls DESC, agent, tool
LIMIT 50
