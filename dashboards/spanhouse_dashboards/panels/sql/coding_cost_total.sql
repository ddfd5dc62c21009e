-- What coding agents cost in the range: Claude Code by its own counter, Codex by the prices of its model calls.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: cost_usd (US dollars, none where nothing was told).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT sumOrNull(usd) AS cost_usd
FROM (
    SELECT increase AS usd
    FROM (
        -- @include coding_metrics
    )
    WHERE name = 'claude_code.cost.usage'
    UNION ALL
    SELECT toFloat64(spent_usd) AS usd
    FROM (
    -- @include codex_calls
    )
    WHERE spent_usd IS NOT NULL
)
