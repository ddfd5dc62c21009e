-- How many times faster than promised each service spends its budget of failed LLM calls.
-- Parameters: the range and interval, project, environment, service, model, release.
-- error_objective (share of good calls) is that of the alert rules.
-- Columns: time, service, burn_rate (times; 1 spends the budget evenly).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    service,
    sum(errors) / sum(spans) / (1 - ${error_objective}) AS burn_rate
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind = 'llm'
GROUP BY time, service
HAVING sum(spans) > 0
ORDER BY time, service
