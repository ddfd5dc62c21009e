-- Hours whose minutes changed after they were merged, or which steps_hour does not know as they are, for a collector that has just
-- started.
-- Parameters: none. Columns: project, hour.
-- Index: none, the times and versions of the three rollups are read whole.
SELECT project, hour
FROM (SELECT project, toStartOfHour(minute) AS hour, max(version) AS changed FROM spans_minute GROUP BY project, hour) AS minutes
LEFT JOIN (SELECT project, hour, max(version) AS merged FROM spans_hour GROUP BY project, hour) AS hours USING (project, hour)
LEFT JOIN (SELECT project, hour, max(version) AS counted FROM steps_hour WHERE kind = 'all' GROUP BY project, hour) AS steps USING (project, hour)
WHERE changed >= merged OR changed >= counted
ORDER BY hour, project
