-- Adds the translated spans of a batch to it, with the values that were not decoded before and the canonical columns that follow.
-- Parameters: staging, the batch; translations, what the translator gave for its rows; operations and kinds, side by side.
-- Columns: those of staged_spans, by name; the rows they take the place of keep their needs_translation.
-- Index: none; a batch is read whole.
INSERT INTO {staging:Identifier}
(
    project, start_time, duration_ns, trace_id, span_id, parent_span_id, trace_state, flags, name, span_kind, service,
    scope_name, scope_version, attributes, attribute_kinds, content, content_kinds, resource_attributes,
    resource_attribute_kinds, scope_attributes, scope_attribute_kinds, `events.time`, `events.name`, `events.attributes`,
    `events.attribute_kinds`, `events.dropped_attributes_count`, `links.trace_id`, `links.span_id`, `links.trace_state`,
    `links.flags`, `links.attributes`, `links.attribute_kinds`, `links.dropped_attributes_count`,
    dropped_attributes_count, dropped_events_count, dropped_links_count, resource_dropped_attributes_count,
    scope_dropped_attributes_count, resource_schema_url, scope_schema_url, received_at, status_code, status_message,
    environment, release, kind, operation, provider, request_model, response_model, agent_name, workflow_name, tool_name,
    prompt_name, prompt_version, session_id, user_id, tags, response_id, finish_reasons, error_type, is_stream,
    input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, time_to_first_chunk_ns,
    input_preview, output_preview, cost_usd, cost_status, dialect, translated, normaliser_version, row,
    needs_translation
)
WITH
    -- @include canonical_texts
    ((whole, text) -> if(mapContains(whole, text), whole[text], text)) AS whole_text,
    ((whole, texts, kinds) -> mapFromArrays(mapKeys(texts), arrayMap((text, kind) -> if(kind IN ('array_value', 'kvlist_value'),
        whole_text(whole, text), text), mapValues(texts), kinds))) AS whole_map,
    joined AS (
        SELECT b.*, t.dialect AS found_dialect, CAST(mapFromArrays(t.names, t.texts), 'Map(LowCardinality(String), String)') AS t,
            t.version AS version, mapFromArrays(t.packed, t.unpacked) AS whole
        FROM {staging:Identifier} AS b
        INNER JOIN {translations:Identifier} AS t ON b.row = t.row
        WHERE b.needs_translation),
    unpacked AS (
        SELECT * REPLACE (
            whole_map(whole, attributes, attribute_kinds) AS attributes,
            whole_map(whole, content, content_kinds) AS content,
            whole_map(whole, resource_attributes, resource_attribute_kinds) AS resource_attributes,
            whole_map(whole, scope_attributes, scope_attribute_kinds) AS scope_attributes,
            arrayMap((e, kinds) -> whole_map(whole, e, kinds), `events.attributes`, `events.attribute_kinds`) AS `events.attributes`,
            arrayMap((l, kinds) -> whole_map(whole, l, kinds), `links.attributes`, `links.attribute_kinds`) AS `links.attributes`,
            whole_text(whole, service) AS service,
            whole_text(whole, environment) AS environment,
            whole_text(whole, release) AS release)
        FROM joined),
    found AS (
        SELECT *, mapUpdate(mapConcat(attributes, content), t) AS a, `events.name` AS event_names, `events.attributes` AS event_maps
        FROM unpacked)
SELECT
    project, start_time, duration_ns, trace_id, span_id, parent_span_id, trace_state, flags, name, span_kind, service,
    scope_name, scope_version, attributes, attribute_kinds, content, content_kinds, resource_attributes,
    resource_attribute_kinds, scope_attributes, scope_attribute_kinds, `events.time`, `events.name`, `events.attributes`,
    `events.attribute_kinds`, `events.dropped_attributes_count`, `links.trace_id`, `links.span_id`, `links.trace_state`,
    `links.flags`, `links.attributes`, `links.attribute_kinds`, `links.dropped_attributes_count`,
    dropped_attributes_count, dropped_events_count, dropped_links_count, resource_dropped_attributes_count,
    scope_dropped_attributes_count, resource_schema_url, scope_schema_url, received_at,
    if(found.status_code = 'Unset' AND upper(t['spanhouse.level']) = 'ERROR', 2, toInt8(found.status_code)) AS status_code,
    if(found.status_message = '', t['spanhouse.status.message'], found.status_message) AS status_message,
    coalesce(nullIf(t['deployment.environment.name'], ''), found.environment) AS environment,
    coalesce(nullIf(t['service.version'], ''), found.release) AS release,
    -- @include canonical
    NULL AS cost_usd,
    'no_usage' AS cost_status,
    multiIf(found_dialect != '', found_dialect, operation != '' OR provider != '', 'otel', '') AS dialect,
    t AS translated,
    version AS normaliser_version,
    row,
    false AS needs_translation
FROM found
-- @include storing
