-- Fresh parts of spans keep their columns in one file: with a file a column, a batch of 4,000 spans cost as much CPU as one of 16,000.
-- Parts of more than 256 MiB before compression (some 80,000 spans) have a file a column again, as long reads want it.
-- Content goes from ZSTD(3) to ZSTD(1): a quarter less CPU for writing and merging, 4 % more on disk.
-- price_source says whose price a computed cost comes from, with its version; '' for costs from before and for reported ones.
ALTER TABLE spans
    ADD COLUMN IF NOT EXISTS price_source LowCardinality(String) AFTER cost_status,
    MODIFY COLUMN content CODEC(ZSTD(1)),
    MODIFY SETTING min_bytes_for_wide_part = 268435456
