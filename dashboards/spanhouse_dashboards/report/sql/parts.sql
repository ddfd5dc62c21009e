-- LLM calls by service, by model, by release and by all that these make together, this week and the week before.
-- Parameters: project; before, from, to (UTC, whole hours; the week before begins at `before`).
-- Columns: by_service, by_model, by_release (1 where the row is of one of them, 0 where of all), service, model, release, calls, errors,
-- cost_usd, p95_ms, and calls_before, errors_before, cost_before_usd, p95_before_ms.
-- Index: spans_hour by project and hour, spans_minute by project and minute; the 500 busiest parts.
WITH time >= {from:DateTime64(3, 'UTC')} AS is_now
SELECT
    1 - grouping(service) AS by_service,
    1 - grouping(model) AS by_model,
    1 - grouping(release) AS by_release,
    service,
    model,
    release,
    sumIf(rolled.calls, is_now) AS calls,
    sumIf(rolled.errors, is_now) AS errors,
    toFloat64(sumIf(rolled.cost_usd, is_now)) AS cost_usd,
    if(calls = 0, 0, quantilesTDigestMergeIf(0.5, 0.9, 0.95, 0.99)(duration_ns, is_now)[3] / 1e6) AS p95_ms,
    sumIf(rolled.calls, NOT is_now) AS calls_before,
    sumIf(rolled.errors, NOT is_now) AS errors_before,
    toFloat64(sumIf(rolled.cost_usd, NOT is_now)) AS cost_before_usd,
    if(calls_before = 0, 0, quantilesTDigestMergeIf(0.5, 0.9, 0.95, 0.99)(duration_ns, NOT is_now)[3] / 1e6) AS p95_before_ms
FROM (
    -- @include rolled_calls
) AS rolled
WHERE time >= {before:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}
GROUP BY service, model, release WITH CUBE
ORDER BY calls + calls_before DESC, by_service, by_model, by_release, service, model, release
LIMIT 500
