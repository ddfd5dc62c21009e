-- Every stored column of a project's metric points, each point once; without what the service tells of itself once a minute.
-- Parameters: project. Columns: as named below.
-- Index: the primary key, by project.
SELECT
    name, description, unit, metadata, toString(kind) AS kind, toString(temporality) AS temporality, is_monotonic,
    toUnixTimestamp64Nano(start_time) AS start_ns, toUnixTimestamp64Nano(time) AS time_ns, flags, service, environment, release,
    value, int_value, count, sum, min, max, bucket_counts, explicit_bounds, scale, zero_count, zero_threshold, positive_offset,
    positive_bucket_counts, negative_offset, negative_bucket_counts, quantiles, quantile_values,
    arrayMap(t -> toUnixTimestamp64Nano(t), exemplars.time) AS exemplar_times_ns, exemplars.value AS exemplar_values,
    exemplars.int_value AS exemplar_int_values, exemplars.trace_id AS exemplar_trace_ids, exemplars.span_id AS exemplar_span_ids,
    exemplars.attributes AS exemplar_attributes, attributes, attribute_kinds, resource_attributes, resource_attribute_kinds,
    scope_name, scope_version, scope_attributes, scope_attribute_kinds, resource_schema_url, scope_schema_url
FROM metrics_points FINAL
WHERE project = {project:String} AND NOT startsWith(name, 'spanhouse.')
ORDER BY name, time_ns, point_hash
