-- Where in time each trace lies, so that a trace is found by its id alone. A resent span changes neither bound.
CREATE TABLE trace_times
(
    project LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    start_time SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(ZSTD(1)),
    end_time SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(ZSTD(1))
)
ENGINE = AggregatingMergeTree
ORDER BY (project, trace_id)
