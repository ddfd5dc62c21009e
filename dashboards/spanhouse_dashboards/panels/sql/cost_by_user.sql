-- The 20 users whose model calls cost most.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: user, calls (count), tokens, cost_usd (US dollars, none where no price is known).
-- Leans on the orders of spans (project, minute) and sessions_hour (project, hour), and on their days and months.
-- There is no axis of time, so whole hours will do.
WITH 3600 AS grain_s
SELECT
    user_id AS user,
    sum(model_calls) AS calls,
    sum(rolled.tokens) AS tokens,
    if(sum(priced_calls) = 0, NULL, toFloat64(sum(rolled.cost_usd))) AS cost_usd
FROM (
    -- @include rolled_sessions
) AS rolled
WHERE user_id != '' AND model_calls > 0
GROUP BY user
ORDER BY cost_usd DESC, user
LIMIT 20
