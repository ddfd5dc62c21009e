-- Sessions and users seen in each interval (estimates within 2%).
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: time, sessions, users (counts).
-- Leans on the orders of spans (project, minute) and sessions_hour (project, hour), and on their days and months.
WITH $__interval_s AS grain_s
SELECT
    $__timeInterval(rolled.time) AS time,
    uniqIf(session_id, session_id != '') AS sessions,
    uniqIf(user_id, user_id != '') AS users
FROM (
    -- @include rolled_sessions
) AS rolled
GROUP BY time
ORDER BY time
