-- What spans of a kind did in an hour, for long ranges: counted from the deduplicated spans together with spans_hour. A row replaces
-- its predecessor; spans = 0 means the group has emptied. step is the name of the tool, agent or workflow, '' for other kinds.
-- duration_counts are eleven counts: up to 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100 seconds, and longer; duration_ns is known of
-- tools, agents and workflows. recorded are retrievals that tell what they found, ranked those that tell how well it matched.
-- loops are the most often called (at most 20) of the traces that called a tool three times or more within the hour.
-- Rows of kind 'all' are of all kinds together; they alone know how long spans took to arrive and to be stored.
CREATE TABLE steps_hour
(
    project LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
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
    duration_max_ns Int64 CODEC(ZSTD(1)),
    duration_ns AggregateFunction(quantilesTDigest(0.5, 0.95), Int64) CODEC(ZSTD(1)),
    recorded UInt64 CODEC(ZSTD(1)),
    documents UInt64 CODEC(ZSTD(1)),
    empty_results UInt64 CODEC(ZSTD(1)),
    ranked UInt64 CODEC(ZSTD(1)),
    best_score_sum Float64 CODEC(ZSTD(1)),
    loops Array(Tuple(calls UInt64, trace_id String)) CODEC(ZSTD(1)),
    transit_ms AggregateFunction(quantileTDigest(0.95), Float64) CODEC(ZSTD(1)),
    storing_ms AggregateFunction(quantileTDigest(0.95), Float64) CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(hour)
ORDER BY (project, hour, service, environment, release, model, kind, step)
