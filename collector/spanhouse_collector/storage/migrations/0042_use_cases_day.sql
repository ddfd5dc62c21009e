-- Days (UTC) of use_cases_hour, for ranges of weeks: merged after the day is over and again after any of its hours changed. A row
-- replaces its predecessor; traces = 0 means the group has emptied. Columns as in use_cases_hour.
CREATE TABLE use_cases_day
(
    project LowCardinality(String),
    day DateTime('UTC') CODEC(Delta, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    model LowCardinality(String),
    use_case LowCardinality(String),
    traces UInt64 CODEC(ZSTD(1)),
    duration_max_ns Int64 CODEC(ZSTD(1)),
    duration_ns AggregateFunction(quantilesTDigest(0.5, 0.95), Int64) CODEC(ZSTD(1)),
    cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    priced UInt64 CODEC(ZSTD(1)),
    trace_cost_usd AggregateFunction(quantilesTDigest(0.5, 0.95), Float64) CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (project, day, service, environment, release, model, use_case)
