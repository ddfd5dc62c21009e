-- The users whose slowest LLM call took longest.
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: user, calls (count), p95, longest_ms (milliseconds).
-- Leans on the orders of spans (project, minute), sessions_hour (project, hour) and users_day (project, day), and on their days and months.
WITH
    -- There is no axis of time, so whole days will do.
    86400 AS grain_s,
    slowest AS (
        SELECT user_id
        FROM (
            SELECT user_id, duration_ns AS call_max_ns
            FROM spans FINAL
            WHERE project = ${project:singlequote} AND user_id != '' AND kind = 'llm' AND
                -- @include in_day_spans
            UNION ALL
            SELECT user_id, call_max_ns
            FROM sessions_hour FINAL
            WHERE project = ${project:singlequote} AND user_id != '' AND calls > 0 AND
                -- @include in_day_hours
            UNION ALL
            SELECT user_id, call_max_ns
            FROM users_day FINAL
            WHERE project = ${project:singlequote} AND user_id != '' AND calls > 0 AND
                -- @include in_days
        ) AS rolled
        GROUP BY user_id
        ORDER BY max(call_max_ns) DESC, user_id
        LIMIT 20)
SELECT
    user_id AS user,
    sum(rolled.calls) AS calls,
    quantilesTDigestMerge(0.5, 0.95)(call_duration_ns)[2] / 1e6 AS p95,
    max(call_max_ns) / 1e6 AS longest_ms
FROM (
    SELECT
        user_id, toUInt64(1) AS calls, duration_ns AS call_max_ns,
        initializeAggregation('quantilesTDigestState(0.5, 0.95)', spans.duration_ns) AS call_duration_ns
    FROM spans FINAL
    WHERE project = ${project:singlequote} AND kind = 'llm' AND
        -- @include in_day_spans
    UNION ALL
    SELECT user_id, calls, call_max_ns, call_duration_ns
    FROM sessions_hour FINAL
    WHERE project = ${project:singlequote} AND calls > 0 AND
        -- @include in_day_hours
    UNION ALL
    SELECT user_id, calls, call_max_ns, call_duration_ns
    FROM users_day FINAL
    WHERE project = ${project:singlequote} AND calls > 0 AND
        -- @include in_days
) AS rolled
WHERE user_id IN (SELECT user_id FROM slowest)
GROUP BY user
ORDER BY longest_ms DESC, user
