-- How many times faster than promised each service spends its budget of slow LLM calls.
-- Parameters: the range and interval, project, environment, service, model, release.
-- latency_objective (share of fast calls) and latency_limit_ms (milliseconds) are those of the alert rules.
-- Columns: time, service, burn_rate (times; 1 spends the budget evenly).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT time, service, slow_share / (1 - ${latency_objective}) AS burn_rate
FROM (
    SELECT
        $__timeInterval(minute) AS time,
        service,
        ${latency_limit_ms} * 1e6 AS limit_ns,
        -- @include slow_share
    FROM (
        -- @include rolled_spans
    ) AS spans_minute
    WHERE
        -- @include rolled_filters
        AND kind = 'llm'
    GROUP BY time, service
    HAVING sum(spans) > 0
)
ORDER BY time, service
