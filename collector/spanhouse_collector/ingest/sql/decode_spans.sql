-- Decodes framed OTLP trace requests into rows of spans, canonical columns included; prices are added when the rows are stored.
-- Parameters: staging, the table that receives the rows; source, the table function that reads the frames with the
-- structure given by wire.structure (a file for the embedded engine, the request body for a server); operations and kinds, side
-- by side; dialect_keys, dialect_heads (the first head_letters of keys), dialect_events, dialect_scopes and dialect_names
-- (beginnings of the names of scopes and spans), which show that a span is to be translated (dialects/translator.py).
-- Columns: those of staged_spans, by name. speaks marks rows that speak a dialect, needs_translation those and rows with
-- values nested deeper than the reader decodes; row is their number in the batch.
-- Index: none; reads each frame once.
INSERT INTO {staging:Identifier}
(
    project, start_time, duration_ns, trace_id, span_id, parent_span_id, trace_state, flags, name, span_kind, status_code,
    status_message, service, environment, release, scope_name, scope_version, kind, operation, provider, request_model,
    response_model, agent_name, workflow_name, tool_name, prompt_name, prompt_version, session_id, user_id, tags,
    response_id, finish_reasons, error_type, is_stream, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    reasoning_tokens, time_to_first_chunk_ns, input_preview, output_preview, cost_usd, cost_status, dialect, attributes,
    attribute_kinds, content, content_kinds, resource_attributes, resource_attribute_kinds, scope_attributes,
    scope_attribute_kinds, `events.time`, `events.name`, `events.attributes`, `events.attribute_kinds`,
    `events.dropped_attributes_count`, `links.trace_id`, `links.span_id`, `links.trace_state`, `links.flags`,
    `links.attributes`, `links.attribute_kinds`, `links.dropped_attributes_count`, dropped_attributes_count,
    dropped_events_count, dropped_links_count, resource_dropped_attributes_count, scope_dropped_attributes_count,
    resource_schema_url, scope_schema_url, received_at, row, speaks, needs_translation
)
WITH
    -- @include any_value
    -- @include canonical_texts
    1024 AS content_bytes,
    requests AS (SELECT spanhouse_project AS project, spanhouse_received_ms AS received_ms, arrayJoin(resource_spans) AS r FROM {source:TableFunction}),
    resources AS (
        SELECT project, received_ms,
            text_map(r.resource.attributes) AS resource_attributes, kinds(r.resource.attributes) AS resource_attribute_kinds,
            any_deep(r.resource.attributes) AS resource_is_deep,
            r.resource.dropped_attributes_count AS resource_dropped_attributes_count, r.schema_url AS resource_schema_url,
            arrayJoin(r.scope_spans) AS sc
        FROM requests),
    scopes AS (
        SELECT project, received_ms, resource_attributes, resource_attribute_kinds, resource_is_deep,
            resource_dropped_attributes_count, resource_schema_url,
            sc.scope.name AS scope_name, sc.scope.version AS scope_version,
            text_map(sc.scope.attributes) AS scope_attributes, kinds(sc.scope.attributes) AS scope_attribute_kinds,
            any_deep(sc.scope.attributes) AS scope_is_deep,
            sc.scope.dropped_attributes_count AS scope_dropped_attributes_count, sc.schema_url AS scope_schema_url,
            arrayJoin(sc.spans) AS s
        FROM resources),
    flat AS (
        SELECT *,
            s.attributes.key AS keys,
            texts_of(s.attributes.value) AS texts,
            kinds(s.attributes) AS all_kinds,
            arrayMap((k, t) -> k IN ('gen_ai.input.messages', 'gen_ai.output.messages', 'gen_ai.system_instructions',
                'gen_ai.tool.definitions', 'gen_ai.tool.call.arguments', 'gen_ai.tool.call.result',
                'gen_ai.retrieval.query.text', 'gen_ai.retrieval.documents', 'spanhouse.input', 'spanhouse.output') OR length(t) > content_bytes, keys, texts) AS is_content,
            mapFromArrays(keys, texts) AS a,
            s.events.name AS event_names,
            arrayMap(e -> text_map(e), s.events.attributes) AS event_maps
        FROM scopes)
