-- The users whose slowest LLM call took longest.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: user, calls (count), p95, longest_ms (milliseconds).
-- Leans on the orders of spans (project, minute) and sessions_hour (project, hour), and on their days and months.
WITH
    -- There is no axis of time, so whole hours will do.
    3600 AS grain_s,
    slowest AS (
        SELECT user_id
        FROM (
            -- @include rolled_sessions
        ) AS rolled
        WHERE user_id != '' AND calls > 0
        GROUP BY user_id
        ORDER BY max(call_max_ns) DESC, user_id
        LIMIT 20)
SELECT
    user_id AS user,
    sum(rolled.calls) AS calls,
    quantilesTDigestMerge(0.5, 0.95)(call_duration_ns)[2] / 1e6 AS p95,
    max(call_max_ns) / 1e6 AS longest_ms
FROM (
    -- @include rolled_sessions
) AS rolled
WHERE user_id IN (SELECT user_id FROM slowest) AND rolled.calls > 0
GROUP BY user
ORDER BY longest_ms DESC, user
