-- Creates the table in which a batch of metric points lies decoded until it is stored.
-- Parameters: staging, its name. Columns: those of metrics_points that are stored, without stored_at, and needs_flattening.
-- Index: none; a batch is read whole.
CREATE TABLE {staging:Identifier}
ENGINE = Memory
AS SELECT * EXCEPT (stored_at), false AS needs_flattening
FROM metrics_points
LIMIT 0
