-- Sessions of coding agents.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: sessions (count of different ones).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT uniqExact(session) AS sessions
FROM (
    SELECT session
    FROM (
        -- @include coding_metrics
    )
    UNION ALL
    SELECT session
    FROM (
        -- @include coding_logs
    )
)
WHERE session != ''
