-- Remembers that a migration was applied.
-- Parameters: name, checksum (SHA-256 of the file, hex). Columns: none.
INSERT INTO migrations (name, checksum)
SELECT {name:String}, {checksum:String}
