-- Lines that Claude Code added and removed.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: time, added, removed (lines).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT
    $__timeInterval(changed_at) AS time,
    sumIf(increase, attributes['type'] = 'added') AS added,
    sumIf(increase, attributes['type'] = 'removed') AS removed
FROM (
    SELECT time AS changed_at, name, attributes, increase
    FROM (
        -- @include coding_metrics
    )
)
WHERE name = 'claude_code.lines_of_code.count'
GROUP BY time
ORDER BY time
