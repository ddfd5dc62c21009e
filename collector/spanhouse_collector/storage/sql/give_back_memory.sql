-- Returns to the system what the engine has freed and its allocator keeps: some 40 ms under load.
-- Parameters: none. Columns: none.
SYSTEM JEMALLOC PURGE
