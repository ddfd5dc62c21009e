-- How large the largest tables are on disk.
-- Parameters: limit (tables). Columns: table, disk_bytes.
-- Index: none; system.parts holds one row a part.
SELECT table, sum(bytes_on_disk) AS disk_bytes
FROM system.parts
WHERE database = currentDatabase() AND active
GROUP BY table
ORDER BY disk_bytes DESC, table
LIMIT {limit:UInt32}
