-- History of alerts: one row a change of state (pending, firing, resolved) of one rule in one segment.
CREATE TABLE alerts
(
    project LowCardinality(String),
    rule LowCardinality(String),
    segment Map(LowCardinality(String), String),
    state Enum8('inactive' = 0, 'pending' = 1, 'firing' = 2, 'resolved' = 3, 'no_data' = 4, 'error' = 5),
    changed_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    active_since Nullable(DateTime64(3, 'UTC')),
    value Nullable(Float64),
    threshold Nullable(Float64),
    message String CODEC(ZSTD(1)),
    labels Map(LowCardinality(String), String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(changed_at)
ORDER BY (project, rule, changed_at)
