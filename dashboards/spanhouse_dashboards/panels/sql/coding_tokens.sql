-- Tokens of coding agents by type: Claude Code by its own counter, Codex by its model calls.
-- Parameters: the range and interval, project, environment, service, release; metrics and log records know no model.
-- Columns: time, type (input and output leave out what was read from a cache), tokens.
-- Leans on the order of metrics_points (project, name, minute) and its months.
SELECT $__timeInterval(used_at) AS time, type, sum(amount) AS tokens
FROM (
    SELECT
        time AS used_at,
        transform(attributes['type'], ['cacheRead', 'cacheCreation'], ['cache read', 'cache write'], attributes['type']) AS type,
        increase AS amount
    FROM (
        -- @include coding_metrics
    )
    WHERE name = 'claude_code.token.usage'
    UNION ALL
    SELECT start_time AS used_at, part.1 AS type, toFloat64(part.2) AS amount
    FROM (
    -- @include codex_calls
    )
    ARRAY JOIN [
        ('input', ifNull(input_tokens, 0) - ifNull(cache_read_tokens, 0) - ifNull(cache_write_tokens, 0)),
        ('cache read', toInt64(ifNull(cache_read_tokens, 0))),
        ('cache write', toInt64(ifNull(cache_write_tokens, 0))),
        ('output', toInt64(ifNull(output_tokens, 0)))
    ] AS part
    WHERE amount > 0
)
GROUP BY time, type
ORDER BY time, type
