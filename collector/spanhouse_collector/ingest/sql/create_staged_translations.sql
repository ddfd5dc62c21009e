-- Creates the table in which the translations of a batch of spans lie until their rows are made.
-- Parameters: translations, its name. Columns: row (of the batch), dialect, names and texts side by side, version; packed and unpacked, side by
-- side: texts of the row with values that were not decoded, and the same with all of them.
-- Index: none; a batch is read whole.
CREATE TABLE {translations:Identifier}
(
    row UInt64,
    dialect LowCardinality(String),
    names Array(String),
    texts Array(String),
    version UInt16,
    packed Array(String),
    unpacked Array(String)
)
ENGINE = Memory
