-- Whether people, or what they had set up, let coding agents use tools.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: time, agent, allowed, refused (counts).
-- Leans on the order of logs (project, minute) and its days.
SELECT $__timeInterval(decided_at) AS time, agent, countIf(is_allowed) AS allowed, countIf(NOT is_allowed) AS refused
FROM (
    SELECT time AS decided_at, agent, decision = 'accept' OR startsWith(decision, 'approved') AS is_allowed
    FROM (
        -- @include coding_logs
    )
    WHERE event_kind = 'tool_decision'
)
GROUP BY time, agent
ORDER BY time, agent
