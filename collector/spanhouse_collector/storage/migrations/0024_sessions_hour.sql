-- What each session and user did in an hour, for long ranges: counted from the deduplicated spans together with spans_hour. A row
-- replaces its predecessor; spans = 0 means the group has emptied. calls are those of language models; model_calls, tokens, cost_usd
-- and priced_calls are of those and of embeddings.
CREATE TABLE sessions_hour
(
    project LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    model LowCardinality(String),
    spans UInt64 CODEC(ZSTD(1)),
    errors UInt64 CODEC(ZSTD(1)),
    roots UInt64 CODEC(ZSTD(1)),
    calls UInt64 CODEC(ZSTD(1)),
    model_calls UInt64 CODEC(ZSTD(1)),
    tokens UInt64 CODEC(ZSTD(1)),
    cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    priced_calls UInt64 CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(hour)
ORDER BY (project, hour, session_id, user_id, service, environment, release, model)
