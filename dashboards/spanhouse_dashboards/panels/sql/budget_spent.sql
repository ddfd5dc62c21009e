-- How fast each service spends its budget: its cost in each interval as a share of what the budget allows for as long.
-- Parameters: the range and interval, project, environment, service, model, release.
-- budget_usd (US dollars) and budget_s (seconds for which it is) are those of the alert rules on budgets.
-- Columns: time, service, spent (share of the interval's budget; 1 is all of it).
-- Leans on the order of spans_minute, spans_hour and spans_quarter (project, time).
SELECT
    $__timeInterval(minute) AS time,
    service,
    toFloat64(sum(cost_usd)) / (${budget_usd} * $__interval_s / ${budget_s}) AS spent
FROM (
    -- @include rolled_spans
) AS spans_minute
WHERE
    -- @include rolled_filters
    AND kind IN ('llm', 'embedding')
GROUP BY time, service
HAVING sum(priced_spans) > 0
ORDER BY time, service
