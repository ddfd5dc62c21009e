-- What a person scores: the span, else the root of the trace, else the first span of the session, and where it belongs.
-- Parameters: project, trace_id, span_id, session_id ('' where not given), start_ns and end_ns (Unix nanoseconds, from trace_bounds).
-- Columns: time, time_ns, service, environment, release, model, prompt_name, prompt_version, session_id; no row if there is nothing.
-- Index: the primary key, by project and minute, where a trace is given; else a scan of the project.
SELECT
    start_time AS time, toUnixTimestamp64Nano(start_time) AS time_ns, service, environment, release, spans.model AS model, prompt_name, prompt_version, session_id
FROM spans FINAL
WHERE project = {project:String}
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND ({trace_id:String} = '' OR trace_id = {trace_id:String})
    AND ({span_id:String} = '' OR span_id = {span_id:String})
    AND ({session_id:String} = '' OR session_id = {session_id:String})
ORDER BY parent_span_id != '', start_time
LIMIT 1
