-- Prices of the models met so far, in USD per million tokens, by date; filled by the collector before it stores a batch.
-- A tier applies when the request's input tokens exceed tier_start. known = false records that no price was found.
CREATE TABLE model_prices
(
    provider String,
    model String,
    valid_from DateTime64(3, 'UTC'),
    valid_until DateTime64(3, 'UTC'),
    known Bool,
    input_usd Decimal(18, 9),
    cache_read_usd Decimal(18, 9),
    cache_write_usd Decimal(18, 9),
    output_usd Decimal(18, 9),
    source LowCardinality(String),
    resolved_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(resolved_at)
ORDER BY (provider, model, valid_from)
