-- Drops a staging table that a former process may have left.
-- Parameters: staging, its name. Columns: none.
DROP TABLE IF EXISTS {staging:Identifier} SYNC
