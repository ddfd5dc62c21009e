-- Metric data points of all five kinds, one row a point; a point sent twice is one row, because its key holds a hash of its identity.
-- value is NULL where there is none (histograms, and points that say "no recorded value"); int_value keeps integers that a float
-- cannot. Columns of another kind than the row's are empty.
CREATE TABLE metrics_points
(
    project LowCardinality(String),
    name LowCardinality(String),
    description LowCardinality(String),
    unit LowCardinality(String),
    metadata Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    kind Enum8('gauge' = 1, 'sum' = 2, 'histogram' = 3, 'exponential_histogram' = 4, 'summary' = 5),
    temporality Enum8('unspecified' = 0, 'delta' = 1, 'cumulative' = 2),
    is_monotonic Bool,
    start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    flags UInt32 CODEC(ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    value Nullable(Float64) CODEC(ZSTD(1)),
    int_value Nullable(Int64) CODEC(ZSTD(1)),
    count UInt64 CODEC(ZSTD(1)),
    sum Nullable(Float64) CODEC(ZSTD(1)),
    min Nullable(Float64) CODEC(ZSTD(1)),
    max Nullable(Float64) CODEC(ZSTD(1)),
    bucket_counts Array(UInt64) CODEC(ZSTD(1)),
    explicit_bounds Array(Float64) CODEC(ZSTD(1)),
    scale Int32 CODEC(ZSTD(1)),
    zero_count UInt64 CODEC(ZSTD(1)),
    zero_threshold Float64 CODEC(ZSTD(1)),
    positive_offset Int32 CODEC(ZSTD(1)),
    positive_bucket_counts Array(UInt64) CODEC(ZSTD(1)),
    negative_offset Int32 CODEC(ZSTD(1)),
    negative_bucket_counts Array(UInt64) CODEC(ZSTD(1)),
    quantiles Array(Float64) CODEC(ZSTD(1)),
    quantile_values Array(Float64) CODEC(ZSTD(1)),
    exemplars Nested
    (
        time DateTime64(9, 'UTC'),
        value Nullable(Float64),
        int_value Nullable(Int64),
        trace_id String,
        span_id String,
        attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    attribute_kinds Array(Enum8('no_value' = 0, 'string_value' = 1, 'bool_value' = 2, 'int_value' = 3,
        'double_value' = 4, 'array_value' = 5, 'kvlist_value' = 6, 'bytes_value' = 7)) CODEC(ZSTD(1)),
    resource_attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    resource_attribute_kinds Array(Enum8('no_value' = 0, 'string_value' = 1, 'bool_value' = 2, 'int_value' = 3,
        'double_value' = 4, 'array_value' = 5, 'kvlist_value' = 6, 'bytes_value' = 7)) CODEC(ZSTD(1)),
    scope_name LowCardinality(String),
    scope_version LowCardinality(String),
    scope_attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    scope_attribute_kinds Array(Enum8('no_value' = 0, 'string_value' = 1, 'bool_value' = 2, 'int_value' = 3,
        'double_value' = 4, 'array_value' = 5, 'kvlist_value' = 6, 'bytes_value' = 7)) CODEC(ZSTD(1)),
    resource_schema_url LowCardinality(String),
    scope_schema_url LowCardinality(String),
    point_hash UInt64 CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(stored_at)
PARTITION BY toYYYYMM(time)
ORDER BY (project, name, toStartOfMinute(time), service, point_hash)
SETTINGS ttl_only_drop_parts = 1
