-- Quarters of days (six hours, UTC) of steps_hour, for ranges of weeks: its columns but those by which single traces are found,
-- merged from a quarter's hours after it is over and again after any of them changed. A row replaces its predecessor; spans = 0 means
-- the group has emptied.
CREATE TABLE steps_quarter
(
    project LowCardinality(String),
    quarter DateTime('UTC') CODEC(Delta, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    model LowCardinality(String),
    kind LowCardinality(String),
    step LowCardinality(String),
    spans UInt64 CODEC(ZSTD(1)),
    errors UInt64 CODEC(ZSTD(1)),
    error_types Map(LowCardinality(String), UInt64) CODEC(ZSTD(1)),
    finish_reasons Map(LowCardinality(String), UInt64) CODEC(ZSTD(1)),
    duration_counts Array(UInt64) CODEC(ZSTD(1)),
    first_token_counts Array(UInt64) CODEC(ZSTD(1)),
    token_time_counts Array(UInt64) CODEC(ZSTD(1)),
    finished UInt64 CODEC(ZSTD(1)),
    filtered UInt64 CODEC(ZSTD(1)),
    duration_ns AggregateFunction(quantilesTDigest(0.5, 0.95), Int64) CODEC(ZSTD(1)),
    recorded UInt64 CODEC(ZSTD(1)),
    documents UInt64 CODEC(ZSTD(1)),
    empty_results UInt64 CODEC(ZSTD(1)),
    ranked UInt64 CODEC(ZSTD(1)),
    best_score_sum Float64 CODEC(ZSTD(1)),
    transit_ms AggregateFunction(quantileTDigest(0.95), Float64) CODEC(ZSTD(1)),
    storing_ms AggregateFunction(quantileTDigest(0.95), Float64) CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(quarter)
ORDER BY (project, quarter, service, environment, release, model, kind, step)
