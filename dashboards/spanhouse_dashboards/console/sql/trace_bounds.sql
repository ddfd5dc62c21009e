-- Where in time a trace lies. No row where there is no such trace.
-- Parameters: project; trace. Columns: start_ns, end_ns (Unix nanoseconds). Index: trace_times by project and trace.
SELECT toUnixTimestamp64Nano(min(start_time)) AS start_ns, toUnixTimestamp64Nano(max(end_time)) AS end_ns
FROM trace_times
WHERE project = {project:String} AND trace_id = {trace:String}
GROUP BY trace_id
