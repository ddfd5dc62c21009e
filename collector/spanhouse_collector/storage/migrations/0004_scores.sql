-- Scores of a span, a trace or a session: by evaluators, by the application (gen_ai.evaluation.result), by people.
-- value and label are NULL or '' where there is none; status and reason then say why. A missing score is never zero.
-- time is the start of what was scored (evaluators) or the record's own time (clients); scored_at is when it was scored.
CREATE TABLE scores
(
    project LowCardinality(String),
    time DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    scored_at DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    target Enum8('span' = 1, 'trace' = 2, 'session' = 3),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    response_id String CODEC(ZSTD(1)),
    name LowCardinality(String),
    source Enum8('client' = 1, 'evaluator' = 2, 'person' = 3),
    evaluator LowCardinality(String),
    evaluator_version LowCardinality(String),
    status Enum8('scored' = 1, 'failed' = 2, 'unscored' = 3),
    value Nullable(Float64) CODEC(ZSTD(1)),
    label LowCardinality(String),
    explanation String CODEC(ZSTD(1)),
    reason LowCardinality(String),
    input_hash UInt64 CODEC(ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    model LowCardinality(String),
    prompt_name LowCardinality(String),
    prompt_version LowCardinality(String),
    cost_usd Nullable(Decimal(18, 12)) CODEC(ZSTD(1)),
    run_id String CODEC(ZSTD(1)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(scored_at)
PARTITION BY toYYYYMM(time)
ORDER BY (project, name, toStartOfMinute(time), trace_id, span_id, session_id, response_id, source, evaluator_version, input_hash)
