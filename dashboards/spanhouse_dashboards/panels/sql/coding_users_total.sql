-- People who worked with coding agents.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: users (count of different ones).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT uniqExact(agent_user) AS users
FROM (
    SELECT agent_user
    FROM (
        -- @include coding_metrics
    )
    UNION ALL
    SELECT agent_user
    FROM (
        -- @include coding_logs
    )
)
WHERE agent_user NOT IN ('', '(not told)')
