-- What each use case costs and how long it takes: traces by the name of their root span, and all that they called.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: use_case, traces (count), p95, longest_ms (milliseconds), cost_usd, p95_cost_usd (US dollars a trace, none where no price is known).
-- Leans on the orders of spans (project, minute), use_cases_hour (project, hour) and use_cases_day (project, day), and on their days and months.
-- There is no axis of time, so whole days will do.
WITH 86400 AS grain_s
SELECT
    use_case,
    sum(rolled.traces) AS traces,
    quantilesTDigestMerge(0.5, 0.95)(duration_ns)[2] / 1e6 AS p95,
    max(duration_max_ns) / 1e6 AS longest_ms,
    if(sum(priced) = 0, NULL, toFloat64(sum(rolled.cost_usd))) AS cost_usd,
    if(sum(priced) = 0, NULL, quantilesTDigestMerge(0.5, 0.95)(trace_cost_usd)[2]) AS p95_cost_usd
FROM (
    -- @include rolled_use_cases
) AS rolled
GROUP BY use_case
ORDER BY cost_usd DESC, use_case
LIMIT 50
