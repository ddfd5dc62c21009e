-- Empties a staging table.
-- Parameters: staging, its name. Columns: none.
TRUNCATE TABLE {staging:Identifier}
