-- All spans of a trace, oldest first, with everything that was received of them.
-- Parameters: project, trace_id, start_ns and end_ns (Unix nanoseconds, from trace_bounds), after_ns and after_span_id
-- (the last row of the page before), limit (rows).
-- Columns: as named below; instants as Unix nanoseconds, cost as text so that no digit is lost.
-- Index: the primary key, by project, minute and trace.
SELECT
    trace_id, span_id, parent_span_id, trace_state, flags, name, toString(span_kind) AS span_kind,
    toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, toString(status_code) AS status_code, status_message,
    service, environment, release, scope_name, scope_version, kind, operation, provider, request_model, response_model,
    agent_name, workflow_name, tool_name, prompt_name, prompt_version, session_id, user_id, tags, response_id, finish_reasons,
    error_type, is_stream, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
    time_to_first_chunk_ns, toString(cost_usd) AS cost_usd, toString(cost_status) AS cost_status,
    dialect, CAST(translated, 'Map(String, String)') AS translated, attributes, attribute_kinds, content, content_kinds, resource_attributes, resource_attribute_kinds, scope_attributes,
    scope_attribute_kinds, arrayMap(t -> toUnixTimestamp64Nano(t), events.time) AS event_times_ns, events.name AS event_names,
    events.attributes AS event_attributes, links.trace_id AS link_trace_ids, links.span_id AS link_span_ids,
    links.attributes AS link_attributes, dropped_attributes_count, dropped_events_count, dropped_links_count
FROM spans FINAL
WHERE project = {project:String}
    AND trace_id = {trace_id:String}
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND (toUnixTimestamp64Nano(start_time), span_id) > ({after_ns:Int64}, {after_span_id:String})
ORDER BY start_time, span_id
LIMIT {limit:UInt32}
