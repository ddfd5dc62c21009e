-- How much of the range's budget of failed LLM calls each service has left, as time went by.
-- Parameters: the range and interval, project, environment, service, model, release.
-- error_objective (share of good calls) is that of the alert rules.
-- Columns: time, service, budget_left (share; 1 is all of the budget of the whole range, below 0 the promise is broken).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    time,
    service,
    1 - sum(failed) OVER (PARTITION BY service ORDER BY time) / (sum(calls) OVER (PARTITION BY service) * (1 - ${error_objective})) AS budget_left
FROM (
    SELECT $__timeInterval(minute) AS time, service, sum(spans) AS calls, sum(errors) AS failed
    FROM (
        -- @include rolled_spans
    ) AS spans_minute
    WHERE
        -- @include rolled_filters
        AND kind = 'llm'
    GROUP BY time, service
    HAVING calls > 0
)
ORDER BY time, service
