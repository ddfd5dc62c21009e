-- Decodes framed OTLP log requests into rows of logs.
-- Parameters: staging, the table that receives the rows; source, the table function that reads the frames.
-- Columns: those of staged_logs, by name. needs_flattening marks rows with values nested deeper than the reader decodes.
-- Index: none; reads each frame once.
INSERT INTO {staging:Identifier}
(
    project, time, observed_time, trace_id, span_id, flags, severity_number, severity_text, event_name, service, environment,
    release, body, body_kind, attributes, attribute_kinds, resource_attributes, resource_attribute_kinds, scope_name,
    scope_version, scope_attributes, scope_attribute_kinds, dropped_attributes_count, resource_schema_url, scope_schema_url,
    record_hash, received_at, needs_flattening
)
WITH
    -- @include any_value
    requests AS (SELECT spanhouse_project AS project, spanhouse_received_ms AS received_ms, arrayJoin(resource_logs) AS r FROM {source:TableFunction}),
    resources AS (
        SELECT project, received_ms,
            text_map(r.resource.attributes) AS resource_attributes, kinds(r.resource.attributes) AS resource_attribute_kinds,
            any_deep(r.resource.attributes) AS resource_is_deep, r.schema_url AS resource_schema_url, arrayJoin(r.scope_logs) AS sc
        FROM requests),
    records AS (
        SELECT project, received_ms, resource_attributes, resource_attribute_kinds, resource_is_deep, resource_schema_url,
            sc.scope.name AS scope_name, sc.scope.version AS scope_version,
            text_map(sc.scope.attributes) AS scope_attributes, kinds(sc.scope.attributes) AS scope_attribute_kinds,
            any_deep(sc.scope.attributes) AS scope_is_deep, sc.schema_url AS scope_schema_url, arrayJoin(sc.log_records) AS l
        FROM resources)
SELECT
    project,
    -- Where the event's time is unknown, the protocol's advice is to take the time it was observed (logs data model, 1.11).
    fromUnixTimestamp64Nano(toInt64(if(l.time_unix_nano = 0, l.observed_time_unix_nano, l.time_unix_nano)), 'UTC') AS time,
    fromUnixTimestamp64Nano(toInt64(l.observed_time_unix_nano), 'UTC') AS observed_time,
    -- A record whose ids are none is kept, and belongs to no span.
    if(length(l.trace_id) = 16 AND l.trace_id != unhex('00000000000000000000000000000000'), lower(hex(l.trace_id)), '') AS trace_id,
    if(length(l.span_id) = 8 AND l.span_id != unhex('0000000000000000'), lower(hex(l.span_id)), '') AS span_id,
    l.flags AS flags,
    if(l.severity_number BETWEEN 0 AND 24, l.severity_number, 0) AS severity_number,
    l.severity_text AS severity_text,
    -- Before event_name became a field, events carried their name as an attribute; Rust's tracing still does, and fills the field
    -- with the place in its source ("event src/main.rs:7").
    coalesce(nullIf(if(l.event_name = '' OR match(l.event_name, '^event .+:[0-9]+$'), text_map(l.attributes)['event.name'], ''), ''), l.event_name) AS event_name,
    resource_attributes['service.name'] AS service,
    coalesce(nullIf(resource_attributes['deployment.environment.name'], ''), resource_attributes['deployment.environment']) AS environment,
    resource_attributes['service.version'] AS release,
    texts_of([l.body])[1] AS body,
    kinds_of([l.body])[1] AS body_kind,
    text_map(l.attributes) AS attributes,
    kinds(l.attributes) AS attribute_kinds,
    resource_attributes,
    resource_attribute_kinds,
    scope_name,
    scope_version,
    scope_attributes,
    scope_attribute_kinds,
    l.dropped_attributes_count AS dropped_attributes_count,
    resource_schema_url,
    scope_schema_url,
    cityHash64(project, resource_attributes, scope_name, trace_id, span_id, l.time_unix_nano, l.observed_time_unix_nano, event_name, body, attributes) AS record_hash,
    fromUnixTimestamp64Milli(toInt64(received_ms), 'UTC') AS received_at,
    resource_is_deep OR scope_is_deep OR are_deep([l.body]) OR any_deep(l.attributes) AS needs_flattening
FROM records
-- @include decoding
