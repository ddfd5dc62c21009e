-- Hours of a project that hold spans.
-- Parameters: project, first and until (the range of start times, until excluded). Columns: hour, spans (copies included).
-- Index: the primary key of spans, by project and minute.
SELECT toDateTime(toStartOfHour(start_time), 'UTC') AS hour, count() AS spans
FROM spans
WHERE project = {project:String} AND start_time >= {first:DateTime64(9, 'UTC')} AND start_time < {until:DateTime64(9, 'UTC')}
GROUP BY hour
ORDER BY hour
