-- What the calls of a project's models cost, in USD per million tokens and per request; takes the place of model_prices.
-- Filled by the collector before it stores a batch, and again when a project's own prices or the catalogue change.
-- The last entry applies that is in force at the span's start and in the hours of its day (seconds from midnight UTC, until_s
-- excluded), and whose above_tokens lies below the request's input tokens; it applies to all its tokens. No entry: no price is known.
CREATE TABLE prices
(
    project String,
    provider String,
    model String,
    entries Array(Tuple(
        valid_from DateTime64(9, 'UTC'), valid_until DateTime64(9, 'UTC'), from_s UInt32, until_s UInt32, above_tokens Int64,
        input_usd Decimal(18, 9), cache_read_usd Decimal(18, 9), cache_write_usd Decimal(18, 9), output_usd Decimal(18, 9),
        request_usd Decimal(18, 9), source String)),
    catalogue LowCardinality(String),
    resolved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(resolved_at)
ORDER BY (project, provider, model)
