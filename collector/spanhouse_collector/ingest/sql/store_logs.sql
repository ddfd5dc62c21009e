-- Moves a decoded batch of log records into logs.
-- Parameters: staging, the batch. Columns: none.
INSERT INTO logs
(
    project, time, observed_time, trace_id, span_id, flags, severity_number, severity_text, event_name, service, environment,
    release, body, body_kind, attributes, attribute_kinds, resource_attributes, resource_attribute_kinds, scope_name,
    scope_version, scope_attributes, scope_attribute_kinds, dropped_attributes_count, resource_schema_url, scope_schema_url,
    record_hash, received_at
)
SELECT
    project, time, observed_time, trace_id, span_id, flags, severity_number, severity_text, event_name, service, environment,
    release, body, body_kind, attributes, attribute_kinds, resource_attributes, resource_attribute_kinds, scope_name,
    scope_version, scope_attributes, scope_attribute_kinds, dropped_attributes_count, resource_schema_url, scope_schema_url,
    record_hash, received_at
FROM {staging:Identifier}
-- @include storing
