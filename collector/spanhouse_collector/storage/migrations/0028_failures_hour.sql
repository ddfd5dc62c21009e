-- Model calls that failed in an hour and what became of them, for long ranges: counted from the deduplicated spans together with
-- spans_hour, and again when the hour after it changed, in which some were tried again. A row replaces its predecessor; failed = 0
-- means the group has emptied. rate_limited were too many for the provider; tried_again were followed by a call of their kind
-- under the same parent within ten minutes, recovered by one that did not fail; lost_s are seconds until that call, else of the failed one.
CREATE TABLE failures_hour
(
    project LowCardinality(String),
    hour DateTime('UTC') CODEC(Delta, ZSTD(1)),
    service LowCardinality(String),
    environment LowCardinality(String),
    release LowCardinality(String),
    provider LowCardinality(String),
    model LowCardinality(String),
    failed UInt64 CODEC(ZSTD(1)),
    rate_limited UInt64 CODEC(ZSTD(1)),
    tried_again UInt64 CODEC(ZSTD(1)),
    recovered UInt64 CODEC(ZSTD(1)),
    lost_s Float64 CODEC(ZSTD(1)),
    version UInt64 CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(hour)
ORDER BY (project, hour, service, environment, release, provider, model)
