-- Costs that were computed again: what stood there, and what stands there since. Costs are NULL where they were not known.
-- repricing names the run; a run that is taken up again writes the same rows once more, and they are one.
CREATE TABLE cost_revisions
(
    project LowCardinality(String),
    repricing String,
    start_time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    old_cost_usd Nullable(Decimal(18, 12)) CODEC(ZSTD(1)),
    old_cost_status LowCardinality(String),
    old_price_source LowCardinality(String),
    new_cost_usd Nullable(Decimal(18, 12)) CODEC(ZSTD(1)),
    new_cost_status LowCardinality(String),
    new_price_source LowCardinality(String),
    repriced_at DateTime64(3, 'UTC') DEFAULT now64(3) CODEC(Delta, ZSTD(1))
)
ENGINE = ReplacingMergeTree(repriced_at)
PARTITION BY toYYYYMM(start_time)
ORDER BY (project, toStartOfMinute(start_time), trace_id, span_id, repricing)
