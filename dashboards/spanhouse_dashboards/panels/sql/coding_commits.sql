-- Commits and pull requests that Claude Code made.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: time, commits, pull_requests (counts).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(made_at) AS time,
    sumIf(increase, name = 'claude_code.commit.count') AS commits,
    sumIf(increase, name = 'claude_code.pull_request.count') AS pull_requests
FROM (
    SELECT time AS made_at, name, increase
    FROM (
        -- @include coding_metrics
    )
)
WHERE name IN ('claude_code.commit.count', 'claude_code.pull_request.count')
GROUP BY time
ORDER BY time
