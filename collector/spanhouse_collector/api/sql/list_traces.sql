-- Traces of a project by their root spans, newest first, one page.
-- Parameters: project; before_ns and before_trace_id (the last row of the page before; Unix nanoseconds), limit (rows);
-- since_ns (inclusive) and until_ns (exclusive); service, environment, release, status, session_id, user_id, name of the root span,
-- model of any span ('' for any); min_duration_ns of the root span.
-- Columns: trace_id, name, service, environment, release, status_code, session_id, user_id, start_ns (Unix nanoseconds), duration_ns.
-- Index: the primary key, by project and minute.
SELECT
    trace_id, name, service, environment, release, toString(status_code) AS status_code, session_id, user_id,
    toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns
FROM spans FINAL
WHERE project = {project:String}
    AND parent_span_id = ''
    AND start_time >= fromUnixTimestamp64Nano({since_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({before_ns:Int64}, 'UTC')
    AND (toUnixTimestamp64Nano(start_time), trace_id) < ({before_ns:Int64}, {before_trace_id:String})
    AND ({service:String} = '' OR service = {service:String})
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({release:String} = '' OR release = {release:String})
    AND ({status:String} = '' OR toString(spans.status_code) = {status:String})
    AND ({session_id:String} = '' OR session_id = {session_id:String})
    AND ({user_id:String} = '' OR user_id = {user_id:String})
    AND ({name:String} = '' OR name = {name:String})
    AND duration_ns >= {min_duration_ns:Int64}
    AND ({model:String} = '' OR trace_id IN (
        SELECT trace_id
        FROM spans
        WHERE project = {project:String}
            AND start_time >= fromUnixTimestamp64Nano({since_ns:Int64}, 'UTC')
            AND model = {model:String}
    ))
ORDER BY start_time DESC, trace_id DESC
LIMIT {limit:UInt32}
