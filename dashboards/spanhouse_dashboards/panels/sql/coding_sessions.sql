-- Sessions of coding agents and people who worked with them.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: time, agent, sessions, users (counts of different ones).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT $__timeInterval(seen_at) AS time, agent, uniqExactIf(session, session != '') AS sessions, uniqExactIf(agent_user, agent_user NOT IN ('', '(not told)')) AS users
FROM (
    SELECT time AS seen_at, 'Claude Code' AS agent, session, agent_user
    FROM (
        -- @include coding_metrics
    )
    UNION ALL
    SELECT time AS seen_at, agent, session, agent_user
    FROM (
        -- @include coding_logs
    )
)
GROUP BY time, agent
ORDER BY time, agent
