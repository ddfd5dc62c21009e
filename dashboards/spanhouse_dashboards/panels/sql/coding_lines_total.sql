-- Lines that Claude Code added or removed.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: lines (count).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT sum(increase) AS lines
FROM (
    -- @include coding_metrics
)
WHERE name = 'claude_code.lines_of_code.count'
