-- Use cases by hour, for long ranges: the traces whose root span began in the hour, by the root's name, and what their model calls cost that
-- began in that hour or the next. Counted from the deduplicated spans together with spans_hour, and again when the hour after it
-- changed. A row replaces its predecessor; traces = 0 means the group has emptied. Service, environment, release and model are
-- the root's; priced traces have a call with a known price, and trace_cost_usd is of those.
CREATE TABLE use_cases_hour
(
    project LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
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
PARTITION BY toYYYYMM(hour)
ORDER BY (project, hour, service, environment, release, model, use_case)
