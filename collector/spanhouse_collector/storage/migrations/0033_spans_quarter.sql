-- Quarters of days (six hours, UTC) of spans_hour, for ranges of weeks: the same columns in the same order, merged from a quarter's
-- hours after it is over and again after any of them changed. A row replaces its predecessor; spans = 0 means the group has emptied.
CREATE TABLE spans_quarter
(
    project LowCardinality(String),
    quarter DateTime('UTC') CODEC(Delta, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    kind LowCardinality(String),
    operation LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    prompt_name LowCardinality(String),
    prompt_version LowCardinality(String),
    spans UInt64 CODEC(ZSTD(1)),
    errors UInt64 CODEC(ZSTD(1)),
    roots UInt64 CODEC(ZSTD(1)),
    input_tokens UInt64 CODEC(ZSTD(1)),
    output_tokens UInt64 CODEC(ZSTD(1)),
    cache_read_tokens UInt64 CODEC(ZSTD(1)),
    cache_write_tokens UInt64 CODEC(ZSTD(1)),
    reasoning_tokens UInt64 CODEC(ZSTD(1)),
    usage_spans UInt64 CODEC(ZSTD(1)),
    cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    priced_spans UInt64 CODEC(ZSTD(1)),
    duration_ns AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), Int64) CODEC(ZSTD(1)),
    duration_sum_ns Int64 CODEC(ZSTD(1)),
    time_to_first_chunk_ns AggregateFunction(quantilesTDigest(0.5, 0.9, 0.95, 0.99), UInt64) CODEC(ZSTD(1)),
    first_chunk_spans UInt64 CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(quarter)
ORDER BY (project, quarter, service, environment, release, kind, operation, provider, model, prompt_name, prompt_version)
