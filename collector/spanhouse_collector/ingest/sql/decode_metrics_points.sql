-- Decodes framed OTLP metrics requests into rows of metrics_points, one for each data point of whatever kind.
-- Parameters: staging, the table that receives the rows; source, the table function that reads the frames.
-- Columns: those of the staging table, by name. needs_flattening marks rows with values nested deeper than the reader decodes.
-- Index: none; reads each frame once.
INSERT INTO {staging:Identifier}
(
    project, name, description, unit, metadata, kind, temporality, is_monotonic, start_time, time, flags, service, environment, release,
    value, int_value, count, sum, min, max, bucket_counts, explicit_bounds, scale, zero_count, zero_threshold, positive_offset,
    positive_bucket_counts, negative_offset, negative_bucket_counts, quantiles, quantile_values, `exemplars.time`,
    `exemplars.value`, `exemplars.int_value`, `exemplars.trace_id`, `exemplars.span_id`, `exemplars.attributes`, attributes,
    attribute_kinds, resource_attributes, resource_attribute_kinds, scope_name, scope_version, scope_attributes,
    scope_attribute_kinds, resource_schema_url, scope_schema_url, point_hash, received_at,
    needs_flattening
)
WITH
    -- @include any_value
    CAST(NULL, 'Nullable(Float64)') AS none,
    CAST(NULL, 'Nullable(Int64)') AS no_integer,
    CAST([], 'Array(UInt64)') AS no_counts,
    CAST([], 'Array(Float64)') AS no_reals,
    (p -> (p.start_time_unix_nano AS start_ns, p.time_unix_nano AS time_ns, p.flags AS flags, text_map(p.attributes) AS attributes,
        kinds(p.attributes) AS attribute_kinds, any_deep(p.attributes) AS is_deep)) AS identity,
    (p -> (arrayMap(e -> fromUnixTimestamp64Nano(toInt64(e), 'UTC'), p.exemplars.time_unix_nano), p.exemplars.as_double,
        p.exemplars.as_int, arrayMap(e -> lower(hex(e)), p.exemplars.trace_id), arrayMap(e -> lower(hex(e)), p.exemplars.span_id),
        arrayMap(e -> text_map(e), p.exemplars.filtered_attributes), arrayExists(e -> any_deep(e), p.exemplars.filtered_attributes))) AS exemplars_of,
    -- Every kind of point as one tuple: kind, temporality, is monotonic, identity, numbers, totals, buckets, exponential
    -- buckets, quantiles, exemplars.
    ((p, kind, temporality, is_monotonic) -> (kind, temporality, is_monotonic, identity(p), (coalesce(p.as_double, toFloat64(p.as_int)), p.as_int),
        (toUInt64(0), none, none, none), (no_counts, no_reals), (toInt32(0), toUInt64(0), toFloat64(0), toInt32(0), no_counts, toInt32(0), no_counts),
        (no_reals, no_reals), exemplars_of(p))) AS number_point,
    requests AS (SELECT spanhouse_project AS project, spanhouse_received_ms AS received_ms, arrayJoin(resource_metrics) AS r FROM {source:TableFunction}),
    resources AS (
        SELECT project, received_ms,
            text_map(r.resource.attributes) AS resource_attributes, kinds(r.resource.attributes) AS resource_attribute_kinds,
            any_deep(r.resource.attributes) AS resource_is_deep, r.schema_url AS resource_schema_url, arrayJoin(r.scope_metrics) AS sc
        FROM requests),
    metrics AS (
        SELECT project, received_ms, resource_attributes, resource_attribute_kinds, resource_is_deep, resource_schema_url,
            sc.scope.name AS scope_name, sc.scope.version AS scope_version, text_map(sc.scope.attributes) AS scope_attributes,
            kinds(sc.scope.attributes) AS scope_attribute_kinds,
            any_deep(sc.scope.attributes) AS scope_is_deep, sc.schema_url AS scope_schema_url, arrayJoin(sc.metrics) AS m
        FROM resources),
    points AS (
        SELECT *, arrayJoin(arrayConcat(
            arrayMap(p -> number_point(p, 1, 0, false), m.gauge.data_points),
            arrayMap(p -> number_point(p, 2, m.sum.aggregation_temporality, m.sum.is_monotonic), m.sum.data_points),
            arrayMap(p -> (3, m.histogram.aggregation_temporality, false, identity(p), (none, no_integer), (p.count, p.sum, p.min, p.max),
                (p.bucket_counts, p.explicit_bounds), (toInt32(0), toUInt64(0), toFloat64(0), toInt32(0), no_counts, toInt32(0), no_counts),
                (no_reals, no_reals), exemplars_of(p)), m.histogram.data_points),
            arrayMap(p -> (4, m.exponential_histogram.aggregation_temporality, false, identity(p), (none, no_integer), (p.count, p.sum, p.min, p.max),
                (no_counts, no_reals), (p.scale, p.zero_count, p.zero_threshold, p.positive.offset, p.positive.bucket_counts,
                p.negative.offset, p.negative.bucket_counts), (no_reals, no_reals), exemplars_of(p)), m.exponential_histogram.data_points),
            arrayMap(p -> (5, 0, false, identity(p), (none, no_integer), (p.count, toNullable(p.sum), none, none), (no_counts, no_reals),
                (toInt32(0), toUInt64(0), toFloat64(0), toInt32(0), no_counts, toInt32(0), no_counts),
                (p.quantile_values.quantile, p.quantile_values.value),
                (CAST([], 'Array(DateTime64(9, \'UTC\'))'), CAST([], 'Array(Nullable(Float64))'), CAST([], 'Array(Nullable(Int64))'),
                CAST([], 'Array(String)'), CAST([], 'Array(String)'), CAST([], 'Array(Map(String, String))'), false)), m.summary.data_points))) AS t
        FROM metrics)
