-- Gives a staging table the rows of another, and that one its own.
-- Parameters: staging, next (the two tables). Columns: none.
EXCHANGE TABLES {staging:Identifier} AND {next:Identifier}
