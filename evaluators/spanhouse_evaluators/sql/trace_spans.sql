-- The spans of a trace, without their texts: what its critical path is made of.
-- Parameters: project, trace, most (spans at most).
-- Columns: span_id, parent_span_id, name, kind, start_time_ns, duration_ns.
-- Index: trace_times says where in time the trace lies; the primary key of spans, by start minute.
SELECT span_id, parent_span_id, name, kind, toUnixTimestamp64Nano(start_time) AS start_time_ns, duration_ns
FROM spans FINAL
WHERE project = {project:String}
    AND start_time >= (SELECT min(start_time) FROM trace_times WHERE project = {project:String} AND trace_id = {trace:String})
    AND start_time <= (SELECT max(end_time) FROM trace_times WHERE project = {project:String} AND trace_id = {trace:String})
    AND trace_id = {trace:String}
ORDER BY start_time, span_id
LIMIT {most:UInt32}
