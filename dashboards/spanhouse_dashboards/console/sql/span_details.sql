-- What one span carries beside its row of trace_spans: planning costs by the column, and that row is read for the tree anyway.
-- Parameters: project; trace; span ('': the earliest that has no parent); start_ns, end_ns (Unix nanoseconds of its trace, from trace_bounds).
-- Columns: those of spans, instants of events as Unix nanoseconds, each event and link an element of parallel arrays.
-- Index: spans by project, minute, trace hash and span.
SELECT
    span_id,
    parent_span_id,
    status_code,
    status_message,
    scope_name,
    scope_version,
    operation,
    provider,
    request_model,
    response_model,
    agent_name,
    workflow_name,
    prompt_name,
    prompt_version,
    tags,
    response_id,
    finish_reasons,
    is_stream,
    cache_read_tokens,
    cache_write_tokens,
    reasoning_tokens,
    uncached_audio_tokens,
    audio_output_tokens,
    dialect,
    CAST(translated, 'Map(String, String)') AS translated,
    attributes,
    content,
    resource_attributes,
    scope_attributes,
    arrayMap(t -> toUnixTimestamp64Nano(t), `events.time`) AS event_times_ns,
    `events.name` AS event_names,
    `events.attributes` AS event_attributes,
    `links.trace_id` AS link_traces,
    `links.span_id` AS link_spans,
    `links.attributes` AS link_attributes,
    dropped_attributes_count,
    dropped_events_count,
    dropped_links_count,
    received_at
FROM spans FINAL
-- Content is then read for what passes alone. Whoever asks for a root looks whether its newest copy is one, too.
PREWHERE trace_id = {trace:String} AND if({span:String} = '', parent_span_id = '', span_id = {span:String})
WHERE project = {project:String}
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
ORDER BY start_time, span_id
LIMIT 1
-- A few rows: a second thread, reading in order and reading columns in a second step each cost more than they save.
SETTINGS max_threads = 1, optimize_read_in_order = 0, query_plan_optimize_lazy_materialization = 0
