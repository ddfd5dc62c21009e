-- Every stored column of a project's log records, each record once.
-- Parameters: project. Columns: as named below.
-- Index: the primary key, by project.
SELECT
    toUnixTimestamp64Nano(time) AS time_ns, toUnixTimestamp64Nano(observed_time) AS observed_ns, trace_id, span_id, flags,
    severity_number, severity_text, event_name, service, environment, release, body, toString(body_kind) AS body_kind,
    attributes, attribute_kinds, resource_attributes, resource_attribute_kinds, scope_name, scope_version, scope_attributes,
    scope_attribute_kinds, dropped_attributes_count, resource_schema_url, scope_schema_url
FROM logs FINAL
WHERE project = {project:String}
ORDER BY time, body
