-- The 20 sessions with the most traces.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: session, user, traces, calls, errors (counts), cost_usd (US dollars, none where no price is known).
-- Leans on the orders of spans (project, minute), sessions_hour (project, hour) and sessions_day (project, day), and on their days and months.
-- There is no axis of time, so whole days will do.
WITH 86400 AS grain_s
SELECT
    session_id AS session,
    max(user_id) AS user,
    sum(roots) AS traces,
    sum(rolled.calls) AS calls,
    sum(rolled.errors) AS errors,
    if(sum(priced_calls) = 0, NULL, toFloat64(sum(rolled.cost_usd))) AS cost_usd
FROM (
    -- @include rolled_sessions
) AS rolled
WHERE session_id != ''
GROUP BY session
ORDER BY traces DESC, session
LIMIT 20
