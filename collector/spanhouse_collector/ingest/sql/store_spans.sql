-- Moves a decoded batch of spans into spans, with its cost.
-- Parameters: staging, the batch. Columns: none.
-- Index: prices by project; few projects are in a batch.
INSERT INTO spans
(
    project, start_time, duration_ns, trace_id, span_id, parent_span_id, trace_state, flags, name, span_kind, status_code,
    status_message, service, environment, release, scope_name, scope_version, kind, operation, provider, request_model,
    response_model, agent_name, workflow_name, tool_name, prompt_name, prompt_version, session_id, user_id, tags,
    response_id, finish_reasons, error_type, is_stream, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    reasoning_tokens, time_to_first_chunk_ns, cost_usd, cost_status, price_source, input_preview, output_preview,
    attributes, attribute_kinds, content, content_kinds, resource_attributes, resource_attribute_kinds, scope_attributes,
    scope_attribute_kinds, `events.time`, `events.name`, `events.attributes`, `events.attribute_kinds`,
    `events.dropped_attributes_count`, `links.trace_id`, `links.span_id`, `links.trace_state`, `links.flags`,
    `links.attributes`, `links.attribute_kinds`, `links.dropped_attributes_count`, dropped_attributes_count,
    dropped_events_count, dropped_links_count, resource_dropped_attributes_count, scope_dropped_attributes_count,
    resource_schema_url, scope_schema_url, received_at, dialect, translated, normaliser_version
)
WITH
    -- @include cost
SELECT
    b.project, b.start_time, b.duration_ns, b.trace_id, b.span_id, b.parent_span_id, b.trace_state, b.flags, b.name,
    b.span_kind, b.status_code, b.status_message, b.service, b.environment, b.release, b.scope_name, b.scope_version, b.kind,
    b.operation, b.provider, b.request_model, b.response_model, b.agent_name, b.workflow_name, b.tool_name, b.prompt_name,
    b.prompt_version, b.session_id, b.user_id, b.tags, b.response_id, b.finish_reasons, b.error_type, b.is_stream,
    b.input_tokens, b.output_tokens, b.cache_read_tokens, b.cache_write_tokens, b.reasoning_tokens, b.time_to_first_chunk_ns,
    cost.1, cost.2, cost.3, b.input_preview, b.output_preview, b.attributes, b.attribute_kinds, b.content, b.content_kinds,
    b.resource_attributes, b.resource_attribute_kinds, b.scope_attributes, b.scope_attribute_kinds, b.`events.time`,
    b.`events.name`, b.`events.attributes`, b.`events.attribute_kinds`, b.`events.dropped_attributes_count`,
    b.`links.trace_id`, b.`links.span_id`, b.`links.trace_state`, b.`links.flags`, b.`links.attributes`,
    b.`links.attribute_kinds`, b.`links.dropped_attributes_count`, b.dropped_attributes_count, b.dropped_events_count,
    b.dropped_links_count, b.resource_dropped_attributes_count, b.scope_dropped_attributes_count, b.resource_schema_url,
    b.scope_schema_url, b.received_at, b.dialect, b.translated, b.normaliser_version
FROM {staging:Identifier} AS b
LEFT ANY JOIN (SELECT project, provider, model, entries FROM prices FINAL WHERE project IN (SELECT project FROM {staging:Identifier})) AS p
    ON b.project = p.project AND b.provider = p.provider AND if(b.response_model = '', b.request_model, b.response_model) = p.model
WHERE NOT b.needs_translation
-- @include storing