SELECT
    project,
    fromUnixTimestamp64Nano(toInt64(s.start_time_unix_nano), 'UTC') AS start_time,
    toInt64(s.end_time_unix_nano) - toInt64(s.start_time_unix_nano) AS duration_ns,
    lower(hex(s.trace_id)) AS trace_id,
    lower(hex(s.span_id)) AS span_id,
    -- Some senders write the invalid id where there is no parent.
    if(s.parent_span_id = unhex('0000000000000000'), '', lower(hex(s.parent_span_id))) AS parent_span_id,
    s.trace_state AS trace_state,
    s.flags AS flags,
    s.name AS name,
    if(s.kind BETWEEN 0 AND 5, s.kind, 0) AS span_kind,
    if(s.status.code BETWEEN 0 AND 2, s.status.code, 0) AS status_code,
    s.status.message AS status_message,
    resource_attributes['service.name'] AS service,
    coalesce(nullIf(resource_attributes['deployment.environment.name'], ''), resource_attributes['deployment.environment']) AS environment,
    resource_attributes['service.version'] AS release,
    scope_name,
    scope_version,
    -- @include canonical
    NULL AS cost_usd,
    'no_usage' AS cost_status,
    if(operation != '' OR provider != '', 'otel', '') AS dialect,
    mapFromArrays(arrayFilter((k, c) -> NOT c, keys, is_content), arrayFilter((t, c) -> NOT c, texts, is_content)) AS attributes,
    arrayFilter((k, c) -> NOT c, all_kinds, is_content) AS attribute_kinds,
    mapFromArrays(arrayFilter((k, c) -> c, keys, is_content), arrayFilter((t, c) -> c, texts, is_content)) AS content,
    arrayFilter((k, c) -> c, all_kinds, is_content) AS content_kinds,
    resource_attributes,
    resource_attribute_kinds,
    scope_attributes,
    scope_attribute_kinds,
    arrayMap(t -> fromUnixTimestamp64Nano(toInt64(t), 'UTC'), s.events.time_unix_nano) AS `events.time`,
    event_names AS `events.name`,
    event_maps AS `events.attributes`,
    arrayMap(e -> kinds(e), s.events.attributes) AS `events.attribute_kinds`,
    s.events.dropped_attributes_count AS `events.dropped_attributes_count`,
    arrayMap(i -> lower(hex(i)), s.links.trace_id) AS `links.trace_id`,
    arrayMap(i -> lower(hex(i)), s.links.span_id) AS `links.span_id`,
    s.links.trace_state AS `links.trace_state`,
    s.links.flags AS `links.flags`,
    arrayMap(l -> text_map(l), s.links.attributes) AS `links.attributes`,
    arrayMap(l -> kinds(l), s.links.attributes) AS `links.attribute_kinds`,
    s.links.dropped_attributes_count AS `links.dropped_attributes_count`,
    s.dropped_attributes_count AS dropped_attributes_count,
    s.dropped_events_count AS dropped_events_count,
    s.dropped_links_count AS dropped_links_count,
    resource_dropped_attributes_count,
    scope_dropped_attributes_count,
    resource_schema_url,
    scope_schema_url,
    fromUnixTimestamp64Milli(toInt64(received_ms), 'UTC') AS received_at,
    rowNumberInAllBlocks() AS row,
    arrayExists(k -> k IN {dialect_keys:Array(String)} OR substring(k, 1, {head_letters:UInt8}) IN {dialect_heads:Array(String)}, keys)
        OR hasAny(event_names, {dialect_events:Array(String)})
        OR arrayExists(p -> startsWith(scope_name, p), {dialect_scopes:Array(String)})
        OR arrayExists(p -> startsWith(name, p), {dialect_names:Array(String)}) AS speaks,
    speaks OR resource_is_deep OR scope_is_deep OR any_deep(s.attributes)
        OR arrayExists(e -> any_deep(e), s.events.attributes) OR arrayExists(l -> any_deep(l), s.links.attributes) AS needs_translation
FROM flat
-- @include decoding
