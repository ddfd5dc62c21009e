-- Retrievals by hour, for long ranges: where was searched and what was found, counted from the deduplicated spans together with spans_hour.
-- A row replaces its predecessor; calls = 0 means the group has emptied. recorded tell what they found, empty_results that it was
-- nothing. found are the documents by id: how often each was found, and how often and how well (in sum) the search engine ranked it.
CREATE TABLE retrievals_hour
(
    project LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    model LowCardinality(String),
    system LowCardinality(String),
    source LowCardinality(String),
    operation LowCardinality(String),
    calls UInt64 CODEC(ZSTD(1)),
    errors UInt64 CODEC(ZSTD(1)),
    recorded UInt64 CODEC(ZSTD(1)),
    empty_results UInt64 CODEC(ZSTD(1)),
    duration_ns AggregateFunction(quantilesTDigest(0.5, 0.95), Int64) CODEC(ZSTD(1)),
    found Nested
    (
        document String,
        times UInt64,
        ranked UInt64,
        score_sum Float64
    ) CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(hour)
ORDER BY (project, hour, service, environment, release, model, system, source, operation)
