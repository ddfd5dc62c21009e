-- Creates the table in which a batch of spans lies decoded until it is priced and stored.
-- Parameters: staging, its name. Columns: those of spans that are stored, without stored_at, and row, speaks, needs_translation.
-- Index: none; a batch is read whole.
CREATE TABLE {staging:Identifier}
ENGINE = Memory
AS SELECT * EXCEPT (stored_at), 0::UInt64 AS row, false AS speaks, false AS needs_translation
FROM spans
LIMIT 0
