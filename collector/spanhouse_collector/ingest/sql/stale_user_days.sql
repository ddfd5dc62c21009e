-- Days that are over and whose hours changed after they were merged, or which users_day does not know as they are, newest first.
-- Parameters: until (the start of the day that is not over). Columns: project, day.
-- Index: none, the times and versions of spans_hour and the rows of users_day that stand for whole days are read; of hours it is
-- spans_hour that is counted last.
WITH
    changed AS (
        SELECT project, toStartOfDay(hour) AS day, max(version) AS changed_ms
        FROM spans_hour
        WHERE hour < {until:DateTime('UTC')}
        GROUP BY project, day),
    merged AS (
        SELECT project, day, max(version) AS merged_ms
        FROM users_day
        WHERE user_id = ''
        GROUP BY project, day)
SELECT project, day
FROM changed
LEFT JOIN merged USING (project, day)
WHERE changed_ms >= merged_ms
ORDER BY day DESC, project
