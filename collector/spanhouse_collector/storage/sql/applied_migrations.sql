-- The migrations applied so far.
-- Parameters: none. Columns: name, checksum (SHA-256 of the file, hex). Index: by name.
SELECT name, checksum
FROM migrations FINAL
ORDER BY name
