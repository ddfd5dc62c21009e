-- Quarters of days (six hours, UTC) of scores_hour, for ranges of weeks: the same columns in the same order, merged from a quarter's
-- hours after it is over and again after any of them changed. A row replaces its predecessor; scores = 0 means the group has emptied.
CREATE TABLE scores_quarter
(
    project LowCardinality(String),
    quarter DateTime('UTC') CODEC(Delta, ZSTD(1)),
    name LowCardinality(String),
    source LowCardinality(String),
    evaluator LowCardinality(String),
    status LowCardinality(String),
    reason LowCardinality(String),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    model LowCardinality(String),
    prompt_name LowCardinality(String),
    prompt_version LowCardinality(String),
    target LowCardinality(String),
    label LowCardinality(String),
    scores UInt64 CODEC(ZSTD(1)),
    valued UInt64 CODEC(ZSTD(1)),
    value_sum Float64 CODEC(ZSTD(1)),
    value_squares Float64 CODEC(ZSTD(1)),
    value_min Nullable(Float64) CODEC(ZSTD(1)),
    value_max Nullable(Float64) CODEC(ZSTD(1)),
    tenths Array(UInt64) CODEC(ZSTD(1)),
    lag_ms AggregateFunction(quantilesTDigest(0.5, 0.95), Int64) CODEC(ZSTD(1)),
    cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    priced_scores UInt64 CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(quarter)
ORDER BY (project, quarter, name, source, evaluator, status, reason, service, environment, release, model, prompt_name, prompt_version, target, label)
