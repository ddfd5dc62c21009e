-- Prices of a service tier: an entry holds for calls of that tier alone, and with '' for those of any. Rows from before hold for any.
ALTER TABLE prices
    MODIFY COLUMN entries Array(Tuple(
        valid_from DateTime64(9, 'UTC'), valid_until DateTime64(9, 'UTC'), from_s UInt32, until_s UInt32, above_tokens Int64,
        input_usd Decimal(18, 9), cache_read_usd Decimal(18, 9), cache_write_usd Decimal(18, 9), output_usd Decimal(18, 9),
        request_usd Decimal(18, 9), source String,
        surcharges Array(Tuple(part String, attribute String, without String, usd Decimal(18, 9))), service_tier String))
