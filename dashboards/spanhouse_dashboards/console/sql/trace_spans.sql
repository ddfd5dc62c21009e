-- A trace's spans, or one of them, without what span_details reads.
-- Parameters: project; trace; span ('': all); start_ns, end_ns (Unix nanoseconds, from trace_bounds); limit (rows).
-- Columns: span_id, parent_span_id, start_ns, duration_ns, name, kind, is_failed, error_type, model, tool_name, input_tokens, output_tokens, cost_usd,
-- cost_status, time_to_first_chunk_ns, received_ms (Unix milliseconds), service, release, environment, session_id, user_id.
-- Index: spans by project, minute, trace hash and span.
SELECT
    span_id,
    parent_span_id,
    toUnixTimestamp64Nano(start_time) AS start_ns,
    duration_ns,
    name,
    kind,
    status_code = 'Error' AS is_failed,
    error_type,
    model,
    tool_name,
    input_tokens,
    output_tokens,
    toFloat64(cost_usd) AS cost_usd,
    cost_status,
    time_to_first_chunk_ns,
    toUnixTimestamp64Milli(received_at) AS received_ms,
    service,
    release,
    environment,
    session_id,
    user_id
FROM spans FINAL
WHERE project = {project:String}
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND trace_id = {trace:String}
    AND ({span:String} = '' OR span_id = {span:String})
ORDER BY start_time, span_id
LIMIT {limit:UInt32}
-- A few rows: a second thread costs more than it saves.
SETTINGS max_threads = 1
