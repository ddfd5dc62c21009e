-- Where a day's traces lie.
-- Parameters: day (its midnight, UTC).
-- Columns: none.
INSERT INTO trace_times
SELECT project, trace_id, min(start_time), max(addNanoseconds(start_time, duration_ns))
FROM spans
WHERE start_time >= {day:DateTime64(9, 'UTC')}
    AND start_time < {day:DateTime64(9, 'UTC')} + INTERVAL 1 DAY
GROUP BY project, trace_id
