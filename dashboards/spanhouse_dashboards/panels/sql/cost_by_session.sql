-- The 20 sessions whose model calls cost most.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: session, calls (count), tokens, cost_usd (US dollars, none where no price is known).
-- Leans on the orders of spans (project, minute), sessions_hour (project, hour) and sessions_day (project, day), and on their days and months.
-- There is no axis of time, so whole days will do.
WITH 86400 AS grain_s
SELECT
    session_id AS session,
    sum(model_calls) AS calls,
    sum(rolled.tokens) AS tokens,
    if(sum(priced_calls) = 0, NULL, toFloat64(sum(rolled.cost_usd))) AS cost_usd
FROM (
    -- @include rolled_sessions
) AS rolled
WHERE session_id != '' AND model_calls > 0
GROUP BY session
ORDER BY cost_usd DESC, session
LIMIT 20
