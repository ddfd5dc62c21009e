-- What coding agents cost: Claude Code by its own counter, Codex by the prices of its model calls.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: time, agent, model, cost_usd (US dollars).
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT $__timeInterval(spent_at) AS time, agent, model_called AS model, sum(usd) AS cost_usd
FROM (
    SELECT time AS spent_at, 'Claude Code' AS agent, attributes['model'] AS model_called, increase AS usd
    FROM (
        -- @include coding_metrics
    )
    WHERE name = 'claude_code.cost.usage'
    UNION ALL
    SELECT start_time AS spent_at, 'Codex' AS agent, toString(model_called) AS model_called, toFloat64(spent_usd) AS usd
    FROM (
    -- @include codex_calls
    )
    WHERE spent_usd IS NOT NULL
)
GROUP BY time, agent, model
ORDER BY time, agent, model
