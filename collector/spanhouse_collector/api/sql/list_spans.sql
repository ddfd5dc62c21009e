-- Spans of a project, newest first, one page.
-- Parameters: project; before_ns and before_key (the last row of the page before; Unix nanoseconds), limit (rows); since_ns
-- (inclusive) and until_ns (exclusive); service, environment, release, model, status, session_id, user_id, name, kind ('' for any);
-- min_duration_ns.
-- Columns: as named below; start_ns in Unix nanoseconds, cost as text so that no digit is lost; key tells spans of one instant apart.
-- Index: the primary key, by project and minute.
SELECT
    trace_id, span_id, parent_span_id, name, kind, dialect, operation, provider, spans.model AS model, service, environment, release,
    toString(status_code) AS status_code, session_id, user_id, toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns,
    input_tokens, output_tokens, toString(cost_usd) AS cost_usd, toString(cost_status) AS cost_status, input_preview,
    output_preview, concat(trace_id, span_id) AS key
FROM spans FINAL
WHERE project = {project:String}
    AND start_time >= fromUnixTimestamp64Nano({since_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({until_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({before_ns:Int64}, 'UTC')
    AND (toUnixTimestamp64Nano(start_time), concat(trace_id, span_id)) < ({before_ns:Int64}, {before_key:String})
    AND ({service:String} = '' OR service = {service:String})
    AND ({environment:String} = '' OR environment = {environment:String})
    AND ({release:String} = '' OR release = {release:String})
    AND ({model:String} = '' OR spans.model = {model:String})
    AND ({status:String} = '' OR toString(spans.status_code) = {status:String})
    AND ({session_id:String} = '' OR session_id = {session_id:String})
    AND ({user_id:String} = '' OR user_id = {user_id:String})
    AND ({name:String} = '' OR name = {name:String})
    AND ({kind:String} = '' OR kind = {kind:String})
    AND duration_ns >= {min_duration_ns:Int64}
ORDER BY start_time DESC, key DESC
LIMIT {limit:UInt32}
