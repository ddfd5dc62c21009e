-- Kinds of tokens that a model prices apart: audio, images, video, what an hour's cache takes, reasoning; and searches of the web.
-- Each entry says which attribute of a span counts a kind, in which part of the cost it falls, the attribute of those among them that
-- are another kind ('' for none), and what a million costs beyond what the entry's own prices charge for them (USD; less than 0 if they
-- are cheaper). Rows from before have none until their model is looked up again.
ALTER TABLE prices
    MODIFY COLUMN entries Array(Tuple(
        valid_from DateTime64(9, 'UTC'), valid_until DateTime64(9, 'UTC'), from_s UInt32, until_s UInt32, above_tokens Int64,
        input_usd Decimal(18, 9), cache_read_usd Decimal(18, 9), cache_write_usd Decimal(18, 9), output_usd Decimal(18, 9),
        request_usd Decimal(18, 9), source String,
        surcharges Array(Tuple(part String, attribute String, without String, usd Decimal(18, 9)))))
