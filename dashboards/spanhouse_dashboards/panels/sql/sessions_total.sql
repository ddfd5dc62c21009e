-- Sessions in the range: different ones, however often each came back (an estimate within 2%).
-- Parameters: the range and interval, project, environment, service, model, release.
-- Columns: sessions (count).
-- Leans on the orders of spans (project, minute), sessions_hour (project, hour) and sessions_day (project, day), and on their days and months.
-- There is no axis of time, so whole days will do.
WITH 86400 AS grain_s
SELECT uniqIf(session_id, session_id != '') AS sessions
FROM (
    -- @include rolled_sessions
) AS rolled
