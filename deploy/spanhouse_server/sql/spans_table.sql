-- Whether the database has the table of spans.
-- Parameters: none. Columns: name.
-- Index: none; reads the catalogue.
SELECT name
FROM system.tables
WHERE database = currentDatabase() AND name = 'spans'
