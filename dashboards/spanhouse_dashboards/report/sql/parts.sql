-- The same figures for each service, model and release that made LLM calls, this week and the week before.
-- Parameters: project; before, from, to (UTC; the week before begins at `before`).
-- Columns: service, model, release, calls, errors, cost_usd, p95_ms, and calls_before, errors_before, cost_before_usd, p95_before_ms.
-- Index: spans_minute by project and minute; the 500 busiest parts.
WITH minute >= {from:DateTime64(3, 'UTC')} AS is_now
SELECT
    service,
    model,
    release,
    sumIf(spans, is_now) AS calls,
    sumIf(spans_minute.errors, is_now) AS errors,
    toFloat64(sumIf(spans_minute.cost_usd, is_now)) AS cost_usd,
    if(calls = 0, 0, quantilesTDigestMergeIf(0.5, 0.9, 0.95, 0.99)(duration_ns, is_now)[3] / 1e6) AS p95_ms,
    sumIf(spans, NOT is_now) AS calls_before,
    sumIf(spans_minute.errors, NOT is_now) AS errors_before,
    toFloat64(sumIf(spans_minute.cost_usd, NOT is_now)) AS cost_before_usd,
    if(calls_before = 0, 0, quantilesTDigestMergeIf(0.5, 0.9, 0.95, 0.99)(duration_ns, NOT is_now)[3] / 1e6) AS p95_before_ms
FROM spans_minute FINAL
WHERE project = {project:String}
    AND minute >= {before:DateTime64(3, 'UTC')} AND minute < {to:DateTime64(3, 'UTC')}
    AND kind = 'llm'
GROUP BY service, model, release
ORDER BY calls + calls_before DESC, service, model, release
LIMIT 500
