-- What each session did on a day (UTC), for ranges of weeks: merged from sessions_hour after the day is over and again after any of its
-- hours changed. A row replaces its predecessor; spans = 0 means the group has emptied, and a row without session and user that the
-- day was merged. Columns as in sessions_hour. Rows with all_models are of all models together, so that whoever asks for no
-- model reads a third of the rows.
CREATE TABLE sessions_day
(
    project LowCardinality(String),
    all_models Bool CODEC(ZSTD(1)),
    day DateTime('UTC') CODEC(Delta, ZSTD(1)),
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
PARTITION BY toYYYYMM(day)
ORDER BY (project, all_models, day, session_id, user_id, service, environment, release, model)
