-- A trace's spans without their content, for its tree.
-- Parameters: project; trace; start_ns, end_ns (Unix nanoseconds, from trace_bounds); limit (rows).
-- Columns: span_id, parent_span_id, start_ns, duration_ns, name, kind, is_failed, model, tool_name, tokens, cost_usd, first_chunk_ns,
-- received_ms (Unix milliseconds), service, release, environment, session_id, user_id, cost_status. Index: spans by project, minute, trace hash.
SELECT
    span_id,
    parent_span_id,
    toUnixTimestamp64Nano(start_time) AS start_ns,
    duration_ns,
    name,
    kind,
    status_code = 'Error' AS is_failed,
    model,
    tool_name,
    if(input_tokens IS NULL AND output_tokens IS NULL, NULL, coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) AS tokens,
    toFloat64(cost_usd) AS cost_usd,
    toString(cost_status) AS cost_status,
    time_to_first_chunk_ns AS first_chunk_ns,
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
ORDER BY start_time, span_id
LIMIT {limit:UInt32}
-- A few rows: a second thread costs more than it saves.
SETTINGS max_threads = 1
