-- Has the engine start 32 threads, more than inserters, rollup, jobs and a page with all its panels keep busy at once: each sleeps
-- until the last one has begun.
-- Parameters: none. Columns: none.
-- Index: none; reads no table.
SELECT sleepEachRow(0.02)
FROM numbers_mt(32)
FORMAT Null
SETTINGS max_threads = 32, max_block_size = 1
