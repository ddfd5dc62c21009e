-- Traces of a project by their root spans, newest first, one page.
-- Parameters: project; before_ns and before_trace_id (the last row of the page before; Unix nanoseconds), limit (rows);
-- since_ns (Unix nanoseconds); session_id, user_id, service, release ('' for any).
-- Columns: trace_id, start_time, duration_ns, name, service, environment, release, status_code, session_id, user_id, start_ns.
-- Index: the primary key, by project and minute.
SELECT
    trace_id, start_time, duration_ns, name, service, environment, release, toString(status_code) AS status_code,
    session_id, user_id, toUnixTimestamp64Nano(start_time) AS start_ns
FROM spans FINAL
WHERE project = {project:String}
    AND parent_span_id = ''
    AND start_time >= fromUnixTimestamp64Nano({since_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({before_ns:Int64}, 'UTC')
    AND (toUnixTimestamp64Nano(start_time), trace_id) < ({before_ns:Int64}, {before_trace_id:String})
    AND ({session_id:String} = '' OR session_id = {session_id:String})
    AND ({user_id:String} = '' OR user_id = {user_id:String})
    AND ({service:String} = '' OR service = {service:String})
    AND ({release:String} = '' OR release = {release:String})
ORDER BY start_time DESC, trace_id DESC
LIMIT {limit:UInt32}
