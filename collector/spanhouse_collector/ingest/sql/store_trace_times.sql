-- Records where in time the traces of a decoded batch lie.
-- Parameters: staging, the batch. Columns: none.
INSERT INTO trace_times (project, trace_id, start_time, end_time)
SELECT project, trace_id, min(start_time), max(start_time + toIntervalNanosecond(greatest(duration_ns, 0)))
FROM {staging:Identifier}
WHERE NOT needs_translation
GROUP BY project, trace_id
-- @include storing
