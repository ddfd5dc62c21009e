-- Quarters of days that are over and whose hours changed after they were merged, or which a table of quarters does not know as they are,
-- newest first.
-- Parameters: until (the start of the quarter that is not over). Columns: project, quarter.
-- Index: none, the times and versions of three tables of hours and of their quarters are read whole.
WITH
    changed AS (
        SELECT project, 'spans' AS counted, toStartOfInterval(hour, INTERVAL 6 HOUR) AS quarter, max(version) AS changed_ms
        FROM spans_hour
        WHERE hour < {until:DateTime('UTC')}
        GROUP BY project, quarter
        UNION ALL
        SELECT project, 'steps', toStartOfInterval(hour, INTERVAL 6 HOUR) AS quarter, max(version)
        FROM steps_hour
        WHERE hour < {until:DateTime('UTC')}
        GROUP BY project, quarter
        UNION ALL
        SELECT project, 'scores', toStartOfInterval(hour, INTERVAL 6 HOUR) AS quarter, max(version)
        FROM scores_hour
        WHERE hour < {until:DateTime('UTC')}
        GROUP BY project, quarter),
    merged AS (
        SELECT project, 'spans' AS counted, quarter, max(version) AS merged_ms FROM spans_quarter GROUP BY project, quarter
        UNION ALL
        SELECT project, 'steps', quarter, max(version) FROM steps_quarter GROUP BY project, quarter
        UNION ALL
        SELECT project, 'scores', quarter, max(version) FROM scores_quarter GROUP BY project, quarter)
SELECT project, quarter
FROM changed
LEFT JOIN merged USING (project, counted, quarter)
GROUP BY project, quarter
HAVING max(changed_ms >= merged_ms)
ORDER BY quarter DESC, project
