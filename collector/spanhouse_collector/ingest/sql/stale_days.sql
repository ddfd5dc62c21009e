-- Days that are over and whose hours changed after they were merged, or which a table of days does not know as they are, newest first.
-- Parameters: until (the start of the day that is not over). Columns: project, day.
-- Index: none, the times and versions of spans_hour, use_cases_hour and use_cases_day and the rows of the other two tables that stand for
-- whole days are read. Of an hour's tables spans_hour is counted last; a use case's hour is counted again after the hour that follows it.
WITH
    changed AS (
        SELECT project, toStartOfDay(hour) AS day, max(version) AS changed_ms
        FROM spans_hour
        WHERE hour < {until:DateTime('UTC')}
        GROUP BY project, day),
    changes AS (
        SELECT project, 'users' AS merged_into, day, changed_ms FROM changed
        UNION ALL
        SELECT project, 'sessions', day, changed_ms FROM changed
        UNION ALL
        SELECT project, 'use cases', toStartOfDay(hour) AS day, max(version)
        FROM use_cases_hour
        WHERE hour < {until:DateTime('UTC')}
        GROUP BY project, day),
    merged AS (
        SELECT project, 'users' AS merged_into, day, max(version) AS merged_ms FROM users_day WHERE user_id = '' GROUP BY project, day
        UNION ALL
        SELECT project, 'sessions', day, max(version)
        FROM sessions_day
        WHERE all_models AND session_id = '' AND user_id = ''
        GROUP BY project, day
        UNION ALL
        SELECT project, 'use cases', day, max(version) FROM use_cases_day GROUP BY project, day)
SELECT project, day
FROM changes
LEFT JOIN merged USING (project, merged_into, day)
GROUP BY project, day
HAVING max(changed_ms >= merged_ms)
ORDER BY day DESC, project
