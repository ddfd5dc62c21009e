-- One span with everything that was received of it.
-- Parameters: project, trace_id, span_id, start_ns and end_ns (Unix nanoseconds, from trace_bounds).
-- Columns: as named below; instants as Unix nanoseconds, cost as text so that no digit is lost; no row if there is no such span.
-- Index: the primary key, by project, minute, trace and span.
SELECT
    trace_id, span_id, parent_span_id, trace_state, flags, name, toString(span_kind) AS span_kind,
    toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, toString(status_code) AS status_code, status_message,
    service, environment, release, scope_name, scope_version, kind, operation, provider, request_model, response_model,
    agent_name, workflow_name, tool_name, prompt_name, prompt_version, session_id, user_id, tags, response_id, finish_reasons,
    error_type, is_stream, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
    time_to_first_chunk_ns, toString(cost_usd) AS cost_usd, toString(cost_status) AS cost_status,
    dialect, CAST(translated, 'Map(String, String)') AS translated, attributes, attribute_kinds, content, content_kinds, resource_attributes, resource_attribute_kinds, scope_attributes,
    scope_attribute_kinds, arrayMap(t -> toUnixTimestamp64Nano(t), events.time) AS event_times_ns, events.name AS event_names,
    events.attributes AS event_attributes, events.attribute_kinds AS event_attribute_kinds,
    events.dropped_attributes_count AS event_dropped_counts, links.trace_id AS link_trace_ids, links.span_id AS link_span_ids,
    links.trace_state AS link_trace_states, links.attributes AS link_attributes, links.attribute_kinds AS link_attribute_kinds,
    links.dropped_attributes_count AS link_dropped_counts, dropped_attributes_count, dropped_events_count, dropped_links_count,
    toUnixTimestamp64Milli(received_at) AS received_ms, toUnixTimestamp64Milli(stored_at) AS stored_ms
FROM spans FINAL
WHERE project = {project:String}
    AND trace_id = {trace_id:String}
    AND span_id = {span_id:String}
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time <= fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
LIMIT 1
