-- Moves a decoded batch of metric points into metrics_points.
-- Parameters: staging, the batch. Columns: none.
INSERT INTO metrics_points
(
    project, name, description, unit, metadata, kind, temporality, is_monotonic, start_time, time, flags, service, environment, release,
    value, int_value, count, sum, min, max, bucket_counts, explicit_bounds, scale, zero_count, zero_threshold, positive_offset,
    positive_bucket_counts, negative_offset, negative_bucket_counts, quantiles, quantile_values, `exemplars.time`,
    `exemplars.value`, `exemplars.int_value`, `exemplars.trace_id`, `exemplars.span_id`, `exemplars.attributes`, attributes,
    attribute_kinds, resource_attributes, resource_attribute_kinds, scope_name, scope_version, scope_attributes,
    scope_attribute_kinds, resource_schema_url, scope_schema_url, point_hash, received_at
)
SELECT
    project, name, description, unit, metadata, kind, temporality, is_monotonic, start_time, time, flags, service, environment, release,
    value, int_value, count, sum, min, max, bucket_counts, explicit_bounds, scale, zero_count, zero_threshold, positive_offset,
    positive_bucket_counts, negative_offset, negative_bucket_counts, quantiles, quantile_values, `exemplars.time`,
    `exemplars.value`, `exemplars.int_value`, `exemplars.trace_id`, `exemplars.span_id`, `exemplars.attributes`, attributes,
    attribute_kinds, resource_attributes, resource_attribute_kinds, scope_name, scope_version, scope_attributes,
    scope_attribute_kinds, resource_schema_url, scope_schema_url, point_hash, received_at
FROM {staging:Identifier}
-- @include storing