SELECT
    project, m.name AS name, m.description AS description, m.unit AS unit, text_map(m.metadata) AS metadata,
    t.1 AS kind,
    if(t.2 BETWEEN 0 AND 2, t.2, 0) AS temporality,
    t.3 AS is_monotonic,
    fromUnixTimestamp64Nano(toInt64(t.4.1), 'UTC') AS start_time,
    fromUnixTimestamp64Nano(toInt64(t.4.2), 'UTC') AS time,
    t.4.3 AS flags,
    resource_attributes['service.name'] AS service,
    coalesce(nullIf(resource_attributes['deployment.environment.name'], ''), resource_attributes['deployment.environment']) AS environment,
    resource_attributes['service.version'] AS release,
    t.5.1 AS value, t.5.2 AS int_value,
    t.6.1 AS count, t.6.2 AS sum, t.6.3 AS min, t.6.4 AS max,
    t.7.1 AS bucket_counts, t.7.2 AS explicit_bounds,
    t.8.1 AS scale, t.8.2 AS zero_count, t.8.3 AS zero_threshold, t.8.4 AS positive_offset, t.8.5 AS positive_bucket_counts,
    t.8.6 AS negative_offset, t.8.7 AS negative_bucket_counts,
    t.9.1 AS quantiles, t.9.2 AS quantile_values,
    t.10.1 AS `exemplars.time`, t.10.2 AS `exemplars.value`, t.10.3 AS `exemplars.int_value`,
    t.10.4 AS `exemplars.trace_id`, t.10.5 AS `exemplars.span_id`, t.10.6 AS `exemplars.attributes`,
    t.4.4 AS attributes, t.4.5 AS attribute_kinds,
    resource_attributes, resource_attribute_kinds, scope_name, scope_version, scope_attributes,
    scope_attribute_kinds, resource_schema_url, scope_schema_url,
    -- What tells two points of one metric and minute apart; their values do not, so that a corrected point replaces the first.
    cityHash64(kind, t.4.1, t.4.2, attributes, resource_attributes, scope_name, scope_version) AS point_hash,
    fromUnixTimestamp64Milli(toInt64(received_ms), 'UTC') AS received_at,
    resource_is_deep OR scope_is_deep OR any_deep(m.metadata) OR t.4.6 OR t.10.7 AS needs_flattening
FROM points
-- @include decoding
