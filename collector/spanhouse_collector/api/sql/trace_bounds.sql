-- Where in time a trace lies.
-- Parameters: project, trace_id. Columns: start_ns, end_ns (Unix nanoseconds); no row if there is no such trace.
-- Index: the primary key of trace_times.
SELECT toUnixTimestamp64Nano(min(start_time)) AS start_ns, toUnixTimestamp64Nano(max(end_time)) AS end_ns
FROM trace_times
WHERE project = {project:String} AND trace_id = {trace_id:String}
GROUP BY trace_id
