-- How well each model of each service kept what the alert rules on burn rates promise, over the whole range.
-- Parameters: the range and interval, project, environment, service, model, release.
-- error_objective, latency_objective (shares of good calls) and latency_limit_ms (milliseconds) are those of the alert rules.
-- Columns: service, model, promise, promised_share (0 to 1), calls (count), kept_share (0 to 1), budget_left_share (1 is all of it, below 0 the promise is broken).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    service,
    model,
    held.1 AS promise,
    held.2 AS promised_share,
    calls,
    1 - held.3 AS kept_share,
    1 - held.3 / (1 - promised_share) AS budget_left_share
FROM (
    SELECT
        service,
        model,
        sum(spans) AS calls,
        sum(errors) / calls AS failed_share,
        ${latency_limit_ms} * 1e6 AS limit_ns,
        -- @include slow_share
    FROM (
        -- @include rolled_spans
    ) AS spans_minute
    WHERE
        -- @include rolled_filters
        AND kind = 'llm'
    GROUP BY service, model
    HAVING calls > 0
)
-- @include promises
ORDER BY budget_left_share, service, model, promise
LIMIT 100
