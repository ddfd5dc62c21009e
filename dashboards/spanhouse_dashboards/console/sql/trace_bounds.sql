-- Where in time a trace lies: the bounds of each of its pieces that are not merged yet. No row where there is no such trace.
-- Parameters: project; trace. Columns: start_ns, end_ns (Unix nanoseconds). Index: trace_times by project and trace.
-- The first and the last of these few rows are found by the reader: here that takes 1 ms of 5 ms.
SELECT toUnixTimestamp64Nano(start_time) AS start_ns, toUnixTimestamp64Nano(end_time) AS end_ns
FROM trace_times
WHERE project = {project:String} AND trace_id = {trace:String}
SETTINGS max_threads = 1
