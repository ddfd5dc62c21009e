-- What a scheduled job measured over a window: latency percentiles, drift statistics. One row a window, segment and name.
-- segment names the slice as key = value pairs; details hold the figures behind the value (sizes, p-values, effects).
CREATE TABLE measurements
(
    project LowCardinality(String),
    evaluator LowCardinality(String),
    evaluator_version LowCardinality(String),
    window_start DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    window_end DateTime64(3, 'UTC') CODEC(ZSTD(1)),
    segment Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    name LowCardinality(String),
    unit LowCardinality(String),
    status Enum8('scored' = 1, 'failed' = 2, 'unscored' = 3),
    value Nullable(Float64) CODEC(ZSTD(1)),
    alarm Bool,
    reason String CODEC(ZSTD(1)),
    details Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
    measured_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    run_id String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(measured_at)
PARTITION BY toYYYYMM(window_start)
ORDER BY (project, evaluator, name, window_start, window_end, mapKeys(segment), mapValues(segment), evaluator_version)
