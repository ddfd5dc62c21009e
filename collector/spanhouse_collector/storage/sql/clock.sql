-- What time it is for the store.
-- Parameters: none. Columns: now_ms (Unix milliseconds). Index: none.
SELECT toUnixTimestamp64Milli(now64(3)) AS now_ms
