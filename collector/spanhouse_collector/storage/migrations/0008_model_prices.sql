-- Prices of the models met so far, in USD per million tokens, by date; filled by the collector before it stores a batch.
-- The last tier whose start lies below the request's input tokens applies to all its tokens; the first tier starts at -1.
-- No tiers: no price is known. A row is in force until the next one of its model.
CREATE TABLE model_prices
(
    provider String,
    model String,
    valid_from DateTime64(9, 'UTC'),
    tiers Array(Tuple(start Int64, input_usd Decimal(18, 9), cache_read_usd Decimal(18, 9), cache_write_usd Decimal(18, 9), output_usd Decimal(18, 9))),
    source LowCardinality(String),
    resolved_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(resolved_at)
ORDER BY (provider, model, valid_from)
