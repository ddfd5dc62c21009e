-- Makes spans of log records that tell of a call: a record's hash is its span's id, so a record sent twice is one span.
-- Parameters: logs, the batch of log records; translations, what the translator gave for them; staging, the table that receives the
-- spans; operations and kinds, side by side. Columns: those of staged_spans, by name.
-- A record without a trace joins the others of its turn, else of its session. Its time is when the call ended.
-- Index: none; a batch is read whole.
INSERT INTO {staging:Identifier}
(
    project, start_time, duration_ns, trace_id, span_id, parent_span_id, flags, name, span_kind, service, scope_name,
    scope_version, attributes, attribute_kinds, content, content_kinds, resource_attributes, resource_attribute_kinds,
    scope_attributes, scope_attribute_kinds, dropped_attributes_count, resource_schema_url, scope_schema_url, received_at,
    status_code, status_message, environment, release, kind, operation, provider, request_model, response_model, agent_name,
    workflow_name, tool_name, prompt_name, prompt_version, session_id, user_id, tags, response_id, finish_reasons, error_type,
    is_stream, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, time_to_first_chunk_ns,
    input_preview, output_preview, cost_usd, cost_status, dialect, translated, normaliser_version, needs_translation
)
WITH
    -- @include canonical_texts
    1024 AS content_bytes,
    found AS (
        SELECT l.*, t.dialect AS dialect, t.version AS version,
            CAST(mapFromArrays(t.names, t.texts), 'Map(LowCardinality(String), String)') AS t,
            mapUpdate(l.attributes, t) AS a,
            arrayMap(v -> length(v) > content_bytes, mapValues(l.attributes)) AS is_content,
            arrayMap(k -> toString(k), mapKeys(l.attributes)) AS keys, mapValues(l.attributes) AS texts,
            -- A day bounds what a wrong figure can do.
            least(ifNull(whole_or_null(t['spanhouse.duration_ms']), 0), 86400000) AS duration_ms,
            if(upper(t['spanhouse.level']) = 'ERROR', 2, 0) AS status_code,
            [] :: Array(String) AS event_names, [] :: Array(Map(String, String)) AS event_maps
        FROM {logs:Identifier} AS l
        INNER JOIN {translations:Identifier} AS t ON l.record_hash = t.row
        LIMIT 1 BY l.record_hash)
SELECT
    project,
    found.time - toIntervalMillisecond(duration_ms) AS start_time,
    toInt64(duration_ms) * 1000000 AS duration_ns,
    if(found.trace_id = '', lower(hex(sipHash128(project, firstNonDefault(t['spanhouse.turn.id'], session_id, toString(record_hash))))), found.trace_id) AS trace_id,
    lower(hex(record_hash)) AS span_id,
    found.span_id AS parent_span_id,
    flags,
    if(startsWith(event_name, found.dialect), event_name, concat(found.dialect, '.', event_name)) AS name,
    'Client' AS span_kind,
    service, scope_name, scope_version,
    CAST((arrayFilter((k, c) -> NOT c, keys, is_content), arrayFilter((v, c) -> NOT c, texts, is_content)), 'Map(LowCardinality(String), String)') AS attributes,
    arrayFilter((k, c) -> NOT c, attribute_kinds, is_content) AS attribute_kinds,
    CAST((arrayFilter((k, c) -> c, keys, is_content), arrayFilter((v, c) -> c, texts, is_content)), 'Map(LowCardinality(String), String)') AS content,
    arrayFilter((k, c) -> c, found.attribute_kinds, is_content) AS content_kinds,
    resource_attributes, resource_attribute_kinds, scope_attributes, scope_attribute_kinds, dropped_attributes_count,
    resource_schema_url, scope_schema_url, received_at, status_code,
    t['spanhouse.status.message'] AS status_message,
    if(t['deployment.environment.name'] = '', found.environment, t['deployment.environment.name']) AS environment,
    release,
    -- @include canonical
    NULL AS cost_usd,
    'no_usage' AS cost_status,
    found.dialect AS dialect,
    t AS translated,
    version AS normaliser_version,
    false AS needs_translation
FROM found
-- @include storing
