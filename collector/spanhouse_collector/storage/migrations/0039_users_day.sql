-- What each user did on a day (UTC), for ranges of weeks: merged from sessions_hour after the day is over and again after any of its
-- hours changed, whatever the session. A row replaces its predecessor; spans = 0 means the group has emptied, and a row without a
-- user that the day was merged. Columns as in sessions_hour. A user's days lie together, in small granules:
-- whoever asks for a few users reads little.
CREATE TABLE users_day
(
    project LowCardinality(String),
    day DateTime('UTC') CODEC(Delta, ZSTD(1)),
    user_id String CODEC(ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    model LowCardinality(String),
    spans UInt64 CODEC(ZSTD(1)),
    calls UInt64 CODEC(ZSTD(1)),
    model_calls UInt64 CODEC(ZSTD(1)),
    tokens UInt64 CODEC(ZSTD(1)),
    cost_usd Decimal(38, 12) CODEC(ZSTD(1)),
    priced_calls UInt64 CODEC(ZSTD(1)),
    call_max_ns Int64 CODEC(ZSTD(1)),
    call_duration_ns AggregateFunction(quantilesTDigest(0.5, 0.95), Int64) CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(day)
ORDER BY (project, user_id, day, service, environment, release, model)
SETTINGS index_granularity = 1024
