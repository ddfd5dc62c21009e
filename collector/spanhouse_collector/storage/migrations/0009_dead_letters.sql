-- Requests that could not be stored, whole, with the reason. Kept so that nothing received disappears in silence.
CREATE TABLE dead_letters
(
    project LowCardinality(String),
    received_at DateTime64(3, 'UTC'),
    failed_at DateTime64(3, 'UTC'),
    signal LowCardinality(String),
    reason String CODEC(ZSTD(1)),
    body String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(failed_at)
ORDER BY (project, failed_at)
TTL toDateTime(failed_at) + INTERVAL 30 DAY
