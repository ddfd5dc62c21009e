-- Log records, events among them. A record sent twice is one row: the key holds a hash of the whole record.
CREATE TABLE logs
(
    project LowCardinality(String),
    time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    observed_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    flags UInt32 CODEC(ZSTD(1)),
    severity_number UInt8 CODEC(ZSTD(1)),
    severity_text LowCardinality(String),
    event_name LowCardinality(String),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    body String CODEC(ZSTD(3)),
    body_kind Enum8('no_value' = 0, 'string_value' = 1, 'bool_value' = 2, 'int_value' = 3,
        'double_value' = 4, 'array_value' = 5, 'kvlist_value' = 6, 'bytes_value' = 7),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
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
    dropped_attributes_count UInt32 CODEC(ZSTD(1)),
    resource_schema_url LowCardinality(String),
    scope_schema_url LowCardinality(String),
    record_hash UInt64 CODEC(ZSTD(1)),
    received_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    stored_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1)),
    INDEX trace_bloom trace_id TYPE bloom_filter(0.001)
)
ENGINE = ReplacingMergeTree(stored_at)
PARTITION BY toDate(time)
ORDER BY (project, toStartOfMinute(time), service, time, record_hash)
SETTINGS ttl_only_drop_parts = 1
