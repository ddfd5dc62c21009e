-- How long a quarter of a day's streamed calls waited for their first chunk together, so that a mean can be told over any range. Of what was counted
-- before it is NULL: not known.
ALTER TABLE spans_quarter
    ADD COLUMN IF NOT EXISTS time_to_first_chunk_sum_ns Nullable(UInt64) CODEC(ZSTD(1))
