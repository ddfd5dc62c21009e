-- How large each table is on disk.
-- Parameters: none. Columns: table, stored_rows, parts, disk_bytes, raw_bytes (before compression), oldest, newest (partitions).
-- Index: none; system.parts holds one row a part.
SELECT
    table,
    sum(rows) AS stored_rows,
    count() AS parts,
    sum(bytes_on_disk) AS disk_bytes,
    sum(data_uncompressed_bytes) AS raw_bytes,
    min(partition) AS oldest,
    max(partition) AS newest
FROM system.parts
WHERE database = currentDatabase() AND active
GROUP BY table
ORDER BY disk_bytes DESC, table
LIMIT 100
